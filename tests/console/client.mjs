// A plain client of the server: what a program under development, and its tests, would send.

import assert from 'node:assert/strict';

/** The profile of the demo data that everybody may change: John Doe, by his own key. */
export const JOHN = 'C-1001';

const PEOPLE = 'profileAndServicesExt/profile';

/** Clients for a server: `campaign(method, path, body)` and `control(method, path, body)`. */
export function clientOf(server, { org = server.org, apiKey = server.apiKey, accessToken = server.accessToken } = {}) {
  const send = async (url, method, headers, body) => {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
  };
  const credentials = { Authorization: `Bearer ${accessToken}`, 'X-Api-Key': apiKey };
  const admin = { 'X-Campaign-Mock': 'test', ...(server.adminToken && { 'X-Admin-Token': server.adminToken }) };
  const client = {
    campaign: (method, path, body, headers) =>
      send(`${server.url}/${org}/campaign/${path}`, method, { ...credentials, ...headers }, body),
    async control(method, path, body) {
      const answer = await send(`${server.adminUrl ?? server.url}/__admin${path}`, method, admin, body);
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
      return answer.text ? answer.json() : null;
    },
    profile: (method, rest = '', body, headers) => client.campaign(method, `${PEOPLE}${rest}`, body, headers),
    /** Opts a profile out, or withdraws that. */
    async optOut(key = JOHN, value = true) {
      const answer = await client.profile('PATCH', `/${key}`, { ccpaOptOut: value });
      assert.equal(answer.status, 200, answer.text);
      return answer.json().PKey;
    },
  };
  return client;
}
