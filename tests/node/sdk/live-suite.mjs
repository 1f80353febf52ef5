// The calls of the suite that the SDK's repository runs against a live tenant, with the values that it
// sends: what it demands of each is demanded here (docs/reference/campaign-standard.md, tag sdk-e2e).
// The package does not bring that suite along.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { answer, client, ready, refusal, sdk } from './support.mjs';

const random = (bytes) => randomBytes(bytes).toString('hex');

async function rejected(call, code, status) {
  const refused = await refusal(call);
  assert.deepEqual([refused.code, refused.status], [code, status]);
}

test('live suite: a client has what it was made with', async () => {
  const { org, apiKey, accessToken } = ready;
  const { tenantId, ...made } = await client();
  assert.deepEqual([tenantId, made.apiKey, made.accessToken], [org, apiKey, accessToken]);
});

test('live suite: bad credentials and a bad tenant', async () => {
  for (const [bad, status] of [
    [{ accessToken: 'bad_access_token' }, 401],
    [{ apiKey: 'bad_api_key' }, 403],
    [{ org: 'bad_tenant_id' }, 500],
  ]) {
    const stranger = await client(bad);
    await rejected(stranger.getAllProfiles(), 'ERROR_GET_ALL_PROFILES', status);
  }
});

test('live suite: lists with parameters that nobody knows, and metadata', async () => {
  const parameters = { limit: 5, page: 0 };
  for (const method of ['getAllProfiles', 'getAllServices', 'getAllOrgUnits', 'getCustomResources']) {
    assert.equal((await sdk[method](parameters)).ok, true, method);
  }
  for (const resource of ['profile', 'service', 'history']) {
    assert.equal((await sdk.getMetadataForResource(resource)).ok, true, resource);
  }
});

test('live suite: a custom resource that does not exist', async () => {
  const resource = random(16);
  const list = sdk.getAllCustomResources({ customResource: resource });
  await rejected(list, 'ERROR_GET_ALL_CUSTOM_RESOURCES', 404);
  const made = sdk.createCustomResource(resource, {});
  await rejected(made, 'ERROR_CREATE_CUSTOM_RESOURCE', 404);
  const { body } = await refusal(sdk.updateCustomResource(resource, {}, '@gibberish'));
  assert.ok(body.includes("'@gibberish' is not a valid constant"), body);
  const gone = sdk.deleteCustomResource(resource, '@gibberish');
  await rejected(gone, 'ERROR_DELETE_CUSTOM_RESOURCE', 404);
});

test('live suite: a first name that is longer than its field is taken', async () => {
  const [firstName, lastName] = ['First', 'Last'].map((name) => `ACSSDK_Test_${name}_${random(4)}`);
  const profile = { email: `${firstName}@notanemail.net`, firstName, lastName };
  const { PKey } = await answer(sdk.createProfile(profile), 201);
  const updated = `UPDATED_${firstName}`;
  assert.equal(updated.length, 34);
  const changed = await sdk.updateProfile(PKey, { firstName: updated });
  assert.equal(changed.status, 200);
  assert.match(changed.headers['x-mock-reason'], /'firstName' from 34 to 30 characters/);
  assert.equal((await answer(sdk.getProfile(PKey))).firstName.length, 30);
});
