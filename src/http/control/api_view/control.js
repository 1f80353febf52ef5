// Calls of the control API, with the admin token where the server needs one.

// The console keeps it under the same name.
const KEY = "campaign-mock-token";

/** Where the control API is. This file is /__admin/docs/control.js. */
export const ADMIN = new URL("..", import.meta.url).href.replace(/\/$/, "");

/** Keeps the token of the address (`#token=…`) for this tab, and takes it out of the address. */
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  keepToken(token);
  history.replaceState(null, "", location.pathname + location.search);
}

export const keepToken = (token) => sessionStorage.setItem(KEY, token);

/** The headers that show who calls. */
export function ownHeaders() {
  const token = sessionStorage.getItem(KEY);
  return token ? { "X-Admin-Token": token } : {};
}

/** A refusal of the server, with its status and its reason. */
export class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

/** The answer of a call; with a body it is a POST. */
export async function control(path, body) {
  const sent = body && {
    method: "POST",
    headers: { ...ownHeaders(), "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(`${ADMIN}/${path}`, sent || { headers: ownHeaders() });
  if (!answer.ok) throw new Refused(answer.status, answer.headers.get("X-Mock-Reason") || answer.statusText);
  return answer.json();
}
