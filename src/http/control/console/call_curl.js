// A call of the journal as a command that is answered in the same way. The journal keeps fingerprints of secrets, not
// the secrets: what the call had to show is made anew, valid where that was valid.
import { command, quoted } from './curl.js';

/** Headers that curl or the connection sets, and those that are made anew. */
const LEFT_OUT = ['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding', 'expect', 'keep-alive',
  'te', 'upgrade'];

/** What the gateway refuses, by the number in its answer. */
const KEY_UNKNOWN = '403003';
const TOKEN_MISSING = '403010';
const TOKEN_NOT_VALID = '401013';
const WRONG_SCOPE = '403011';
const OTHER_ORG = ['403023', '403025'];

/** What a command of a report begins with. */
const NEEDS_SERVER = '# With a server: campaign-mock &  and then  eval "$(campaign-mock env)"';

/** What stands in a command for an access token that the page does not have, and what is said of it. */
const NO_TOKEN = quoted('ACCESS TOKEN');
const NEEDS_TOKEN =
  '# This page has the seat token alone: put the access token of your seat where ACCESS TOKEN stands, or open the page'
  + '\n# with the code of your card, which brings it.';

const FINGERPRINT = /sha256:[0-9a-f]{8}/;

/** The fingerprint that the journal keeps of a secret; `null` where the browser has no hash function. */
async function fingerprint(secret) {
  if (!globalThis.crypto?.subtle) return null;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
  const digits = [...new Uint8Array(hash).slice(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `sha256:${digits.join('')}`;
}

/** The number that the gateway refused with. */
function refusalOf({ response }) {
  try {
    return JSON.parse(response.body).error_code ?? '';
  } catch {
    return '';
  }
}

/** The org's credentials, each of its secrets with its fingerprint. */
async function credentialsOf(source, org) {
  const { credentials } = await source.read(`/orgs/${encodeURIComponent(org)}`);
  const kept = async (secret) => [await fingerprint(secret), secret];
  return Promise.all(credentials.map(async (one) => {
    // A seat is not told the client secret.
    const secrets = [one.apiKey, one.clientSecret].filter(Boolean);
    return { ...one, kept: await Promise.all(secrets.map(kept)) };
  }));
}

/** Puts the org's own secrets in the place of their fingerprints. */
function restored(text, credentials) {
  const pairs = credentials.flatMap(({ kept }) => kept).filter(([print]) => print);
  return pairs.reduce((found, [print, secret]) => found.replaceAll(print, secret), text);
}

/** The command for a call; `orgs` are those of the server. */
export async function curlOf(source, orgs, call) {
  const org = call.org ?? orgs[0].org;
  const credentials = await credentialsOf(source, org);
  const { headers, body } = call.request;
  const isMadeAnew = FINGERPRINT.test(headers.authorization ?? '');
  const query = call.query ? `?${restored(call.query, credentials)}` : '';
  const sent = restored(body ?? '', credentials);
  const token = isMadeAnew ? await tokenFor(source, orgs, call, org, credentials) : undefined;
  const made = command({
    method: call.method,
    url: source.address + call.path + query,
    headers: headersOf(source, call, credentials),
    body: sent,
    token: token === null ? NO_TOKEN : token,
    hasVariables: !source.isLive,
  });
  return [...(source.isLive ? [] : [NEEDS_SERVER]), made, ...missing(call.request, sent),
    ...(token === null ? [NEEDS_TOKEN] : [])].join('\n');
}

function headersOf(source, call, credentials) {
  const { headers, body } = call.request;
  const kept = Object.entries(headers).filter(([name]) => !LEFT_OUT.includes(name) && !name.startsWith('sec-'));
  const found = kept.map(([name, value]) => [name, valueOf(name, value, call, credentials)]);
  if (!source.isOwnHost(headers.host)) found.unshift(['host', headers.host ?? '']);
  // curl would call a body without a type a form.
  if (body && !headers['content-type']) found.push(['content-type', '']);
  return found;
}

function valueOf(name, value, call, credentials) {
  if (name === 'authorization') return value.replace(FINGERPRINT, '$TOKEN');
  const known = restored(value, credentials);
  const isLost = name === 'x-api-key' && FINGERPRINT.test(known) && refusalOf(call) !== KEY_UNKNOWN;
  return isLost ? credentials[0].apiKey : known;
}

/** A token that the gateway treats as it treated that of the call, as a word of the shell; `null` if the page cannot make it. */
function tokenFor(source, orgs, call, org, credentials) {
  const { headers } = call.request;
  const credential = credentials.find(({ kept }) => kept[0][0] === headers['x-api-key']) ?? credentials[0];
  const wish = { org, credential: credential.name };
  const refusal = refusalOf(call);
  if (refusal === TOKEN_MISSING) return quoted('');
  if (refusal === TOKEN_NOT_VALID) {
    const hasExpired = /expired/.test(call.reason ?? '');
    return hasExpired ? source.tokenWord({ ...wish, expiresIn: '-1h' }) : quoted(headers.authorization.match(FINGERPRINT)[0]);
  }
  if (refusal === WRONG_SCOPE) return source.tokenWord({ ...wish, scope: 'openid' });
  const other = OTHER_ORG.includes(refusal) && orgs.find((one) => one.org !== org);
  return source.tokenWord(other ? { org: other.org } : wish);
}

/** What the command cannot have, as comments below it. */
function missing({ body, bodyCut, bodyBytes }, sent) {
  const said = [];
  if (bodyCut) said.push(`# The journal kept only the start of this body of ${bodyBytes} bytes.`);
  if (body === null && bodyBytes) said.push('# The body is no text and is not in the journal.');
  if (FINGERPRINT.test(sent)) said.push('# The journal does not keep secrets: put yours where sha256: stands.');
  return said;
}
