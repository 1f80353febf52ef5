// State: what changed, snapshots, resets.

import assert from 'node:assert/strict';
import test from 'node:test';
import { live, open } from './browser.mjs';
import { JOHN } from './client.mjs';
import { serve } from './support.mjs';

const changed = (page) => page.getByRole('region', { name: 'What changed' });
const snapshots = (page) => page.getByRole('region', { name: 'Snapshots' });

test('a change shows with field, from and to, and a reset takes it back', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=state');
  await changed(page).getByText('Nothing has changed.').waitFor();
  await live(page);
  await client.optOut();
  await changed(page).getByRole('row', { name: 'profile C-1001 updated ccpaOptOut false true' }).waitFor();
  await snapshots(page).getByRole('button', { name: 'Reset to the seed…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset', exact: true }).click();
  await page.getByRole('status').getByText('acme is reset.').waitFor();
  await changed(page).getByText('Nothing has changed.').waitFor();
  assert.equal((await client.profile('GET', `/${JOHN}`)).json().ccpaOptOut, false);
});

test('a snapshot is saved, compared with, restored and deleted', async (t) => {
  // A job that moves by itself is a change since the snapshot.
  const { server, client } = await serve(t, '--job-progression', 'held');
  await client.optOut();
  const page = await open(t, server, '#view=state');
  await snapshots(page).getByLabel('Name of the snapshot').fill('out');
  await snapshots(page).getByRole('button', { name: 'Save acme' }).click();
  await snapshots(page).getByText('out', { exact: true }).waitFor();
  await changed(page).getByLabel('What changed in acme since').selectOption('out');
  await changed(page).getByText('Nothing has changed.').waitFor();
  await client.optOut(JOHN, false);
  await changed(page).getByRole('row', { name: /ccpaOptOut true false/ }).waitFor();
  await snapshots(page).getByRole('button', { name: 'Restore acme' }).click();
  await changed(page).getByText('Nothing has changed.').waitFor();
  assert.equal((await client.profile('GET', `/${JOHN}`)).json().ccpaOptOut, true);
  await changed(page).getByLabel('What changed in acme since').selectOption('seed');
  await snapshots(page).getByRole('button', { name: 'Delete' }).click();
  await snapshots(page).getByText('None yet.').waitFor();
});

test('the keyboard alone saves and resets', async (t) => {
  const { server, client } = await serve(t);
  await client.optOut();
  const page = await open(t, server);
  await live(page);
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await snapshots(page).waitFor();
  const reach = async (name) => {
    for (let at = 0; at < 40; at += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent.trim());
      if (focused === name) return;
    }
    assert.fail(`${name} cannot be reached`);
  };
  await reach('Name of the snapshot');
  await page.keyboard.type('mine');
  await page.keyboard.press('Enter');
  await snapshots(page).getByText('mine', { exact: true }).waitFor();
  await reach('Reset to the seed…');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await reach('Reset');
  await page.keyboard.press('Enter');
  await changed(page).getByText('Nothing has changed.').waitFor();
});
