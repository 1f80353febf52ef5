// What the tests of the SDK share: the server, the client, what comes back, and something to work
// with. One thing of the SDK is changed: the server in its OpenAPI document.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { start } from '../server.mjs';

const require = createRequire(import.meta.url);
const spec = require('@adobe/aio-lib-campaign-standard/spec/api.json');
export const { init } = require('@adobe/aio-lib-campaign-standard');

export const EMPTY_LIST = { content: [], value: 0 };
export const PKEY = /^@[\w-]{91,}$/;
export const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/;
export const GENERIC = 'RST-360011 An error has occurred - please contact your administrator.';
export const BAD_TOKEN = { error_code: '401013', message: 'Oauth token is not valid' };

export let ready;
export let sdk;
export let postedStatus;
export const called = new Set();

before(async () => {
  ready = await start();
  assert.equal(spec.servers[0].url, 'https://mc.adobe.io/{ORGANIZATION}/campaign');
  spec.servers[0].url = `${ready.url}/{ORGANIZATION}/campaign`;
  sdk = observed(await client());
});

after(() => ready?.stop());

// Who calls, and where

export function client({
  org = ready.org,
  apiKey = ready.apiKey,
  accessToken = ready.accessToken,
} = {}) {
  return init(org, apiKey, accessToken);
}

/** Notes what tests call, not what methods call of one another. */
function observed(instance) {
  // Two methods hand over a body without its status.
  const post = instance.postDataToUrl;
  instance.postDataToUrl = async (...parameters) => {
    const response = await post.apply(instance, parameters);
    postedStatus = response.status;
    return response;
  };
  return new Proxy(instance, {
    get: (target, name) =>
      typeof target[name] !== 'function'
        ? target[name]
        : (...parameters) => {
            called.add(name);
            return target[name](...parameters);
          },
  });
}

export const base = () => `${ready.url}/${ready.org}/campaign/`;

/** An href as `getDataFromRelativeUrl` takes it. */
export function relative(href) {
  assert.ok(href.startsWith(base()), href);
  return href.slice(base().length);
}

// What comes back

export async function answer(call, status = 200) {
  const response = await call;
  assert.equal(response.status, status);
  return response.body;
}

export async function refusal(call) {
  const error = await call.then(() => assert.fail('it was not refused'), (cause) => cause);
  const parts = /^\[CampaignStandardSDK:(\w+)\] (\d+) - [^(]+ \((.*)\)$/s.exec(error.message);
  assert.ok(parts, error.message);
  assert.equal(error.code, parts[1]);
  return { code: parts[1], status: Number(parts[2]), body: JSON.parse(parts[3]) };
}

export async function refused(call, code, status, body) {
  assert.deepEqual(await refusal(call), { code, status, body });
}

export async function refusedWith(call, code, status, part) {
  const { body, ...rest } = await refusal(call);
  assert.deepEqual(rest, { code, status });
  assert.ok(body.includes(part), body);
}

export async function posted(href, body, status = 201) {
  const response = await sdk.postDataToUrl(href, body);
  assert.equal(response.status, status);
  assert.match(response.headers.get('content-type'), /^application\/json\b/);
  return response.json();
}

export const list = ({ content, count }) => ({ content, value: count.value });
export const values = (body, member) => body.content.map((record) => record[member]);
export const unknownProperty = (name, resource) =>
  `'${name}' property is not valid for the '${resource}' resource.`;
export const unknownPKey = (pkey) =>
  `'${pkey}' attribute unknown (see definition of 'Profiles (nms:recipient)' schema). ` +
  `XTK-170036 Unable to parse expression '@id = @${pkey}'.`;

export async function eventually(look) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
    const found = await look();
    if (found) return found;
  }
  return assert.fail('it did not happen');
}

// Something to work with

let number = 0;
export const unique = (word) => `${word}${(number += 1)}`;
export const email = () => `${unique('sdk')}@example.com`;
export const createProfile = (members) =>
  answer(sdk.createProfile({ email: email(), ...members }), 201);
export const createService = (members) =>
  answer(sdk.createService({ label: 'News', ...members }), 201);
export const createPurchase = (members) =>
  answer(sdk.createCustomResource('cusPurchase', { cusReference: unique('P-'), ...members }), 201);
