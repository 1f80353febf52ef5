// Requests: what was refused and why, and a command that repeats it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { promisify } from 'node:util';
import { live, open } from './browser.mjs';
import { clientOf, JOHN } from './client.mjs';
import { serve } from './support.mjs';

/** The rows of calls as they are read. */
const rows = (page) => page.locator('table.calls tbody tr');

/** Status and body of what a shell answers to a command of curl's. */
async function run(command) {
  const { stdout } = await promisify(execFile)('bash', ['-c', command]);
  const [head, ...body] = stdout.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), text: body.join('\r\n\r\n') };
}

/** Opens the newest call and takes its command away. */
async function copied(page) {
  await rows(page).first().getByRole('link').click();
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  const command = await page.locator('dialog pre').textContent();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  return command;
}

test('a call appears by itself, and says why it was refused', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=requests');
  await live(page);
  await client.profile('PATCH', `/${JOHN}`, { ccpaOptOut: 'yes' });
  // Anywhere on the row, not on its link alone.
  await rows(page).first().getByText('✕ 500').click();
  const detail = page.getByRole('complementary', { name: /Call/ });
  await detail.getByRole('heading', { name: "'ccpaOptOut' takes the JSON value true or false, not 'yes' (text)." }).waitFor();
  await detail.getByText('BAS-010040').waitFor();
  assert.match(page.url(), /row=\d+/);
});

test('each kind of refusal can be repeated with the command that was copied', async (t) => {
  const { server, client } = await serve(t);
  await client.control('POST', '/orgs', { org: 'acme-w2' });
  const minted = async (wish) => (await client.control('POST', '/tokens', wish)).accessToken;
  const page = await open(t, server, '#view=requests&refused=1');
  await live(page);
  const refused = [
    ['a wrong value', client],
    ['no token', clientOf(server, { accessToken: '' })],
    ['a made-up token', clientOf(server, { accessToken: 'made-up' })],
    ['an expired token', clientOf(server, { accessToken: await minted({ org: 'acme', expiresIn: '-1h' }) })],
    ['a token without the scope', clientOf(server, { accessToken: await minted({ org: 'acme', scope: 'openid' }) })],
    ['the token of another org', clientOf(server, { accessToken: await minted({ org: 'acme-w2' }) })],
    ['an unknown key', clientOf(server, { apiKey: 'unknown' })],
  ];
  let seen = 0;
  for (const [what, one] of refused) {
    const first = await one.profile('PATCH', `/${JOHN}`, { ccpaOptOut: "it's $HOME \"here\"" });
    seen += 1;
    await page.waitForFunction((count) => document.querySelectorAll('table.calls tbody tr').length === count, seen);
    const again = await run(await copied(page));
    seen += 1;
    assert.ok(first.status >= 400, what);
    assert.deepEqual([again.status, again.text], [first.status, first.text], what);
    await page.waitForFunction((count) => document.querySelectorAll('table.calls tbody tr').length === count, seen);
  }
});

test('a call that was answered can be repeated too, and its login', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=requests');
  await live(page);
  const first = await client.profile('GET', `/${JOHN}?_lineCount=1`);
  await rows(page).nth(0).waitFor();
  assert.deepEqual(await run(await copied(page)), { status: 200, text: first.text });
  const login = await fetch(`${server.url}/ims/token/v3`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials', client_id: server.apiKey, client_secret: server.clientSecret, scope: 'openid',
    }),
  });
  assert.equal(login.status, 200);
  await rows(page).first().getByText('/ims/token/v3').waitFor();
  const again = await run(await copied(page));
  assert.equal(again.status, 200, again.text);
  assert.ok(JSON.parse(again.text).access_token);
});

test('what is copied as a matcher finds the call', async (t) => {
  const { server, client } = await serve(t);
  await client.profile('PATCH', `/${JOHN}`, { ccpaOptOut: 'yes' });
  const page = await open(t, server, '#view=requests');
  await rows(page).first().getByRole('link').click();
  await page.getByRole('button', { name: 'Copy as matcher' }).click();
  const matcher = JSON.parse(await page.locator('dialog pre').textContent());
  assert.deepEqual(matcher.body, { ccpaOptOut: 'yes' });
  assert.equal((await client.control('POST', '/verify', { ...matcher, count: 1 })).verified, true);
});

test('a call tells what it changed, and leads there', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  await client.optOut();
  const page = await open(t, server, '#view=requests');
  await rows(page).first().getByRole('link').click();
  const detail = page.getByRole('complementary', { name: /Call/ });
  await detail.getByText(/Row \d+ of the opt-out ledger/).waitFor();
  await detail.getByRole('listitem').getByRole('link').click();
  await page.getByRole('heading', { name: 'opt-out-of-sale: submitted' }).waitFor();
});

test('refused calls and words narrow the list, and the address keeps that', async (t) => {
  const { server, client } = await serve(t);
  await client.profile('GET', '');
  await client.profile('GET', '/nobody');
  await client.profile('GET', '/byText?text=Jo');
  const page = await open(t, server);
  await rows(page).nth(2).waitFor();
  await page.getByRole('button', { name: 'Refused' }).click();
  await rows(page).getByRole('link', { name: '/profile/nobody' }).waitFor();
  assert.equal(await rows(page).count(), 1);
  await page.getByRole('button', { name: 'Refused' }).click();
  await rows(page).nth(2).waitFor();
  for (const [text, count] of [['path:*byText', 1], ['status:2xx', 2], ['status:4xx method:GET', 1], ['nobody', 1], ['zork', 0]]) {
    await page.getByRole('searchbox').fill(text);
    await page.waitForFunction((wanted) => document.querySelectorAll('table.calls tbody tr').length === wanted, count);
  }
  await page.getByRole('searchbox').fill('byText');
  await page.waitForURL(/q=byText/);
  const other = await open(t, server, new URL(page.url()).hash);
  await rows(other).getByRole('link', { name: 'byText' }).waitFor();
  assert.equal(await rows(other).count(), 1);
});

test('however many calls arrive, the newest 200 are shown, and older ones when asked for', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=requests');
  await live(page);
  for (let sent = 0; sent < 450; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, () => client.profile('GET', '/nobody')));
  }
  await client.profile('GET', '/last');
  await rows(page).first().getByRole('link', { name: 'last' }).waitFor();
  assert.equal(await rows(page).count(), 200);
  await page.getByRole('button', { name: 'Older calls' }).click();
  await page.waitForFunction(() => document.querySelectorAll('table.calls tbody tr').length === 400);
  await page.getByRole('button', { name: 'Older calls' }).click();
  await page.waitForFunction(() => document.querySelectorAll('table.calls tbody tr').length === 451);
  await page.getByRole('button', { name: 'Older calls' }).waitFor({ state: 'hidden' });
});

test('the journal is saved as a HAR file', async (t) => {
  const { server, client } = await serve(t);
  await client.profile('GET', '/nobody');
  const page = await open(t, server, '#org=acme');
  await rows(page).first().waitFor();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as HAR' }).click(),
  ]);
  assert.equal(saved.suggestedFilename(), 'acme.har');
  const { log } = JSON.parse(await readFile(await saved.path(), 'utf8'));
  assert.deepEqual([log.version, log.entries.length, log.entries[0].response.status], ['1.2', 1, 404]);
});

test('a call is made to fail next time', async (t) => {
  const { server, client } = await serve(t);
  await client.profile('GET', '');
  const page = await open(t, server, '#view=requests');
  await rows(page).first().getByRole('link').click();
  await page.getByRole('button', { name: 'Make it fail…' }).click();
  await page.getByLabel('What happens').selectOption('429');
  await page.getByRole('button', { name: 'Add the rule' }).click();
  await page.getByRole('status').getByText('The rule is in force.').waitFor();
  const answer = await client.profile('GET', '');
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '2']);
  assert.equal((await client.profile('GET', '')).status, 200);
});

test('the keys do what the mouse does', async (t) => {
  const { server, client } = await serve(t);
  await client.profile('GET', '/nobody');
  await client.profile('GET', '');
  const page = await open(t, server, '#view=requests');
  await rows(page).nth(1).waitFor();
  await page.keyboard.press('j');
  await page.getByRole('heading', { name: 'Answered with 200' }).waitFor();
  await page.keyboard.press('j');
  await page.getByRole('heading', { name: /nobody/ }).waitFor();
  await page.keyboard.press('c');
  await page.getByRole('heading', { name: 'The call as a command' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'Answered with 200' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('complementary').waitFor({ state: 'hidden' });
  await page.keyboard.press('u');
  await page.locator('table.calls tbody tr').nth(1).waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  await page.keyboard.type('jk');
  assert.equal(await page.getByRole('searchbox').inputValue(), 'jk');
  await page.getByText('No call matches the search.').waitFor();
});
