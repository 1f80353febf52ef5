// The client: how it is set up, and what it says of bad credentials.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, BAD_TOKEN, base, client, init, ready, refusal, refused, sdk } from './support.mjs';

test('init refuses missing arguments and takes new ones', async () => {
  await assert.rejects(init('', '', ''), { code: 'ERROR_SDK_INITIALIZATION' });
  const { accessToken, tenantId } = await sdk.init(ready.org, ready.apiKey, ready.accessToken);
  assert.deepEqual({ accessToken, tenantId }, {
    accessToken: ready.accessToken,
    tenantId: ready.org,
  });
});

test('a request names the tenant in its path and carries the credentials', () => {
  const { serverVariables, securities } = sdk.__createRequestOptions();
  assert.deepEqual(serverVariables, { ORGANIZATION: ready.org });
  assert.deepEqual(securities.authorized, {
    ApiKeyAuth: { value: ready.apiKey },
    BearerAuth: { value: ready.accessToken },
  });
});

test('filters share one path segment, and a descending order is encoded before it is sent', () => {
  const parameters = { filters: ['byText', 'byEmail'], order: 'email', descendingSort: true };
  assert.deepEqual(sdk.__createFilterParams({ ...parameters, hasCustomFilter: true, text: 'a' }), {
    EXT: 'Ext',
    FILTERS: 'byText/byEmail',
    _order: 'email%20desc',
    freeForm: { text: 'a' },
  });
});

test('credentials are checked before anything else', async () => {
  const profiles = async (who) => (await client(who)).getAllProfiles();
  const code = 'ERROR_GET_ALL_PROFILES';
  await refused(profiles({ accessToken: 'bad' }), code, 401, BAD_TOKEN);
  await refused(profiles({ apiKey: 'bad' }), code, 403, {
    error_code: '403003',
    message: 'Api Key is invalid',
  });
  await refused(profiles({ org: 'bad_tenant_id' }), code, 500, {
    code: 500,
    message: 'Oops. Something went wrong. Check your URI and try again.',
  });
});

test('every method reports a bad token under its own code', async () => {
  const stranger = await client({ accessToken: 'bad' });
  const calls = [
    ['getAllProfiles', 'ERROR_GET_ALL_PROFILES'],
    ['createProfile', 'ERROR_CREATE_PROFILE', {}],
    ['updateProfile', 'ERROR_UPDATE_PROFILE', '@a', {}],
    ['getProfile', 'ERROR_GET_PROFILE', '@a'],
    ['getAllServices', 'ERROR_GET_ALL_SERVICES'],
    ['createService', 'ERROR_CREATE_SERVICE', {}],
    ['getService', 'ERROR_GET_SERVICE', 'SVC1'],
    ['getHistoryOfProfile', 'ERROR_GET_HISTORY_OF_PROFILE', '@a'],
    ['getMetadataForResource', 'ERROR_GET_METADATA_FOR_RESOURCE', 'profile'],
    ['getMetadataForResourceExt', 'ERROR_GET_METADATA_FOR_RESOURCE_EXT', 'cusPurchase'],
    ['getCustomResources', 'ERROR_GET_CUSTOM_RESOURCES'],
    ['createGDPRRequest', 'ERROR_CREATE_GDPR_REQUEST', {}],
    ['getGDPRRequest', 'ERROR_GET_GDPR_REQUEST'],
    ['sendTransactionalEvent', 'ERROR_SEND_TRANSACTIONAL_EVENT', 'EVTa', {}],
    ['getTransactionalEvent', 'ERROR_GET_TRANSACTIONAL_EVENT', 'EVTa', '@a'],
    ['getWorkflow', 'ERROR_GET_WORKFLOW', 'WKF1'],
    ['controlWorkflow', 'ERROR_CONTROL_WORKFLOW', 'WKF1', 'start'],
    ['getAllOrgUnits', 'ERROR_GET_ALL_ORG_UNITS'],
    ['getProfileWithOrgUnit', 'ERROR_GET_PROFILE_WITH_ORG_UNIT', '@a'],
    ['updateProfileOrgUnit', 'ERROR_UPDATE_PROFILE_ORG_UNIT', '@a', '@b'],
    ['updateOrgUnit', 'ERROR_UPDATE_ORG_UNIT', '@a', {}],
    ['getDataFromRelativeUrl', 'ERROR_GET_DATA_FROM_RELATIVE_URL', 'profileAndServices/profile'],
    ['getAllCustomResources', 'ERROR_GET_ALL_CUSTOM_RESOURCES', 'cusPurchase'],
    ['getAllBasicCustomResources', 'ERROR_GET_ALL_BASIC_CUSTOM_RESOURCES', 'cusProduct'],
    ['getAllProfileAndServicesExt', 'ERROR_GET_ALL_PROFILES_AND_SERVICES_EXT', 'cusPurchase'],
    ['updateCustomResource', 'ERROR_UPDATE_CUSTOM_RESOURCE', 'cusPurchase', '@a', {}],
    ['createCustomResource', 'ERROR_CREATE_CUSTOM_RESOURCE', 'cusPurchase', {}],
    ['deleteCustomResource', 'ERROR_DELETE_CUSTOM_RESOURCE', 'cusPurchase', '@a'],
  ];
  for (const [method, code, ...parameters] of calls) {
    await refused(stranger[method](...parameters), code, 401, BAD_TOKEN);
  }
  // These two read the body of a refusal as if it were an answer.
  const url = `${base()}privacy/privacyTool/`;
  assert.deepEqual(await stranger.getGDPRDataFile(url, 'a'), BAD_TOKEN);
  assert.deepEqual(await stranger.triggerSignalActivity(url, { source: 'API' }), BAD_TOKEN);
});
