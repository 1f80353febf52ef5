// The source of data of a page that a running server serves. It calls what any script can call: the control API, its
// events, and the imitated APIs. All that the page reads or changes goes through here.
import { Refusal, ask, hasToken, keepToken, takeFromFragment } from './admin.js';
import { quoted } from './curl.js';
import { listen } from './event_stream.js';

const SEAT = 'campaign-mock-seat';

/** A path with the members of a query that have a value. */
function withQuery(path, query = {}) {
  const members = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return members.length ? `${path}?${new URLSearchParams(members)}` : path;
}

export function liveSource() {
  let brought = takeFromFragment('token', 'code');
  if (brought.token) {
    keepToken(brought.token);
    sessionStorage.removeItem(SEAT);
  }
  const tokens = new Map();

  const source = {
    isLive: true,
    /** Where the imitated APIs are. */
    address: location.origin,
    /** What a seat's code was exchanged for, on the page of a seat. */
    get seat() {
      return JSON.parse(sessionStorage.getItem(SEAT));
    },
    /** Whether the page is that of a seat. */
    isSeatPage: location.pathname.endsWith('/seat'),

    /** GET of the control API. */
    async read(path, query) {
      return (await ask(withQuery(path, query))).json();
    },

    /** Any other call of the control API. */
    async change(method, path, query, body) {
      const headers = { 'Content-Type': 'application/json', 'X-Campaign-Mock': 'console' };
      const options = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      const text = await (await ask(withQuery(path, query), options)).text();
      return text ? JSON.parse(text) : null;
    },

    /** A call of an imitated API, as any client would send it, with the credentials of the org. */
    async call(org, method, path, body) {
      const { apiKey, accessToken } = await source.credentials(org);
      const headers = { Authorization: `Bearer ${accessToken}`, 'X-Api-Key': apiKey, Accept: 'application/json' };
      if (body) headers['Content-Type'] = 'application/json';
      const answer = await fetch(new URL(path, location.origin),
        { method, headers, ...(body && { body: JSON.stringify(body) }) });
      const text = await answer.text();
      if (answer.status === 401) tokens.delete(org);
      if (!answer.ok) {
        throw new Refusal(answer.status, answer.headers.get('x-mock-reason') ?? `${answer.status} ${text}`);
      }
      return text ? JSON.parse(text) : null;
    },

    /** An API key and an access token of an org. */
    async credentials(org) {
      if (source.seat?.org === org) return source.seat;
      if (!tokens.has(org)) {
        const [full, minted] = await Promise.all([
          source.read(`/orgs/${encodeURIComponent(org)}`),
          source.mint({ org }),
        ]);
        tokens.set(org, { apiKey: full.credentials[0].apiKey, accessToken: minted });
      }
      return tokens.get(org);
    },

    /** An access token as `POST /tokens` makes it; a seat has the one of its card. */
    async mint(wish) {
      if (source.seat) return source.seat.accessToken;
      return (await source.change('POST', '/tokens', {}, wish)).accessToken;
    },

    /** The same token as a word of the shell; `null` on the page of a seat that has its seat token alone. */
    async tokenWord(wish) {
      if (source.isSeatPage && !source.seat) return null;
      return quoted(await source.mint(wish));
    },

    /** Whether a call to that host reached this server by the address that the page has. */
    isOwnHost(host) {
      return host === location.host;
    },

    /** Takes a secret that somebody has typed: a seat's code on its page, else an admin token. */
    async useSecret(secret) {
      if (source.isSeatPage) await source.enter(secret);
      else keepToken(secret);
    },

    /** Who the page is: a trainer, a seat, or anybody. A seat's code is exchanged first. */
    async whoAmI() {
      if (brought.code) await source.enter(brought.code);
      brought = {};
      if (source.isSeatPage && !hasToken()) throw new Refusal(401, 'A seat needs its code.');
      return source.read('/whoami');
    },

    /** Takes a seat by its code. */
    async enter(code) {
      const seat = await source.change('POST', '/seats/exchange', {}, { code });
      keepToken(seat.seatToken);
      sessionStorage.setItem(SEAT, JSON.stringify(seat));
    },

    /** The events from now on; see `event_stream.js`. */
    listen(on) {
      return listen((headers, signal) => ask('/events', { headers, signal }), on);
    },
  };
  return source;
}
