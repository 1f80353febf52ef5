// Campaign's own privacy requests.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, createProfile, eventually, PKEY, postedStatus, sdk, unique } from './support.mjs';

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
