// Adobe's published packages that log in, against the real program; and their tokens against both
// APIs. `@adobe/jwt-auth` takes the server's address as its option `ims`. `@adobe/aio-lib-ims` has no
// such option: the one method that knows its hosts is replaced. Each of its refusals prints the
// answer's body as it came.

import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { start, token as mint } from './server.mjs';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'campaign-mock-'));
// The library keeps its tokens in the user's own settings otherwise.
process.env.AIO_CONFIG_FILE = join(folder, 'aio');
const authorize = require('@adobe/jwt-auth');
const { Ims, context, getToken, getTokenData, invalidateToken } = require('@adobe/aio-lib-ims');

const SEED = new URL('../../fixtures/seed/acme/', import.meta.url);
const KEY = readFileSync(new URL('demo-private-key.pem', SEED), 'utf8');
const [EVERYTHING, CAMPAIGN_ONLY] = JSON.parse(readFileSync(new URL('org.json', SEED))).credentials;
const METASCOPES = ['ent_campaign_sdk', 'ent_gdpr_sdk'];
const SCOPES = ['openid', 'AdobeID', 'campaign_sdk', 'gdpr_sdk'];
const DAY = 24 * 60 * 60 * 1000;

let ready;
let ims;

before(async () => {
  ready = await start();
  assert.equal(new Ims('prod').getApiUrl('/c/x'), 'https://ims-na1.adobelogin.com/c/x');
  Ims.prototype.getApiUrl = (api) => ready.url + api;
  ims = new Ims();
});

after(async () => {
  await ready?.stop();
  rmSync(folder, { recursive: true });
});

// Logging in

/** By `@adobe/jwt-auth`. */
function assertion(options = {}) {
  return authorize({
    clientId: EVERYTHING.apiKey,
    clientSecret: EVERYTHING.clientSecret,
    technicalAccountId: EVERYTHING.technicalAccount,
    orgId: ready.imsOrgId,
    metaScopes: METASCOPES,
    privateKey: KEY,
    ims: ready.url,
    ...options,
  });
}

/** What a context of `@adobe/aio-lib-ims` is made of, whichever way it logs in. */
const account = (members) => ({
  client_id: EVERYTHING.apiKey,
  technical_account_id: EVERYTHING.technicalAccount,
  ims_org_id: ready.imsOrgId,
  ...members,
});
const byAssertion = (members) =>
  account({
    client_secret: EVERYTHING.clientSecret,
    meta_scopes: METASCOPES,
    private_key: KEY,
    ...members,
  });
const bySecret = (members) =>
  account({
    client_secrets: [EVERYTHING.clientSecret],
    technical_account_email: EVERYTHING.technicalAccount,
    scopes: SCOPES,
    ...members,
  });

let number = 0;

/** By `@adobe/aio-lib-ims`, from a context of its own. */
async function login(members) {
  const name = `test${(number += 1)}`;
  await context.set(name, members);
  return { name, token: await getToken(name) };
}

/** An assertion that none of the packages would make. */
function sign(members, key = KEY) {
  const claims = {
    exp: Math.round(Date.now() / 1000) + 300,
    iss: ready.imsOrgId,
    sub: EVERYTHING.technicalAccount,
    aud: `${ready.url}/c/${EVERYTHING.apiKey}`,
    [`${ready.url}/s/ent_campaign_sdk`]: true,
    ...members,
  };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

const exchange = (jwt, { apiKey, clientSecret } = EVERYTHING) =>
  ims.exchangeJwtToken(apiKey, clientSecret, jwt);

// What a token opens

async function get(path, token, apiKey) {
  const headers = {
    Authorization: `Bearer ${token}`,
    'X-Api-Key': apiKey,
    'x-gw-ims-org-id': ready.imsOrgId,
  };
  const response = await fetch(ready.url + path, { headers });
  return [response.status, await response.text()];
}
const profiles = (token, apiKey = EVERYTHING.apiKey) =>
  get(`/${ready.org}/campaign/profileAndServices/profile?_lineCount=1`, token, apiKey);
const jobs = (token, apiKey = EVERYTHING.apiKey) =>
  get('/data/core/privacy/jobs?regulation=gdpr', token, apiKey);

async function opensCampaign(token, apiKey) {
  const [status, body] = await profiles(token, apiKey);
  assert.equal(status, 200, body);
  assert.equal(JSON.parse(body).content.length, 1);
}

/** Being shown the jobs of the seed means being allowed in. */
async function opensPrivacy(token) {
  const [status, body] = await jobs(token);
  assert.equal(status, 200, body);
  assert.equal(JSON.parse(body).totalRecords, 150);
}

async function opensBoth(token) {
  await opensCampaign(token);
  await opensPrivacy(token);
}

async function opensNeither(token, refusal = EXPIRED) {
  assert.deepEqual(await profiles(token), refusal);
  assert.deepEqual(await jobs(token), refusal);
}

const EXPIRED = [401, '{"error_code":"401013","message":"Oauth token is not valid"}\n'];
const NOT_SUBSCRIBED = [403, '{"error_code":"403003","message":"Api Key is invalid"}\n'];
const NO_SCOPE = [403, '{"error_code":"403011","message":"Scope mismatch"}\n'];

// Refusals

/** Of `@adobe/jwt-auth`, which tells code and description apart. */
async function refused(call, code, description) {
  const error = await call.then(() => assert.fail('it was not refused'), (cause) => cause);
  assert.deepEqual([error.code, error.message], [code, description]);
}

/** Of `@adobe/aio-lib-ims`: the whole body. */
async function refusedWith(call, body) {
  const error = await call.then(() => assert.fail('it was not refused'), (cause) => cause);
  assert.equal(error.message, `400 (Bad Request): ${body}`);
}

const WRONG_SECRET = 'invalid client_secret parameter';
const WRONG_KEY = 'Could not match JWT signature to any of the bindings';
const NOT_BOUND = 'The metascopes in the JWT are not a subset of the metascopes in the binding.';
const body = (error, description) => JSON.stringify({ error, error_description: description });
/** Of an assertion: in the other order. */
const bodyOfAssertion = (error, description) =>
  JSON.stringify({ error_description: description, error });

// With an assertion

test('jwt-auth gets a token that opens both APIs', async () => {
  const { access_token: token, ...others } = await assertion();
  assert.deepEqual(others, { token_type: 'bearer', expires_in: DAY - 8 });
  await opensBoth(token);
});

test('aio-lib-ims gets a token for an assertion and keeps it', async () => {
  const { name, token } = await login(byAssertion());
  await opensBoth(token);
  assert.equal(await getToken(name), token);
  const other = await login(byAssertion());
  assert.notEqual(other.token, token);
});

test('an assertion of the command line is as good', async () => {
  const { access_token, payload } = await exchange(await mint('--assertion'));
  const { created_at } = getTokenData(access_token.token);
  assert.equal(access_token.expiry, Number(created_at) + DAY);
  assert.deepEqual(Object.keys(payload), ['token_type', 'access_token', 'expires_in']);
  await opensBoth(access_token.token);
});

test('a metascope opens the API that it is for', async () => {
  const { access_token: campaign } = await assertion({ metaScopes: 'ent_campaign_sdk' });
  await opensCampaign(campaign);
  assert.deepEqual(await jobs(campaign), NO_SCOPE);
  const { token: privacy } = await login(byAssertion({ meta_scopes: ['ent_dataservices_sdk'] }));
  assert.deepEqual(await profiles(privacy), NO_SCOPE);
  await opensPrivacy(privacy);
});

test('a metascope that is not bound, or none, is refused', async () => {
  await refused(assertion({ metaScopes: ['ent_user_sdk'] }), 'invalid_scope', NOT_BOUND);
  const call = login(byAssertion({ meta_scopes: ['ent_user_sdk'] }));
  await refusedWith(call, bodyOfAssertion('invalid_scope', NOT_BOUND));
  const none =
    'The assertion claims no metascope: add "https://ims-na1.adobelogin.com/s/<metascope>": true ' +
    'with ent_campaign_sdk or ent_gdpr_sdk or ent_dataservices_sdk.';
  const claim = { [`${ready.url}/s/ent_campaign_sdk`]: undefined };
  await refusedWith(exchange(sign(claim)), bodyOfAssertion('invalid_scope', none));
});

test('a key whose certificate is not registered is refused', async () => {
  const { privateKey: pem } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await refused(assertion({ privateKey: pem }), 'invalid_token', WRONG_KEY);
  const refusal = bodyOfAssertion('invalid_token', WRONG_KEY);
  await refusedWith(login(byAssertion({ private_key: pem })), refusal);
  await refusedWith(exchange(sign({}, pem)), refusal);
  await opensCampaign((await exchange(sign({}))).access_token.token);
});

test('an assertion that has expired is refused', async () => {
  const expired =
    /^400 \(Bad Request\): {"error_description":"The assertion has expired: it is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z on this server's clock; 'exp' counts seconds, not milliseconds\.","error":"invalid_token"}$/;
  for (const jwt of [await mint('--assertion', '--expires-in', '0s'), sign({ exp: 1583064000 })]) {
    await assert.rejects(exchange(jwt), { message: expired });
  }
});

// With a secret alone

test('aio-lib-ims gets a token for a secret and keeps it', async () => {
  const { name, token } = await login(bySecret());
  assert.equal(getTokenData(token).scope, SCOPES.join(','));
  await opensBoth(token);
  assert.equal(await getToken(name), token);
});

test('the lifetime of a token for a secret is in seconds', async () => {
  const { apiKey, clientSecret } = EVERYTHING;
  const { access_token, payload } = await ims.getAccessTokenByClientCredentials(
    apiKey,
    clientSecret,
    ready.imsOrgId,
    SCOPES,
  );
  const { access_token: token, ...others } = payload;
  assert.deepEqual(others, { token_type: 'bearer', expires_in: DAY / 1000 - 1 });
  const { created_at, expires_in, type, client_id, as } = getTokenData(token);
  assert.equal(access_token.expiry, Number(created_at) + DAY);
  assert.deepEqual([expires_in, type, client_id, as], [
    String(DAY),
    'access_token',
    apiKey,
    'ims-na1',
  ]);
  assert.equal((await Ims.fromToken(token)).ims.env, 'prod');
});

test('a scope that the credential does not have is refused', async () => {
  const { apiKey, clientSecret } = CAMPAIGN_ONLY;
  const members = { client_id: apiKey, client_secrets: [clientSecret] };
  const { token } = await login(bySecret({ ...members, scopes: ['campaign_sdk'] }));
  await opensCampaign(token, apiKey);
  assert.deepEqual(await jobs(token, apiKey), NOT_SUBSCRIBED);
  const description =
    "The credential is not subscribed to Privacy Service, which 'gdpr_sdk' is for: " +
    "leave it out, or use a credential whose 'apis' in org.json have it.";
  await refusedWith(login(bySecret(members)), body('invalid_scope', description));
});

// Either way

test('a wrong secret is refused', async () => {
  await refused(assertion({ clientSecret: 'wrong' }), 'invalid_client', WRONG_SECRET);
  const refusal = body('invalid_client', WRONG_SECRET);
  await refusedWith(login(byAssertion({ client_secret: 'wrong' })), refusal);
  await refusedWith(login(bySecret({ client_secrets: ['wrong'] })), refusal);
});

test('a token that has expired opens nothing', async () => {
  await opensNeither(await mint('--expires-in', '0s'));
  assert.deepEqual(await ims.validateToken(await mint('--expires-in', '0s')), {
    valid: false,
    reason: 'invalid_token',
  });
  await opensBoth(await mint('--expires-in', '1m'));
});

test("a token's days are those of the server's clock", async () => {
  const then = await start('--now', '2020-03-01T12:00:00Z');
  try {
    const { access_token: token } = await assertion({ ims: then.url });
    const headers = { Authorization: `Bearer ${token}`, 'X-Api-Key': EVERYTHING.apiKey };
    const there = await fetch(`${then.url}/acme/campaign/profileAndServices/profile`, { headers });
    assert.equal(there.status, 200);
    await opensNeither(token);
  } finally {
    await then.stop();
  }
});

test('aio-lib-ims asks whether a token is good', async () => {
  const { token } = await login(bySecret());
  const { id, created_at } = getTokenData(token);
  const answer = {
    valid: true,
    expires_at: Number(created_at) + DAY,
    token: {
      id,
      scope: SCOPES.join(','),
      user_id: EVERYTHING.technicalAccount,
      expires_in: String(DAY),
      client_id: EVERYTHING.apiKey,
      type: 'access_token',
    },
  };
  assert.deepEqual(await ims.validateToken(token), answer);
  assert.deepEqual(await ims.validateTokenAllowList(token, [EVERYTHING.apiKey]), answer);
  const [head, payload] = token.split('.');
  const forged = await ims.validateToken(`${head}.${payload}.AAAA`);
  assert.deepEqual(forged, { valid: false, reason: 'invalid_token' });
});

test('a token that aio-lib-ims gives back opens nothing', async () => {
  const { name, token } = await login(byAssertion());
  await opensBoth(token);
  await invalidateToken(name);
  await opensNeither(token);
  const next = await getToken(name);
  assert.notEqual(next, token);
  await opensBoth(next);
});
