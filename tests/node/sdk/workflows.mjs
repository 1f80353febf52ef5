// Workflows and their signals.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, base, GENERIC, PKEY, postedStatus, refusal, sdk } from './support.mjs';

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
      "expression ('xtk:workflow:execution/activities/signal/trigger' resource)",
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
