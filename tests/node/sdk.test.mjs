// Adobe's published SDK against the real program. One thing of the SDK is changed: the server in its
// OpenAPI document. Every one of its methods is called; the last test sees to that.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { start } from './server.mjs';

const require = createRequire(import.meta.url);
const spec = require('@adobe/aio-lib-campaign-standard/spec/api.json');
const { init } = require('@adobe/aio-lib-campaign-standard');

const EMPTY_LIST = { content: [], value: 0 };
const PKEY = /^@[\w-]{91,}$/;
const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/;
const GENERIC = 'RST-360011 An error has occurred - please contact your administrator.';
const BAD_TOKEN = { error_code: '401013', message: 'Oauth token is not valid' };

let ready;
let sdk;
let postedStatus;
const called = new Set();

before(async () => {
  ready = await start();
  assert.equal(spec.servers[0].url, 'https://mc.adobe.io/{ORGANIZATION}/campaign');
  spec.servers[0].url = `${ready.url}/{ORGANIZATION}/campaign`;
  sdk = observed(await client());
});

after(() => ready?.stop());

// Who calls, and where

function client({ org = ready.org, apiKey = ready.apiKey, accessToken = ready.accessToken } = {}) {
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

const base = () => `${ready.url}/${ready.org}/campaign/`;

/** An href as `getDataFromRelativeUrl` takes it. */
function relative(href) {
  assert.ok(href.startsWith(base()), href);
  return href.slice(base().length);
}

// What comes back

async function answer(call, status = 200) {
  const response = await call;
  assert.equal(response.status, status);
  return response.body;
}

async function refusal(call) {
  const error = await call.then(() => assert.fail('it was not refused'), (cause) => cause);
  const parts = /^\[CampaignStandardSDK:(\w+)\] (\d+) - [^(]+ \((.*)\)$/s.exec(error.message);
  assert.ok(parts, error.message);
  assert.equal(error.code, parts[1]);
  return { code: parts[1], status: Number(parts[2]), body: JSON.parse(parts[3]) };
}

async function refused(call, code, status, body) {
  assert.deepEqual(await refusal(call), { code, status, body });
}

async function refusedWith(call, code, status, part) {
  const { body, ...rest } = await refusal(call);
  assert.deepEqual(rest, { code, status });
  assert.ok(body.includes(part), body);
}

async function posted(href, body, status = 201) {
  const response = await sdk.postDataToUrl(href, body);
  assert.equal(response.status, status);
  assert.match(response.headers.get('content-type'), /^application\/json\b/);
  return response.json();
}

const list = ({ content, count }) => ({ content, value: count.value });
const values = (body, member) => body.content.map((record) => record[member]);
const unknownProperty = (name, resource) =>
  `'${name}' property is not valid for the '${resource}' resource.`;
const unknownPKey = (pkey) =>
  `'${pkey}' attribute unknown (see definition of 'Profiles (nms:recipient)' schema). ` +
  `XTK-170036 Unable to parse expression '@id = @${pkey}'.`;

async function eventually(look) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
    const found = await look();
    if (found) return found;
  }
  return assert.fail('it did not happen');
}

// Something to work with

let number = 0;
const unique = (word) => `${word}${(number += 1)}`;
const email = () => `${unique('sdk')}@example.com`;
const createProfile = (members) => answer(sdk.createProfile({ email: email(), ...members }), 201);
const createService = (members) => answer(sdk.createService({ label: 'News', ...members }), 201);
const createPurchase = (members) =>
  answer(sdk.createCustomResource('cusPurchase', { cusReference: unique('P-'), ...members }), 201);

// The client

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

// Profiles

test('createProfile answers the whole record', async () => {
  const profile = await createProfile({ email: 'ada@example.com', firstName: 'Ada' });
  assert.match(profile.PKey, PKEY);
  assert.equal(profile.href, `${base()}profileAndServices/profile/${profile.PKey}`);
  assert.match(profile.created, MOMENT);
  const { email, firstName, lastName, age, birthDate, domain, emailFormat, blackList } = profile;
  assert.deepEqual({ email, firstName, lastName, age, birthDate, domain, emailFormat, blackList }, {
    email: 'ada@example.com',
    firstName: 'Ada',
    lastName: '',
    age: 0,
    birthDate: '',
    domain: 'example.com',
    emailFormat: 'unknown',
    blackList: false,
  });
  assert.match(profile.subscriptions.href, /\/subscriptions\/$/);
  assert.deepEqual(Object.keys(profile), Object.keys(profile).sort());
});

test('createProfile refuses what the resource does not have and what does not fit', async () => {
  const code = 'ERROR_CREATE_PROFILE';
  const misspelt = sdk.createProfile({ firstname: 'Ada' });
  await refused(misspelt, code, 500, unknownProperty('firstname', 'profile'));
  const custom = sdk.createProfile({ cusHobby: 'Dancing' });
  await refused(custom, code, 500, unknownProperty('cusHobby', 'profile'));
  await refused(
    sdk.createProfile({ ccpaOptOut: 'yes' }),
    code,
    500,
    "BAS-010040 Cannot convert 'yes' (type text) to integer (8 bit) type (bAS-010011 Invalid value).",
  );
  await refused(
    sdk.createProfile({ gender: 'invalid' }),
    code,
    500,
    `${GENERIC} The value 'invalid' is not valid for the 'nms:recipient:gender' enumeration of the '@gender' field`,
  );
});

test('updateProfile changes the record and answers where it is', async () => {
  const { PKey, href } = await createProfile();
  assert.deepEqual(await answer(sdk.updateProfile(PKey, { lastName: 'Lovelace' })), { PKey, href });
  assert.equal((await answer(sdk.getProfile(PKey))).lastName, 'Lovelace');
});

test('updateProfile refuses read-only members and unknown PKeys', async () => {
  const { PKey } = await createProfile();
  const code = 'ERROR_UPDATE_PROFILE';
  await refused(
    sdk.updateProfile(PKey, { age: 36 }),
    code,
    500,
    `Cannot update the 'age' property that is read-only ${unknownProperty('age', 'profile')}`,
  );
  await refused(sdk.updateProfile('@nope', { lastName: 'A' }), code, 500, unknownPKey('nope'));
});

test('getProfile answers the record without its href and without custom members', async () => {
  const { href, ...profile } = await createProfile({ lastName: 'Hopper' });
  assert.deepEqual(await answer(sdk.getProfile(profile.PKey)), profile);
  assert.deepEqual(Object.keys(profile).filter((name) => /^cus|Unit$/.test(name)), []);
  await refused(sdk.getProfile('@nope'), 'ERROR_GET_PROFILE', 500, unknownPKey('nope'));
});

test('getAllProfiles answers a page and ignores parameters it does not know', async () => {
  const { status, headers, body } = await sdk.getAllProfiles({ limit: 5, page: 0, lineCount: 2 });
  assert.equal(status, 200);
  assert.match(headers['content-type'], /^application\/json\b/);
  assert.match(headers['x-request-id'], /^\w{32}$/);
  assert.equal(body.content.length, 2);
  assert.equal(body.serverSidePagination, true);
  assert.equal(body.count.value, undefined);
  for (const { PKey, href } of body.content) {
    assert.equal(href, `${base()}profileAndServices/profile/${PKey}`);
  }
});

test('getAllProfiles leads through all pages in the order asked for', async () => {
  const created = ['c', 'a', 'b'].map((letter) => `sdk-page-${letter}@example.com`);
  for (const email of created) await createProfile({ email });
  const query = { filters: ['byText'], text: 'sdk-page-', order: 'email', lineCount: 2 };
  const pages = async (parameters) => {
    const first = await answer(sdk.getAllProfiles(parameters));
    const _lineStart = new URL(first.next.href).searchParams.get('_lineStart');
    const second = await answer(sdk.getAllProfiles({ ...parameters, _lineStart }));
    assert.equal(second.next, undefined);
    return [first, second].map((page) => values(page, 'email'));
  };
  const [a, b, c] = [...created].sort();
  assert.deepEqual(await pages(query), [[a, b], [c]]);
  assert.deepEqual(await pages({ ...query, descendingSort: true }), [[c, b], [a]]);
});

test('getAllProfiles joins filters, counts, and lists one member', async () => {
  const emails = [1, 2].map((n) => `sdk-filter-${n}@example.com`);
  for (const email of emails) await createProfile({ email });
  const find = (filters, members) => answer(sdk.getAllProfiles({ filters, ...members }));
  const one = await find(['byText', 'byEmail'], { text: 'sdk-filter-', email: emails[1] });
  assert.deepEqual([values(one, 'email'), one.count.value], [[emails[1]], 1]);
  const none = await find(['byEmail'], { email: 'nobody@example.com' });
  assert.deepEqual(list(none), EMPTY_LIST);
  assert.deepEqual(await find(['byText', '_count'], { text: 'sdk-filter-' }), { count: 2 });
  assert.equal(typeof (await find(['email'], { lineCount: 1 })).content[0], 'string');
});

test('getAllProfiles takes a custom filter', async () => {
  const cusCustomerId = unique('C-');
  await answer(sdk.createCustomResource('profile', { cusCustomerId }), 201);
  const found = await answer(
    sdk.getAllProfiles({
      filters: ['byCustomerId'],
      hasCustomFilter: true,
      customerId_parameter: cusCustomerId,
    }),
  );
  assert.deepEqual(values(found, 'cusCustomerId'), [cusCustomerId]);
});

// Services, subscriptions, history

test('createService answers the whole record and names it', async () => {
  const service = await createService({ label: 'Sdk News', messageType: 'sms' });
  assert.match(service.PKey, PKEY);
  assert.match(service.name, /^SVC\d+$/);
  const { title, label, messageType, mode, targetResource, builtIn } = service;
  assert.deepEqual({ title, label, messageType, mode, targetResource, builtIn }, {
    title: `Sdk News (${service.name})`,
    label: 'Sdk News',
    messageType: 'sms',
    mode: 'newsletter',
    targetResource: 'profile',
    builtIn: false,
  });
  const nope = sdk.createService({ nope: 1 });
  await refused(nope, 'ERROR_CREATE_SERVICE', 500, unknownProperty('nope', 'service'));
});

test('getService finds a service by its PKey and by its name', async () => {
  const { href, ...service } = await createService({ name: unique('sdkService') });
  assert.equal(href, `${base()}profileAndServices/service/${service.PKey}`);
  assert.deepEqual(await answer(sdk.getService(service.PKey)), service);
  assert.deepEqual(await answer(sdk.getService(service.name)), service);
  assert.equal((await answer(sdk.getService('SVC1'))).name, 'SVC1');
  await refused(
    sdk.getService('adobe_nl'),
    'ERROR_GET_SERVICE',
    404,
    `${GENERIC} Unable to find document with path 'Service' from key 'adobe_nl:0' (document with schema 'service' and name 'adobe_nl')`,
  );
});

test('getAllServices filters by text and by channel', async () => {
  const label = unique('Sdk Letter ');
  await createService({ label, messageType: 'sms' });
  const find = (filter, members) => answer(sdk.getAllServices({ filters: [filter], ...members }));
  assert.deepEqual(values(await find('byText', { text: label }), 'label'), [label]);
  const sms = new Set(values(await find('byChannel', { channel: 'sms' }), 'messageType'));
  assert.deepEqual(sms, new Set(['sms']));
  assert.ok(values(await answer(sdk.getAllServices()), 'name').includes('SVC1'));
});

test('postDataToUrl subscribes a profile once, and both sides list it', async () => {
  const [profile, service] = [await createProfile(), await createService()];
  const body = { service: { PKey: service.PKey } };
  const subscription = await posted(profile.subscriptions.href, body);
  assert.match(subscription.PKey, PKEY);
  assert.equal(subscription.metadata, 'subscriptionRcp');
  assert.equal(subscription.serviceName, '');
  assert.deepEqual(Object.keys(subscription.service), ['PKey', 'title']);

  const text = await posted(profile.subscriptions.href, body, 500);
  assert.ok(text.includes('violates unique constraint "nmssubscriptionrcp_key"'), text);

  const read = async ({ subscriptions }) =>
    (await answer(sdk.getDataFromRelativeUrl(relative(subscriptions.href)))).content;
  const [ofProfile, ...others] = await read(profile);
  assert.deepEqual([ofProfile.service.name, ofProfile.serviceName], [service.name, service.name]);
  const [ofService, ...more] = await read(service);
  assert.equal(ofService.subscriber.email, profile.email);
  assert.deepEqual([others, more], [[], []]);
});

test('getHistoryOfProfile answers the profile with its events', async () => {
  const { PKey, email } = await createProfile();
  const history = await answer(sdk.getHistoryOfProfile(PKey));
  const { countBroadLogEvents, countSubHistoEvents, minSubHistoEvents, events } = history;
  assert.deepEqual(
    [history.email, countBroadLogEvents, countSubHistoEvents, minSubHistoEvents],
    [email, 0, 0, ''],
  );
  for (const member of ['postalAddress', 'subscriptions', 'cryptedId', 'domain', 'emailFormat']) {
    assert.equal(history[member], undefined, member);
  }
  assert.equal(events.metadata, 'subHisto');
  const body = await answer(sdk.getDataFromRelativeUrl(relative(events.href)));
  assert.deepEqual(list(body), EMPTY_LIST);
  const unknown = sdk.getHistoryOfProfile('@nope');
  await refusedWith(unknown, 'ERROR_GET_HISTORY_OF_PROFILE', 500, "'nope' attribute unknown");
});

// Metadata

test('getMetadataForResource describes the three resources it accepts', async () => {
  for (const resource of ['profile', 'service', 'history']) {
    const { apiName, name, content } = await answer(sdk.getMetadataForResource(resource));
    assert.deepEqual([apiName, name, typeof content], ['resourceType', resource, 'object']);
  }
  const code = 'ERROR_INVALID_RESOURCE_TYPE';
  await assert.rejects(sdk.getMetadataForResource('orgUnitBase'), { code });
});

test('getMetadataForResource describes the members of a profile', async () => {
  const { schema, type, help, data, content } = await answer(sdk.getMetadataForResource('profile'));
  assert.deepEqual({ schema, type, help, data }, {
    schema: 'nms:recipient',
    type: 'item',
    help: 'Identified profiles',
    data: '/profileAndServices/profile/',
  });
  assert.deepEqual(
    Object.keys(content.email),
    [
      'PKey apiName category dataPolicy desc displayFormat help label lazyLoaded length mandatory',
      'metadata privacy queryable readOnly resName resType sortable type',
    ].flatMap((names) => names.split(' ')),
  );
  const { category, dataPolicy, length, readOnly, sortable, mandatory } = content.email;
  assert.deepEqual({ category, dataPolicy, length, readOnly, sortable, mandatory }, {
    category: '03_emails',
    dataPolicy: 'email',
    length: '128',
    readOnly: false,
    sortable: true,
    mandatory: false,
  });
  assert.equal(content.cusHobby, undefined);
});

test('getMetadataForResourceExt lists a resource, and describes it under resourceType', async () => {
  const { PKey } = await createPurchase();
  const purchases = await answer(sdk.getMetadataForResourceExt('cusPurchase'));
  assert.ok(values(purchases, 'PKey').includes(PKey));
  const { name, content } = await answer(
    sdk.getMetadataForResourceExt('resourceType/cusPurchase'),
  );
  assert.equal(name, 'cusPurchase');
  assert.equal(content.cusBuyer.resTarget, 'profile');
  assert.deepEqual([content.cusReference.category, content.cusReference.dataPolicy], [
    '99_none',
    '',
  ]);
  const nope = await refusal(sdk.getMetadataForResourceExt('cusNope'));
  assert.deepEqual([nope.code, nope.status], ['ERROR_GET_METADATA_FOR_RESOURCE_EXT', 404]);
});

test('getCustomResources lists what is linked to profiles', async () => {
  const body = await answer(sdk.getCustomResources());
  assert.equal(body.apiName, 'resourceType');
  const { href, name, type } = body.cusPurchase;
  assert.deepEqual({ href, name, type }, {
    href: `${base()}profileAndServicesExt/cusPurchase/metadata`,
    name: 'cusPurchase',
    type: 'collection',
  });
  assert.equal(body.profile.name, 'profile');
  assert.equal(body.cusProduct, undefined);
});

test('getDataFromRelativeUrl follows the addresses that metadata gives', async () => {
  const { data, filters } = await answer(sdk.getMetadataForResource('profile'));
  assert.ok(Array.isArray((await answer(sdk.getDataFromRelativeUrl(data))).content));
  const { byText } = await answer(sdk.getDataFromRelativeUrl(relative(filters.href)));
  assert.deepEqual([byText.data, byText.label], [
    '/profileAndServices/profile/byText?text=$value',
    'By name or email',
  ]);
});

test('getDataFromRelativeUrl reads one member of a record', async () => {
  const { PKey, email } = await createProfile();
  const path = `profileAndServices/profile/${PKey}/email`;
  assert.equal(await answer(sdk.getDataFromRelativeUrl(path)), email);
});

// Privacy

test('createGDPRRequest makes a request that getGDPRRequest lists until its data is there', async () => {
  const { email } = await createProfile({ lastName: 'Lamarr' });
  const name = unique('sdkRequest');
  const asked = {
    name,
    label: 'Access',
    namespaceName: 'defaultNamespace1',
    reconciliationValue: email,
    regulation: 'gdpr',
    type: 'access',
  };
  const request = await answer(sdk.createGDPRRequest(asked), 201);
  assert.match(request.PKey, PKEY);
  for (const member of Object.keys(asked)) assert.equal(request[member], asked[member], member);
  assert.deepEqual([request.status, request.retryCount, request.title], [
    'new',
    0,
    `Access (${name})`,
  ]);

  const complete = await eventually(async () => {
    const { content } = await answer(sdk.getGDPRRequest());
    return content.find((one) => one.name === name && one.status === 'complete');
  });
  const file = await sdk.getGDPRDataFile(complete.privacyRequestData.href, name);
  assert.equal(postedStatus, 200);
  assert.match(file, /^\{data:<gdprRequestData /);
  for (const part of [`'${email}'`, '<table name="nms:recipient">', 'Lamarr']) {
    assert.ok(file.includes(part), file);
  }
});

// Transactional messages

const EVENT = 'EVTcartAbandonment';
const STATUSES = [
  'pending processing paused processed ignored',
  'deliveryFailed routingFailed tooOld targetingFailed',
].flatMap((names) => names.split(' '));

async function followed(event, read) {
  const { PKey, href, status, email } = event;
  assert.match(PKey, PKEY);
  assert.deepEqual([href, status, email], [`mc${ready.org}/${EVENT}/${PKey}`, 'pending', '']);
  for (const call of [read(PKey), sdk.getDataFromRelativeUrl(href)]) {
    const found = await answer(call);
    assert.equal(found.PKey, PKey);
    assert.ok(STATUSES.includes(found.status), found.status);
  }
}

test('sendTransactionalEvent queues an event that getTransactionalEvent finds', async () => {
  const event = await answer(sdk.sendTransactionalEvent(EVENT, { email: email(), ctx: {} }), 201);
  await followed(event, (PKey) => sdk.getTransactionalEvent(EVENT, PKey));
  const { code } = await refusal(sdk.sendTransactionalEvent('EVTnope', { email: email() }));
  assert.equal(code, 'ERROR_SEND_TRANSACTIONAL_EVENT');
});

test('the tenant of an event can be named', async () => {
  const { org } = ready;
  const body = { email: email(), ctx: {} };
  const event = await answer(sdk.sendTransactionalEventForMacTenantId(org, EVENT, body), 201);
  await followed(event, (PKey) => sdk.getTransactionalEventForMacTenantId(org, EVENT, PKey));
  const unknown = sdk.getTransactionalEventForMacTenantId(org, EVENT, '@nope');
  assert.equal((await refusal(unknown)).code, 'ERROR_GET_TRANSACTIONAL_EVENT');
});

// Workflows

const signal = async () =>
  (await answer(sdk.getWorkflow('WKF1'))).activities.activity.signal1;

test('getWorkflow names its signal, with what the signal takes', async () => {
  const { PKey, activities } = await answer(sdk.getWorkflow('WKF1'));
  assert.match(PKey, PKEY);
  const { signal1 } = activities.activity;
  const start = `${base()}workflow/execution/${PKey}/activities/activity/`;
  assert.ok(signal1.trigger.href.startsWith(start), signal1.trigger.href);
  assert.match(signal1.trigger.href, /\/trigger\/$/);
  for (const name of ['contentURL', 'count']) {
    assert.ok(JSON.stringify(signal1).includes(`"${name}"`), name);
  }
  assert.equal((await refusal(sdk.getWorkflow('WKF404'))).code, 'ERROR_GET_WORKFLOW');
});

test('triggerSignalActivity refuses a parameter that the signal does not declare', async () => {
  const { trigger } = await signal();
  const body = { source: 'API', parameters: { nope: 1 } };
  assert.equal(
    await sdk.triggerSignalActivity(trigger.href, body),
    `${GENERIC} 'nope' parameter isn't defined in signal activity. ` +
      "XTK-170006 Unable to parse expression 'HandleTrigger(@name, $(source), $({parameters}))'. " +
      "RST-360000 Error while assessing 'HandleTrigger(@name, $(source), $({parameters}))' " +
      "expression ('xtk:workflow:execution/activities/signal/trigger' resource).",
  );
  assert.equal(postedStatus, 500);
});

test('triggerSignalActivity starts a signal, but not twice within ten minutes', async () => {
  const { trigger } = await signal();
  const parameters = { contentURL: 'https://example.com/a', count: 3 };
  const call = () => sdk.triggerSignalActivity(trigger.href, { source: 'API', parameters });
  const started = await call();
  assert.equal(postedStatus, 200);
  assert.equal(typeof started, 'object');
  assert.equal(started.payload, undefined);
  // A refusal for its time is plain text, which the SDK wraps.
  const { payload, ...others } = await call();
  assert.match(payload, /\S/);
  assert.deepEqual(others, {});
});

test('controlWorkflow pauses, resumes, stops and starts', async () => {
  for (const command of ['pause', 'resume', 'stop', 'Start']) {
    assert.deepEqual(await answer(sdk.controlWorkflow('WKF1', command)), {}, command);
  }
  const code = 'ERROR_INVALID_WORKFLOW_CONTROL_COMMAND';
  await assert.rejects(sdk.controlWorkflow('WKF1', 'restart'), { code });
});

// Org units

const orgUnit = async () => {
  const { content } = await answer(sdk.getAllOrgUnits({ order: 'name', limit: 5 }));
  return content.find(({ name }) => name === 'all');
};

test('getAllOrgUnits and updateOrgUnit know the label of a unit', async () => {
  const { PKey, href, label } = await orgUnit();
  assert.equal(href, `${base()}profileAndServicesExt/orgUnitBase/${PKey}`);
  const update = (text) => answer(sdk.updateOrgUnit(PKey, { label: text }));
  assert.deepEqual(await update('Everyone'), { PKey, href });
  const changed = await orgUnit();
  assert.deepEqual([changed.label, changed.title], ['Everyone', 'Everyone (all)']);
  await update(label);
  const unknown = sdk.updateOrgUnit('@nope', { label });
  await refusedWith(unknown, 'ERROR_UPDATE_ORG_UNIT', 500, "'nope' attribute unknown");
});

test('updateProfileOrgUnit gives a profile a unit that getProfileWithOrgUnit shows', async () => {
  const [{ PKey }, unit] = [await createProfile(), await orgUnit()];
  const before = await answer(sdk.getProfileWithOrgUnit(PKey));
  assert.deepEqual([before.orgUnit, before.href], [null, undefined]);
  assert.deepEqual(await answer(sdk.updateProfileOrgUnit(PKey, unit.PKey)), {
    PKey,
    href: `${base()}profileAndServicesExt/profile/${PKey}`,
  });
  const { orgUnit: link } = await answer(sdk.getProfileWithOrgUnit(PKey));
  assert.deepEqual([Object.keys(link), link.title], [['PKey', 'href', 'title'], unit.title]);
  const unknown = sdk.updateProfileOrgUnit(PKey, '@nope');
  assert.equal((await refusal(unknown)).code, 'ERROR_UPDATE_PROFILE_ORG_UNIT');
});

test('getAllProfileAndServicesExt lists geo units', async () => {
  const units = await answer(sdk.getAllProfileAndServicesExt('geoUnitBase'));
  assert.ok(values(units, 'name').includes('all'));
});

// Custom members and custom resources

const CUSTOM = {
  cusHobby: 'Dancing',
  cusMemberSince: '2020-02-29',
  cusScore: 12.5,
  cusTier: 'gold',
  cusVip: true,
};
const customMembers = (profile) =>
  Object.fromEntries(Object.keys(CUSTOM).map((name) => [name, profile[name]]));

test('a custom resource method keeps custom members of a profile', async () => {
  const { PKey } = await createProfile();
  const empty = await answer(sdk.getProfileWithOrgUnit(PKey));
  assert.deepEqual(customMembers(empty), {
    cusHobby: '',
    cusMemberSince: '',
    cusScore: 0,
    cusTier: 'none',
    cusVip: false,
  });
  const { href, ...answered } = await answer(sdk.updateCustomResource('profile', PKey, CUSTOM));
  assert.deepEqual(answered, { PKey });
  assert.equal(relative(href), `profileAndServicesExt/profile/${PKey}`);
  assert.deepEqual(customMembers(await answer(sdk.getProfileWithOrgUnit(PKey))), CUSTOM);
});

test('a custom key finds its profile', async () => {
  const cusCustomerId = unique('C-');
  const created = { ...CUSTOM, cusCustomerId, email: email() };
  const { PKey } = await answer(sdk.createCustomResource('profile', created), 201);
  const found = await answer(sdk.getProfileWithOrgUnit(cusCustomerId));
  assert.deepEqual([found.PKey, customMembers(found)], [PKey, CUSTOM]);
});

test('deleteCustomResource deletes a profile', async () => {
  const { PKey } = await createProfile();
  assert.equal(await answer(sdk.deleteCustomResource('profile', PKey)), undefined);
  const { code, status, body } = await refusal(sdk.getProfile(PKey));
  assert.deepEqual([code, status], ['ERROR_GET_PROFILE', 404]);
  assert.ok(body.startsWith(`${GENERIC} Unable to find document with path 'Profile'`), body);
});

test('createCustomResource links a record to a profile', async () => {
  const buyer = await createProfile();
  const purchase = await createPurchase({ cusAmount: 9.5, cusBuyer: { PKey: buyer.PKey } });
  assert.match(purchase.PKey, PKEY);
  assert.equal(relative(purchase.href), `profileAndServicesExt/cusPurchase/${purchase.PKey}`);
  assert.equal(purchase.cusAmount, 9.5);
  const path = relative(purchase.href);
  const { cusBuyer } = await answer(sdk.getDataFromRelativeUrl(path));
  assert.deepEqual([Object.keys(cusBuyer), cusBuyer.title], [
    ['PKey', 'href', 'title'],
    buyer.title,
  ]);
  const nope = sdk.createCustomResource('cusPurchase', { cusNope: 1 });
  const text = unknownProperty('cusNope', 'cusPurchase');
  await refused(nope, 'ERROR_CREATE_CUSTOM_RESOURCE', 500, text);
});

test('updateCustomResource changes a record', async () => {
  const { PKey, href } = await createPurchase({ cusAmount: 1 });
  const update = (pkey, body) => sdk.updateCustomResource('cusPurchase', pkey, body);
  assert.deepEqual(await answer(update(PKey, { cusAmount: 2 })), { PKey, href });
  const { cusAmount } = await answer(sdk.getDataFromRelativeUrl(relative(href)));
  assert.equal(cusAmount, 2);
  const unknown = update('@nope', { cusAmount: 2 });
  await refusedWith(unknown, 'ERROR_UPDATE_CUSTOM_RESOURCE', 500, "'nope' attribute unknown");
});

test('a body that is no JSON is refused before its resource is looked for', async () => {
  // An object in place of a PKey leaves the last segment of the path empty.
  const call = sdk.updateCustomResource('nosuchresource', {}, '@gibberish');
  const text = "'@gibberish' is not a valid constant";
  await refusedWith(call, 'ERROR_UPDATE_CUSTOM_RESOURCE', 500, text);
});

test('deleteCustomResource deletes a record', async () => {
  const { PKey, href } = await createPurchase();
  assert.equal(await answer(sdk.deleteCustomResource('cusPurchase', PKey), 204), undefined);
  assert.equal((await refusal(sdk.getDataFromRelativeUrl(relative(href)))).status, 404);
  const { code } = await refusal(sdk.deleteCustomResource('cusPurchase', '@nope'));
  assert.equal(code, 'ERROR_DELETE_CUSTOM_RESOURCE');
});

test('both methods that list a linked resource order it', async () => {
  const amounts = [1_000_001, 1_000_003, 1_000_002];
  for (const cusAmount of amounts) await createPurchase({ cusAmount });
  const parameters = { order: 'cusAmount', descendingSort: true, lineCount: 3 };
  for (const method of ['getAllCustomResources', 'getAllProfileAndServicesExt']) {
    const purchases = await answer(sdk[method]('cusPurchase', parameters));
    assert.deepEqual(values(purchases, 'cusAmount'), [...amounts].sort((a, b) => b - a), method);
    const { status } = await refusal(sdk[method]('cusNope'));
    assert.equal(status, 404, method);
  }
});

test('getAllBasicCustomResources lists a resource that is not linked to profiles', async () => {
  const product = { cusLabel: 'Lamp', cusPrice: 19.99, cusSku: unique('SKU-') };
  const { PKey, href } = await posted(`${base()}customResources/cusProduct`, product);
  assert.equal(relative(href), `customResources/cusProduct/${PKey}`);
  const { content } = await answer(sdk.getAllBasicCustomResources('cusProduct'));
  const { cusLabel, cusPrice, cusSku } = content.find((one) => one.PKey === PKey);
  assert.deepEqual({ cusLabel, cusPrice, cusSku }, product);
  const unknown = await refusal(sdk.getAllBasicCustomResources('cusNope'));
  assert.deepEqual([unknown.code, unknown.status], ['ERROR_GET_ALL_BASIC_CUSTOM_RESOURCES', 404]);
});

// All of them

test('every method of the SDK was called', async () => {
  const prototype = Object.getPrototypeOf(await client());
  const methods = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  assert.deepEqual(methods.filter((name) => !called.has(name)), []);
});
