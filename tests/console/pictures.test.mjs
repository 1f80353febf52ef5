// The pictures of the README. `UPDATE_PICTURES=1` takes them anew; else what they would show now has to be on the page,
// and the pictures have to be there in that size.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { live, open } from './browser.mjs';
import { clientOf, JOHN } from './client.mjs';
import { serve } from './support.mjs';

const SIZE = { width: 1280, height: 640 };

/** A server with the same data each time. */
async function staged(t) {
  const { server, client } = await serve(t, '--rng-seed', '7', '--now', '2026-01-31T08:00:00Z');
  await client.control('PUT', '/clock', { action: 'freeze', instant: '2026-01-31T08:00:00Z' });
  return { server, client };
}

/** Width and height in the head of a PNG file. */
function sizeOf(png) {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

async function picture(page, name) {
  const file = new URL(`../../docs/pictures/${name}.png`, import.meta.url);
  if (process.env.UPDATE_PICTURES === '1') await writeFile(file, await page.screenshot({ animations: 'disabled' }));
  assert.deepEqual(sizeOf(await readFile(file)), SIZE);
}

const looks = { viewport: SIZE, colorScheme: 'light', reducedMotion: 'reduce' };

test('Requests', async (t) => {
  const { server, client } = await staged(t);
  await client.profile('GET', '/byText?text=Jo');
  await clientOf(server, { accessToken: 'made-up' }).profile('GET');
  await clientOf(server, { apiKey: '' }).profile('GET');
  await client.profile('GET', `/${JOHN}`);
  await client.profile('POST', '', { firstName: 'Ada', lastName: 'Key', email: 'ada.key@example.com' });
  await client.profile('PATCH', `/${JOHN}`, { ccpaOptOut: 'yes' });
  await client.optOut();
  const page = await open(t, server, '#org=acme', looks);
  await live(page);
  await page.locator('tr.refused').first().getByRole('link').click();
  await page.getByRole('heading', { name: /takes the JSON value true or false/ }).waitFor();
  await page.mouse.move(0, 0);
  await picture(page, 'requests');
});

test('Queue', async (t) => {
  const { server, client } = await staged(t);
  const page = await open(t, server, '#view=queue&org=acme', looks);
  await live(page);
  const people = (await client.profile('GET', '?_lineCount=12')).json().content;
  const keys = people.filter((one) => !one.ccpaOptOut && one.email).map(({ PKey }) => PKey);
  const forward = (duration) => client.control('PUT', '/clock', { action: 'advance', duration });
  await client.optOut(keys[0]);
  await forward('3s');
  await client.optOut(keys[0], false);
  await client.optOut(keys[1]);
  await forward('1s');
  await client.optOut(keys[2]);
  await client.optOut(keys[3]);
  await page.locator('[data-lane=submitted] .job').nth(1).waitFor();
  await page.locator('[data-lane=processing] .job').first().waitFor();
  await page.locator('[data-lane=recorded] .job').first().waitFor();
  await page.locator('[data-lane=complete] .job', { hasText: 'opt-out-of-sale' }).first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.lanes').textContent.includes('…'));
  await picture(page, 'queue');
});
