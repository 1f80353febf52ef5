// Transactional messages.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, email, PKEY, ready, refusal, sdk } from './support.mjs';

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
