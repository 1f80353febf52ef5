// API: Swagger UI over the four documents, with a search over all of them and credentials that work.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { open } from './browser.mjs';
import { serve } from './support.mjs';

const ADMIN = 'admin-token-of-the-test';

/** Opens the page of the APIs, once it shows calls. */
async function openApis(t, server, place = '', options = {}) {
  const page = await open(t, server, place, { path: '/__admin/docs', ...options });
  await page.locator('.opblock-tag').first().waitFor();
  return page;
}

/** How many calls are found in each API, by its name. */
async function found(page) {
  const links = await page.locator('#apis a').allTextContents();
  return Object.fromEntries(links.map((text) => {
    const [, name, count] = /^(.*) \((\d+)\)$/.exec(text);
    return [name, Number(count)];
  }));
}

/** Looks for words, and waits until the page has found what it finds. */
async function search(page, words) {
  await page.getByRole('searchbox').fill(words);
  await page.getByRole('status').getByText('in all APIs').waitFor();
  return found(page);
}

/** A call that is open, with all that belongs to it. */
async function opened(page, verb, path) {
  const call = page.locator(`.opblock-${verb}`).filter({ has: page.locator(`[data-path="${path}"]`) });
  await call.locator('.opblock-summary-control').click();
  return call;
}

test('Campaign comes first, and profiles first within it', async (t) => {
  const { server } = await serve(t);
  const page = await openApis(t, server);
  assert.deepEqual(Object.keys(await found(page)), ['Campaign Standard', 'Privacy Service', 'IMS', 'Control API']);
  assert.equal(await page.locator('.opblock-tag').first().getAttribute('data-tag'), 'profile');
  assert.equal(await page.locator('#apis [aria-current]').textContent(), (await page.locator('#apis a').first().textContent()));
});

test('the search finds fields and words in all APIs', async (t) => {
  const { server } = await serve(t);
  const page = await openApis(t, server);
  const whole = await found(page);
  const field = await search(page, 'ccpaOptOut');
  assert.ok(field['Campaign Standard'] > 5 && field['Campaign Standard'] < whole['Campaign Standard'], JSON.stringify(field));
  assert.ok(field['Control API'] > 0, JSON.stringify(field));
  await page.locator('.opblock-patch [data-path="/profileAndServices/profile/{PKey}"]').waitFor();
  const word = await search(page, 'opt-out');
  assert.ok(word['Campaign Standard'] > 0 && word['Privacy Service'] > 0 && word['Control API'] > 0, JSON.stringify(word));
  const all = await search(page, 'token');
  assert.ok(Object.values(all).every((count) => count > 0), JSON.stringify(all));
  // What is found elsewhere is a click away, and what was looked for stays.
  await page.getByRole('link', { name: /^IMS/ }).click();
  await page.locator('.opblock [data-path="/ims/token/v3"]').waitFor();
  assert.equal(await page.getByRole('searchbox').inputValue(), 'token');
  assert.equal(await page.locator('.opblock').count(), all.IMS);
  // Nothing is found: no call is left.
  assert.deepEqual(Object.values(await search(page, 'nothing like it')), [0, 0, 0, 0]);
  assert.equal(await page.locator('.opblock').count(), 0);
});

test('a call is tried with its example, and its curl does the same', async (t) => {
  const { server } = await serve(t);
  const page = await openApis(t, server, '?q=Change+one+of+Profiles');
  const call = await opened(page, 'patch', '/profileAndServices/profile/{PKey}');
  await call.getByRole('button', { name: 'Execute' }).click();
  const answer = call.locator('.live-responses-table .response');
  await answer.first().waitFor();
  assert.match(await answer.locator('.response-col_status').first().textContent(), /^200/);
  assert.match(await answer.locator('.response-col_description').first().textContent(), /PKey/);
  const command = await call.locator('.curl-command pre').textContent();
  assert.match(command, /"ccpaOptOut": true/);
  const { stdout } = await promisify(execFile)('bash', ['-c', `${command} -s -o /dev/null -w '%{http_code}'`]);
  assert.equal(stdout, '200');
});

test('each API is tried with the credentials that it needs', async (t) => {
  const { server } = await serve(t, '--admin-token', ADMIN);
  for (const [api, verb, path] of [
    ['privacy', 'get', '/data/core/privacy/jobs'],
    ['ims', 'get', '/ims/profile/v1'],
    ['ims', 'post', '/ims/exchange/jwt'],
    ['control', 'get', '/orgs/{org}'],
  ]) {
    const page = await openApis(t, server, `?api=${api}&q=${encodeURIComponent(path)}#token=${ADMIN}`);
    const call = await opened(page, verb, path);
    await call.getByRole('button', { name: 'Execute' }).click();
    const status = call.locator('.live-responses-table .response .response-col_status').first();
    assert.match(await status.textContent(), /^200/, path);
  }
});

test('the token comes with the link or is asked for, and is not left in the address', async (t) => {
  const { server } = await serve(t, '--admin-token', ADMIN);
  const linked = await openApis(t, server, `#token=${ADMIN}`);
  assert.ok(!linked.url().includes(ADMIN));
  const asked = await open(t, server, '', { path: '/__admin/docs', expected: /401/ });
  const field = asked.getByLabel('The admin token');
  await field.fill('another-token-of-the-test');
  await asked.getByRole('button', { name: 'Open' }).click();
  await asked.getByRole('status').getByText('token').waitFor();
  assert.equal(await asked.locator('.opblock-tag').count(), 0);
  await field.fill(ADMIN);
  await asked.getByRole('button', { name: 'Open' }).click();
  await asked.locator('.opblock-tag').first().waitFor();
  assert.ok(await field.isHidden());
});

test('what is our own on the page is accessible', async (t) => {
  const { server } = await serve(t);
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 800 }]) {
    const page = await openApis(t, server, '', { viewport });
    // Swagger UI has faults of its own: contrast, names of controls, buttons in buttons.
    const { violations } = await new AxeBuilder({ page }).exclude('#calls').analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  }
});
