// Metadata of resources and members.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  answer,
  base,
  createProfile,
  createPurchase,
  refusal,
  relative,
  sdk,
  values,
} from './support.mjs';

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
