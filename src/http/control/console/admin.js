// Calls of the control API, with the admin token where the server needs one: of the console, and of the page that shows
// the documents of the APIs.

/** What keeps the token, for this tab. */
const TOKEN = 'campaign-mock-token';

/** Where the control API is. This file is `assets/admin.js` below it. */
export const ADMIN = new URL('..', import.meta.url);

/** An answer that is none of 2xx. */
export class Refusal extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

/** What a link brought in its fragment, which is removed from the address. */
export function takeFromFragment(...names) {
  const parts = new URLSearchParams(location.hash.slice(1));
  const found = Object.fromEntries(names.map((name) => [name, parts.get(name)]));
  if (names.some((name) => parts.has(name))) {
    names.forEach((name) => parts.delete(name));
    history.replaceState(null, '', parts.size ? `#${parts}` : location.pathname + location.search);
  }
  return found;
}

export const keepToken = (token) => sessionStorage.setItem(TOKEN, token);

export const hasToken = () => sessionStorage.getItem(TOKEN) !== null;

/** The headers that show who calls. */
export function ownHeaders() {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { 'X-Admin-Token': token } : {};
}

/** The answer of a call, whose path begins with a slash. */
export async function ask(path, options = {}) {
  const headers = { ...options.headers, ...ownHeaders() };
  const answer = await fetch(new URL(path.slice(1), ADMIN), { ...options, headers });
  if (answer.ok) return answer;
  const text = await answer.text();
  let reason = text;
  try {
    reason = JSON.parse(text).error ?? text;
  } catch { /* It is no JSON: the text is the reason. */ }
  throw new Refusal(answer.status, reason || `The server answered ${answer.status}.`);
}
