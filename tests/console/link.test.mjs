// The link between page and server: pauses, restarts, resets, tokens, addresses.

import assert from 'node:assert/strict';
import test from 'node:test';
import { start, startOn } from '../node/server.mjs';
import { live, open } from './browser.mjs';
import { clientOf, JOHN } from './client.mjs';
import { atEnd, serve } from './support.mjs';

const rows = (page) => page.locator('table.calls tbody tr');

test('a browser that opens the server\'s address is on the page', async (t) => {
  const { server } = await serve(t);
  const page = await open(t, server, '', { path: '/' });
  await live(page);
  assert.equal(new URL(page.url()).pathname, '/__admin/');
});

test('a pause holds everything back, and what was missed is there after it', async (t) => {
  const { server, client } = await serve(t);
  await client.profile('GET');
  const page = await open(t, server);
  await live(page);
  await rows(page).nth(0).waitFor();
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'paused' }).waitFor();
  await client.profile('GET', '/nobody');
  await page.getByRole('button', { name: /paused, \d+ events? held back/ }).waitFor();
  assert.equal(await rows(page).count(), 1);
  await page.getByRole('button', { name: 'paused' }).click();
  await rows(page).nth(1).waitFor();
  await live(page);
});

test('after a restart of the server the page goes on by itself', async (t) => {
  const { server, client } = await serve(t);
  await client.profile('GET', '/before');
  const page = await open(t, server, '', { expected: /Failed to load resource|ERR_/ });
  await live(page);
  await rows(page).getByRole('link', { name: 'before' }).waitFor();
  await server.stop();
  await page.getByRole('button', { name: 'no server' }).waitFor();
  const next = await startOn(new URL(server.url).host);
  atEnd(t, next.stop);
  await live(page);
  await clientOf(next).profile('GET', '/after');
  await rows(page).getByRole('link', { name: 'after' }).waitFor();
  assert.equal(await rows(page).getByRole('link', { name: 'before' }).count(), 0);
});

test('a reset while somebody looks at a call and at a card', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  await client.optOut();
  const { jobs } = await client.control('GET', '/jobs?org=acme&limit=1');
  const calls = await open(t, server, '#org=acme', { expected: /404/ });
  const queue = await open(t, server, `#view=queue&org=acme&row=${jobs[0].jobId}`, { expected: /404/ });
  await live(calls);
  await live(queue);
  await rows(calls).first().getByRole('link').click();
  await calls.getByRole('heading', { name: 'Answered with 200' }).waitFor();
  await queue.getByRole('heading', { name: 'opt-out-of-sale: submitted' }).waitFor();
  await client.control('POST', '/reset?org=acme', {});
  await calls.getByText('No calls yet.').waitFor();
  await calls.getByText(/The journal has no call/).waitFor();
  await queue.locator('[data-lane=submitted] .count', { hasText: '0' }).waitFor();
  await client.optOut();
  await queue.locator('[data-lane=submitted] .job').waitFor();
  await rows(calls).first().waitFor();
});

test('where a token is needed the page asks for it, or takes it from its link', async (t) => {
  const server = await start('--admin-token', '0123456789abcdef-token');
  atEnd(t, server.stop);
  const asked = await open(t, server, '#view=queue', { expected: /401/ });
  await asked.getByLabel('Admin token').fill('wrong-but-long-enough');
  await asked.keyboard.press('Enter');
  await asked.getByLabel('Admin token').waitFor();
  await asked.getByLabel('Admin token').fill('0123456789abcdef-token');
  await asked.keyboard.press('Enter');
  await live(asked);
  const linked = await open(t, server, '#token=0123456789abcdef-token&view=queue');
  await live(linked);
  await linked.getByRole('heading', { name: /recorded/ }).waitFor();
  assert.ok(!linked.url().includes('token'));
  await linked.reload();
  await live(linked);
});

test('the page works where the control API has a port of its own', async (t) => {
  const server = await start('--admin-port', '0');
  atEnd(t, server.stop);
  const page = await open(t, server, '#view=profiles');
  await live(page);
  await page.getByRole('link', { name: 'John Doe' }).click();
  await page.getByRole('switch', { name: 'ccpaOptOut' }).click();
  await page.getByRole('switch', { checked: true }).waitFor();
});

test('an address says org, view, filter and row, and Back goes back', async (t) => {
  const { server, client } = await serve(t);
  await client.control('POST', '/orgs', { org: 'acme-w2' });
  await client.profile('PATCH', `/${JOHN}`, { ccpaOptOut: 'no' });
  const page = await open(t, server);
  await page.getByLabel('Org').selectOption('acme');
  await page.getByRole('button', { name: 'Refused' }).click();
  await rows(page).first().getByRole('link').click();
  await page.getByRole('complementary').getByRole('heading', { name: /ccpaOptOut/ }).waitFor();
  const other = await open(t, server, new URL(page.url()).hash);
  await other.getByRole('complementary').getByRole('heading', { name: /ccpaOptOut/ }).waitFor();
  assert.equal(await other.getByLabel('Org').inputValue(), 'acme');
  await page.goBack();
  await page.getByRole('complementary').waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'Queue' }).click();
  await page.getByRole('heading', { name: /submitted/ }).waitFor();
  await page.goBack();
  await rows(page).first().waitFor();
});

test('keys can be turned off, and a theme is kept', async (t) => {
  const { server } = await serve(t);
  const page = await open(t, server);
  await live(page);
  await page.keyboard.press('?');
  await page.getByLabel('Single keys do something').uncheck();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('?');
  await page.keyboard.press('p');
  await page.getByRole('button', { name: /Theme/ }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await live(page);
  await page.reload();
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
});
