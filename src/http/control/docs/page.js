// Shows the OpenAPI documents of this server: the calls of each with parameters, bodies, answers and a
// curl to paste. What comes from a document only ever becomes text, never markup.
"use strict";

const APIS = [
  ["campaign", "Campaign Standard"],
  ["privacy", "Privacy Service"],
  ["ims", "IMS"],
  ["control", "Control API"],
];
const VERBS = ["get", "post", "put", "patch", "delete"];
// What the shell block sets, for each way to show who calls.
const HEADERS = {
  apiKey: 'X-Api-Key: $API_KEY',
  imsOrg: 'x-gw-ims-org-id: $IMS_ORG',
  token: 'Authorization: Bearer $TOKEN',
  adminToken: 'X-Admin-Token: $ADMIN_TOKEN',
};

const at = (id) => document.getElementById(id);
// Relative to /__admin/docs.
const admin = new URL(".", location.href).href.replace(/\/$/, "");
const org = new URLSearchParams(location.search).get("org");

/** An element with attributes and children; texts become text nodes. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

async function json(path) {
  const answer = await fetch(`${admin}/${path}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

/** What a `$ref` stands for. */
function resolve(root, value) {
  if (!value || !value.$ref) return value;
  return value.$ref.split("/").slice(1).reduce((found, part) => found[part], root);
}

/** A schema in a few words. */
function brief(root, schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  const kind = schema.anyOf
    ? schema.anyOf.map((one) => brief(root, one)).join(" or ")
    : schema.type === "array" ? `list of ${brief(root, schema.items)}` : schema.type || "any";
  const rules = [
    schema.enum && schema.enum.map(String).join(" | "),
    schema.format,
    schema.pattern,
    schema.maxLength && `at most ${schema.maxLength} characters`,
    schema.minimum !== undefined && `from ${schema.minimum}`,
    schema.maximum !== undefined && `to ${schema.maximum}`,
    schema.default !== undefined && typeof schema.default !== "object" && `default ${schema.default}`,
    schema.nullable && "or null",
  ];
  return [kind, ...rules.filter(Boolean)].join(", ");
}

/** A schema in full, references in place; one within itself by its name. */
function outline(root, schema, above = []) {
  if (schema.$ref) {
    if (above.includes(schema.$ref)) return brief(root, schema);
    return outline(root, resolve(root, schema), [...above, schema.$ref]);
  }
  if (schema.type === "array") return [outline(root, schema.items, above)];
  if (!schema.properties) return brief(root, schema);
  const needed = schema.required || [];
  return Object.fromEntries(Object.entries(schema.properties).map(([name, member]) =>
    [needed.includes(name) ? name : `${name}?`, outline(root, member, above)]));
}

/** A value that a schema allows, to start from. */
function sample(root, schema, depth = 0) {
  schema = resolve(root, schema);
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.type === "array") return [sample(root, schema.items, depth + 1)];
  if (schema.properties) {
    // A body without anything that it needs shows the first of what it takes.
    const names = schema.required || (depth ? [] : Object.keys(schema.properties).slice(0, 3));
    return Object.fromEntries(names.map((name) => [name, sample(root, schema.properties[name], depth + 1)]));
  }
  if (schema.format === "date-time") return "2026-01-31T08:00:00Z";
  if (schema.format === "uuid") return "00000000-0000-4000-8000-000000000000";
  return { integer: schema.minimum || 1, number: 1, boolean: true, object: {} }[schema.type] ?? "text";
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The call as a command for a shell. */
function curl(root, method, path, call) {
  const value = (parameter) => String(parameter.example ?? sample(root, parameter.schema));
  const parameters = (call.parameters || []).map((one) => resolve(root, one));
  const filled = parameters.filter((one) => one.in === "path")
    .reduce((url, one) => url.replace(`{${one.name}}`, encodeURIComponent(value(one))), path);
  const query = parameters.filter((one) => one.in === "query" && one.required)
    .map((one) => `${one.name}=${encodeURIComponent(value(one))}`).join("&");
  const url = root.servers[0].url + filled + (query && `?${query}`);
  const lines = [`curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${quoted(url)}`];
  const security = (call.security || root.security || [])[0] || {};
  for (const name of Object.keys(security)) lines.push(`-H "${HEADERS[name]}"`);
  for (const one of parameters) {
    if (one.in === "header" && one.required) lines.push(`-H ${quoted(`${one.name}: ${value(one)}`)}`);
  }
  for (const [kind, { schema, example }] of Object.entries(call.requestBody?.content || {})) {
    const body = example ?? sample(root, schema);
    if (kind === "application/json") {
      lines.push(`-H ${quoted(`Content-Type: ${kind}`)}`, `-d ${quoted(JSON.stringify(body))}`);
    } else {
      for (const [name, text] of Object.entries(body)) lines.push(`--data-urlencode ${quoted(`${name}=${text}`)}`);
    }
  }
  return lines.join(" \\\n  ");
}

function table(caption, heads, rows) {
  const row = (cell) => (cells) => make("tr", {}, ...cells.map((text) => make(cell, cell === "th" ? { scope: "col" } : {}, text)));
  return make("div", { class: "scroll" }, make("table", {}, make("caption", {}, caption),
    make("thead", {}, row("th")(heads)), make("tbody", {}, ...rows.map(row("td")))));
}

const block = (text) => make("pre", { tabindex: "0" }, make("code", {}, text));
const pretty = (root, schema) => JSON.stringify(outline(root, schema), null, 2);

/** What is shown of a call when it is opened. */
function inside(root, method, path, call) {
  const parts = [make("h4", {}, "Call"), block(curl(root, method, path, call))];
  const parameters = (call.parameters || []).map((one) => resolve(root, one));
  if (parameters.length) {
    parts.push(table("Parameters", ["Name", "In", "Value", "About"], parameters.map((one) =>
      [one.name, one.in + (one.required ? ", required" : ""), brief(root, one.schema), one.description || ""])));
  }
  for (const [kind, { schema }] of Object.entries(call.requestBody?.content || {})) {
    parts.push(make("h4", {}, `Body, ${kind}`), block(pretty(root, schema)));
  }
  parts.push(make("h4", {}, "Answers"));
  for (const [status, shared] of Object.entries(call.responses)) {
    const answer = resolve(root, shared);
    parts.push(make("p", {}, make("strong", {}, status), ` ${answer.description}`));
    for (const [kind, { schema }] of Object.entries(answer.content || {})) {
      parts.push(make("p", {}, kind), block(pretty(root, schema)));
    }
  }
  return make("div", {}, ...parts);
}

function entry(root, method, path, call) {
  const details = make("details", {}, make("summary", {},
    make("span", { class: "verb" }, method.toUpperCase()), make("code", {}, path), ` ${call.summary}`));
  // Made when it is first looked at: there are hundreds.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(inside(root, method, path, call));
  });
  return details;
}

/** What sets the variables that the calls use. */
async function shell(root) {
  const names = new Set((root.security || []).flatMap(Object.keys));
  const schemes = Object.keys(root.components.securitySchemes || {});
  const own = schemes.includes("adminToken");
  const gate = own ? ' -H "X-Admin-Token: $ADMIN_TOKEN"' : "";
  const lines = own ? ["ADMIN_TOKEN='the token that the server has printed'"] : [];
  if (!own && schemes.includes("token")) {
    const { orgs } = await json("orgs");
    const chosen = orgs.find((one) => one.org === org) || orgs[0];
    const { credentials } = await json(`orgs/${encodeURIComponent(chosen.org)}`);
    if (names.has("apiKey")) lines.push(`API_KEY=${quoted(credentials[0].apiKey)}`);
    if (names.has("imsOrg")) lines.push(`IMS_ORG=${quoted(chosen.imsOrgId)}`);
    const body = quoted(JSON.stringify({ org: chosen.org }));
    lines.push(`TOKEN=$(curl -s ${quoted(`${admin}/tokens`)}${gate} -H 'Content-Type: application/json' -d ${body} \\\n` +
      `  | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`);
  }
  return lines.join("\n") || "# Nothing is needed.";
}

function list(root) {
  const groups = new Map();
  for (const [path, calls] of Object.entries(root.paths)) {
    for (const method of VERBS.filter((verb) => calls[verb])) {
      const tag = calls[method].tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(entry(root, method, path, calls[method]));
    }
  }
  return [...groups].map(([tag, entries]) => make("section", { "aria-label": tag }, make("h3", {}, tag), ...entries));
}

/** Leaves the calls that have all the words. */
function find() {
  const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const section of at("calls").children) {
    let some = false;
    for (const details of section.querySelectorAll("details")) {
      const text = details.firstChild.textContent.toLowerCase();
      details.hidden = !words.every((word) => text.includes(word));
      if (!details.hidden) { some = true; count += 1; }
    }
    section.hidden = !some;
  }
  at("state").textContent = `${count} calls`;
}

async function show() {
  const [name] = APIS.find(([one]) => `#${one}` === location.hash) || APIS[0];
  for (const link of at("apis").querySelectorAll("a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const path = `openapi/${name}.json` + (name === "campaign" && org ? `?org=${encodeURIComponent(org)}` : "");
  at("state").textContent = "Loading";
  try {
    const root = await json(path);
    at("title").textContent = root.info.title;
    at("about").textContent = root.info.description;
    at("source").href = `${admin}/${path}`;
    at("calls").replaceChildren(...list(root));
    find();
    at("shell").textContent = await shell(root);
  } catch (fault) {
    at("state").textContent = `This did not work: ${fault.message}`;
  }
}

at("apis").append(...APIS.map(([name, label]) => make("li", {}, make("a", { href: `#${name}` }, label))));
at("search").addEventListener("input", find);
addEventListener("hashchange", show);
show();
