// Profiles.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  answer,
  base,
  createProfile,
  EMPTY_LIST,
  GENERIC,
  list,
  MOMENT,
  PKEY,
  refused,
  sdk,
  unique,
  unknownPKey,
  unknownProperty,
  values,
} from './support.mjs';

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
