// Finds the calls of a document by what is written in it: verbs, paths, summaries, and the names and
// descriptions of parameters and members, however deep.

const VERBS = ["get", "put", "post", "delete", "patch"];
const TEXTS = ["name", "title", "summary", "description", "operationId"];

/** The name of a call within its document. */
export const nameOf = (verb, path) => `${verb} ${path}`;

/** For each call of a document its name and all that it can be found by. */
export function indexOf(root) {
  const collected = new Map();
  // What is referred to is read once.
  const referred = (name) => {
    if (!collected.has(name)) {
      collected.set(name, "");
      const target = name.split("/").slice(1).reduce((found, part) => found[part], root);
      collected.set(name, text(target));
    }
    return collected.get(name);
  };
  const text = (value) => {
    if (Array.isArray(value)) return value.map(text).join(" ");
    if (!value || typeof value !== "object") return "";
    return Object.entries(value).map(([name, member]) => {
      if (name === "$ref") return referred(member);
      if (name === "properties") return `${Object.keys(member).join(" ")} ${text(Object.values(member))}`;
      if (name === "enum" || name === "tags") return member.join(" ");
      return TEXTS.includes(name) && typeof member === "string" ? member : text(member);
    }).join(" ");
  };
  return Object.entries(root.paths).flatMap(([path, calls]) => VERBS.filter((verb) => calls[verb]).map((verb) => {
    const name = nameOf(verb, path);
    return { name, text: `${root.info.title} ${name} ${text(calls[verb])}`.toLowerCase() };
  }));
}

/** The names of the calls that have all the words. */
export function find(index, phrase) {
  const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
  return new Set(index.filter((one) => words.every((word) => one.text.includes(word))).map((one) => one.name));
}
