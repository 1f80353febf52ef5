// Sets up Swagger UI over the documents of this server: which API, which org, whose credentials, and a
// search over all of them. What is chosen is in the address: ?api=…&org=…&q=…
import { ADMIN, Refusal, ask, keepToken, ownHeaders, takeFromFragment } from "../assets/admin.js";
import { find, indexOf, nameOf } from "./search.js";

const APIS = [
  ["campaign", "Campaign Standard"],
  ["privacy", "Privacy Service"],
  ["ims", "IMS"],
  ["control", "Control API"],
];

const at = (id) => document.getElementById(id);
const chosen = new URLSearchParams(location.search);
const api = () => APIS.find(([name]) => name === chosen.get("api"))?.[0] || APIS[0][0];
const phrase = () => (chosen.get("q") || "").trim();

let documents = {};
let indexes = {};
let hits = {};
let credentials = {};
let ui = null;

/** What a call of the control API answers; with a body it is a POST. */
async function control(path, body) {
  const headers = { "Content-Type": "application/json" };
  const sent = body && { method: "POST", headers, body: JSON.stringify(body) };
  return (await ask(path, sent)).json();
}

/** Changes what is chosen, and the address with it. */
function choose(name, value) {
  if (value) chosen.set(name, value);
  else chosen.delete(name);
  history.replaceState(null, "", `?${chosen}`);
}

/** What calls are made with: the credentials of an org, and a new token of the first one. */
async function read(org) {
  const { imsOrgId, credentials: known } = await control(`/orgs/${encodeURIComponent(org)}`);
  if (!known.length) return { imsOrg: imsOrgId };
  const { accessToken } = await control("/tokens", { org });
  return { apiKey: known[0].apiKey, imsOrg: imsOrgId, token: accessToken };
}

/** The documents of an org. */
async function load(org) {
  const query = `?org=${encodeURIComponent(org)}`;
  const loaded = await Promise.all(APIS.map(([name]) => control(`/openapi/${name}.json${query}`)));
  documents = Object.fromEntries(APIS.map(([name], number) => [name, loaded[number]]));
  indexes = Object.fromEntries(APIS.map(([name]) => [name, indexOf(documents[name])]));
  credentials = await read(org);
}

/** Shows the calls that are found, in place of Swagger UI's own filter, which looks at tags alone. */
const onlyHits = () => ({
  fn: {
    opsFilter: (groups) => groups
      .map((group) => group.update("operations", (calls) =>
        calls.filter((call) => hits[api()].has(nameOf(call.get("method"), call.get("path"))))))
      .filter((group) => group.get("operations").size),
  },
  components: { FilterContainer: () => null },
});

/** Fills in who calls. */
function authorize() {
  const schemes = Object.keys(documents[api()].components.securitySchemes || {});
  const own = schemes.includes("adminToken");
  const values = own ? { adminToken: ownHeaders()["X-Admin-Token"] } : credentials;
  for (const name of schemes) if (values[name]) ui.preauthorizeApiKey(name, values[name]);
}

/** Has a call go to where this page is from, whatever name the server knows itself by. */
function prepare(request) {
  const url = new URL(request.url, location.href);
  request.url = location.origin + url.pathname + url.search;
  if (request.url.startsWith(ADMIN.href)) Object.assign(request.headers, ownHeaders());
  return request;
}

/** Marks the calls that are found, in all APIs, and shows those of this one. */
function search() {
  const words = phrase();
  hits = Object.fromEntries(APIS.map(([name]) => [name, find(indexes[name], words)]));
  const links = APIS.map(([name, label]) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const query = new URLSearchParams(chosen);
    query.set("api", name);
    link.href = `?${query}`;
    link.dataset.api = name;
    link.textContent = `${label} (${hits[name].size})`;
    if (name === api()) link.setAttribute("aria-current", "page");
    item.append(link);
    return item;
  });
  at("apis").replaceChildren(...links);
  const total = Object.values(hits).reduce((sum, found) => sum + found.size, 0);
  const here = hits[api()].size;
  at("state").textContent = words ? `${here} calls here, ${total} in all APIs` : `${here} calls`;
  if (!ui) return;
  ui.layoutActions.updateFilter(words || false);
  // Whatever is found is to be seen.
  const found = new Set(tagged().filter(([, name]) => hits[api()].has(name)).map(([tag]) => tag));
  for (const [tag] of tagged()) ui.layoutActions.show(["operations-tag", tag], words ? found.has(tag) : isFirst(tag));
}

/** The tag and the name of each call of this API. */
const tagged = () => Object.entries(documents[api()].paths).flatMap(([path, calls]) =>
  Object.entries(calls).map(([verb, call]) => [call.tags[0], nameOf(verb, path)]));

const isFirst = (tag) => tag === (documents[api()].tags?.[0].name ?? tagged()[0][0]);

/** Shows the document of this API. */
function show() {
  ui = SwaggerUIBundle({
    domNode: at("calls"),
    spec: documents[api()],
    plugins: [onlyHits],
    presets: [SwaggerUIBundle.presets.apis],
    filter: true,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    requestInterceptor: prepare,
    onComplete: () => { authorize(); search(); },
  });
}

function showOrgs(orgs, org) {
  at("org").replaceChildren(...orgs.map((one) => new Option(one.org, one.org, false, one.org === org)));
}

/** Begins, or says why not. */
async function start() {
  try {
    const { orgs } = await control("/orgs");
    const org = chosen.get("org") || orgs[0]?.org;
    showOrgs(orgs, org);
    await load(org);
    at("ask").hidden = true;
    search();
    show();
  } catch (fault) {
    at("state").textContent = fault.message;
    at("ask").hidden = !(fault instanceof Refusal && fault.status === 401);
  }
}

const { token } = takeFromFragment("token");
if (token) keepToken(token);
at("search").value = phrase();
at("search").addEventListener("input", (event) => { choose("q", event.target.value.trim()); search(); });
at("find").addEventListener("submit", (event) => event.preventDefault());
at("org").addEventListener("change", (event) => { choose("org", event.target.value); location.reload(); });
at("ask").addEventListener("submit", (event) => { event.preventDefault(); keepToken(at("token").value); start(); });
start();
