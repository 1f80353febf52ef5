// Profiles: people read and changed through Campaign's API.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { live, open } from './browser.mjs';
import { JOHN } from './client.mjs';
import { serve } from './support.mjs';

const rows = (page) => page.locator('table.rows tbody tr');
const detail = (page) => page.getByRole('complementary', { name: 'Profile' });

test('people are found by text and by e-mail', async (t) => {
  const { server } = await serve(t);
  const page = await open(t, server, '#view=profiles');
  await rows(page).nth(11).waitFor();
  await page.getByRole('searchbox').fill('Doe');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForFunction(() => document.querySelectorAll('table.rows tbody tr').length === 1);
  await page.getByRole('searchbox').fill('jane.roe@example.com');
  await page.getByLabel('Search by').selectOption('email');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: 'Jane Roe' }).waitFor();
  assert.equal(await rows(page).count(), 1);
});

test('pages are turned', async (t) => {
  const { server } = await serve(t, '--profiles', '40');
  const page = await open(t, server, '#view=profiles');
  await rows(page).nth(24).waitFor();
  const first = await rows(page).first().textContent();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.waitForFunction((text) => document.querySelector('table.rows tbody tr').textContent !== text, first);
  await page.getByRole('button', { name: 'Back' }).click();
  await page.waitForFunction((text) => document.querySelector('table.rows tbody tr').textContent === text, first);
});

test('the switch opts a profile out, as a call that the journal has', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=profiles');
  await page.getByRole('link', { name: 'John Doe' }).click();
  const toggle = detail(page).getByRole('switch', { name: 'ccpaOptOut' });
  await toggle.click();
  await page.getByRole('status').getByText('The profile is opted out.').waitFor();
  await detail(page).getByRole('switch', { checked: true }).waitFor();
  await detail(page).getByRole('listitem').getByText('opted out').waitFor();
  const query = { method: 'PATCH', path: '*/profile/*', body: { ccpaOptOut: true } };
  assert.equal((await client.control('POST', '/requests/count', query)).count, 1);
  await toggle.click();
  await detail(page).getByRole('switch', { checked: false }).waitFor();
  assert.equal((await client.profile('GET', `/${JOHN}`)).json().ccpaOptOut, false);
});

test('a record shows its fields, subscriptions, raw JSON and the curl for it', async (t) => {
  const { server } = await serve(t);
  const page = await open(t, server, '#view=profiles');
  await page.getByRole('link', { name: 'John Doe' }).click();
  await detail(page).getByText('Sport Newsletter').waitFor();
  await detail(page).getByText('location.city').waitFor();
  await detail(page).getByText('Raw JSON').click();
  const raw = JSON.parse(await detail(page).locator('pre').textContent());
  await detail(page).getByRole('button', { name: 'Copy as curl' }).click();
  const { stdout } = await promisify(execFile)('bash', ['-c', await page.locator('dialog pre').textContent()]);
  assert.deepEqual(JSON.parse(stdout.split('\r\n\r\n')[1]), raw);
});

test('a change of somebody else shows at once', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=profiles');
  await live(page);
  await page.getByRole('link', { name: 'John Doe' }).click();
  await detail(page).getByRole('switch', { checked: false }).waitFor();
  await client.optOut();
  await detail(page).getByRole('switch', { checked: true }).waitFor();
});

test('a profile is created, by keyboard alone', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server);
  await live(page);
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await rows(page).nth(3).waitFor();
  await page.keyboard.press('n');
  await page.getByLabel('First name').waitFor();
  await page.keyboard.type('Ada');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Key');
  await page.keyboard.press('Tab');
  await page.keyboard.type('ada.key@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await detail(page).getByRole('heading', { name: /Ada Key/ }).waitFor();
  await detail(page).getByRole('switch', { checked: true }).waitFor();
  const { content } = (await client.profile('GET', '/byEmail?email=ada.key@example.com')).json();
  assert.equal(content[0].ccpaOptOut, true);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await detail(page).getByRole('heading').first().waitFor();
});
