// Custom members and custom resources.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  answer,
  base,
  createProfile,
  createPurchase,
  email,
  GENERIC,
  PKEY,
  posted,
  refusal,
  refused,
  refusedWith,
  relative,
  sdk,
  unique,
  unknownProperty,
  values,
} from './support.mjs';

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
