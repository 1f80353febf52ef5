// Controls: fault rules, the clock, magic identities.

import assert from 'node:assert/strict';
import test from 'node:test';
import { live, open } from './browser.mjs';
import { serve } from './support.mjs';

const rules = (page) => page.getByRole('region', { name: 'Fault rules' });
const clock = (page) => page.getByRole('region', { name: 'Clock' });

test('a rule is made, counts what it hits, and goes', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=controls');
  await live(page);
  await rules(page).getByRole('button', { name: 'New rule…' }).click();
  await page.getByLabel('Method').fill('GET');
  await page.getByLabel('What happens').selectOption('429');
  await page.getByLabel('How often').fill('2');
  await page.getByRole('button', { name: 'Add the rule' }).click();
  await rules(page).getByRole('cell', { name: 'status 429' }).waitFor();
  assert.equal((await client.profile('GET')).status, 429);
  assert.equal((await client.profile('GET')).status, 429);
  assert.equal((await client.profile('GET')).status, 200);
  await rules(page).getByRole('cell', { name: '2 of 3' }).waitFor();
  await rules(page).getByRole('button', { name: /Remove fault-/ }).click();
  await rules(page).getByText('Nothing fails on demand.').waitFor();
});

test('the clock is frozen, goes on by steps and is reset', async (t) => {
  const { server, client } = await serve(t, '--now', '2026-01-31T08:00:00Z');
  const page = await open(t, server, '#view=controls');
  await live(page);
  await clock(page).getByRole('button', { name: 'Freeze' }).click();
  await clock(page).getByText('It stands still.').waitFor();
  const { now } = await client.control('GET', '/clock');
  await clock(page).getByRole('button', { name: '+1 d' }).click();
  const next = new Date(Date.parse(now) + 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
  await clock(page).getByText(next).waitFor();
  await page.getByRole('banner').getByText(`${next} ❄ frozen`).waitFor();
  await clock(page).getByRole('button', { name: 'Reset' }).click();
  await clock(page).getByText('It runs.').waitFor();
});

test('a clock that somebody else moves moves here', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=requests');
  await live(page);
  await client.control('PUT', '/clock', { action: 'freeze', instant: '2031-05-05T05:05:05Z' });
  await page.getByRole('banner').getByText('2031-05-05 05:05:05 ❄ frozen').waitFor();
});

test('magic identities are listed, and the keyboard alone makes a rule and freezes', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server);
  await live(page);
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.getByRole('region', { name: 'Magic identities' }).getByText('notfound').waitFor();
  await page.keyboard.press('n');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Enter');
  await rules(page).getByRole('cell', { name: 'status 503' }).waitFor();
  assert.equal((await client.profile('GET')).status, 503);
  await page.keyboard.press('z');
  await clock(page).getByText('It stands still.').waitFor();
});
