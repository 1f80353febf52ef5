// Adobe's published SDK against the real program. Every one of its methods is called; the last test
// sees to that. All tests share one server and run in the order of these imports.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import './sdk/client.mjs';
import './sdk/profiles.mjs';
import './sdk/services.mjs';
import './sdk/metadata.mjs';
import './sdk/privacy.mjs';
import './sdk/messages.mjs';
import './sdk/workflows.mjs';
import './sdk/org-units.mjs';
import './sdk/custom-resources.mjs';
import './sdk/live-suite.mjs';
import { called, client } from './sdk/support.mjs';

test('every method of the SDK was called', async () => {
  const prototype = Object.getPrototypeOf(await client());
  const methods = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  assert.deepEqual(methods.filter((name) => !called.has(name)), []);
});
