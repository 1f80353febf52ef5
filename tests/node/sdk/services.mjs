// Services, subscriptions and the history of profiles.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  answer,
  base,
  createProfile,
  createService,
  EMPTY_LIST,
  GENERIC,
  list,
  PKEY,
  posted,
  refused,
  refusedWith,
  relative,
  sdk,
  unique,
  unknownProperty,
  values,
} from './support.mjs';

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
