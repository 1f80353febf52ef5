// Organizational and geographical units.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, base, createProfile, refusal, refusedWith, sdk, values } from './support.mjs';

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
