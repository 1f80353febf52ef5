// Queue: opt-outs and privacy jobs on their way.

import assert from 'node:assert/strict';
import test from 'node:test';
import { live, open } from './browser.mjs';
import { JOHN } from './client.mjs';
import { serve } from './support.mjs';

/** The page with the queue; it notes each lane that a card is shown in. */
async function openQueue(t, server) {
  const page = await open(t, server, '#view=queue');
  await live(page);
  await page.locator('[data-lane=complete] .job').first().waitFor();
  await page.evaluate(() => {
    window.lanes = {};
    const note = () => {
      for (const card of document.querySelectorAll('.job')) {
        const { lane } = card.closest('[data-lane]').dataset;
        const seen = (window.lanes[card.dataset.card] ??= []);
        if (seen.at(-1) !== lane) seen.push(lane);
      }
    };
    note();
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
  });
  return page;
}

/** The job of the newest opt-out. */
async function newestJob(client) {
  return (await client.control('GET', '/jobs?org=acme&limit=1')).jobs[0].jobId;
}

const card = (page, lane, id) => page.locator(`[data-lane=${lane}] [data-card="${id}"]`);

test('an opt-out of a plain client travels through all lanes, and the page is not loaded again', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  const page = await openQueue(t, server);
  await page.evaluate(() => { window.isTheSame = true; });
  await client.optOut();
  const id = await newestJob(client);
  await card(page, 'submitted', id).waitFor();
  await client.control('POST', `/jobs/${id}/advance`, {});
  await card(page, 'processing', id).waitFor();
  await client.control('POST', `/jobs/${id}/advance`, {});
  await card(page, 'complete', id).waitFor();
  assert.deepEqual(await page.evaluate((one) => window.lanes[one], id), ['recorded', 'submitted', 'processing', 'complete']);
  assert.equal(await page.evaluate(() => window.isTheSame), true);
  await card(page, 'complete', id).getByText('john.doe@example.com').waitFor();
});

test('the newest rows of the ledger that have no job are there from the beginning', async (t) => {
  const { server, client } = await serve(t);
  for (let round = 0; round < 60; round += 1) await client.optOut(JOHN, round % 2 === 0);
  const { changes } = await client.control('GET', '/opt-outs?org=acme&order=newest&limit=1');
  const page = await openQueue(t, server);
  await card(page, 'recorded', `change-${changes[0].id}`).getByRole('link').click();
  const history = page.getByRole('complementary', { name: 'Job' }).locator('.timeline').first();
  await history.getByText(`row ${changes[0].id}`, { exact: false }).waitFor();
  assert.equal(await history.locator('li').count(), 40);
  assert.match(await history.locator('li').last().textContent(), new RegExp(`row ${changes[0].id}(\\D|$)`));
});

test('a job that is done at once is seen in every lane all the same', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'immediate');
  const page = await openQueue(t, server);
  await client.optOut();
  const id = await newestJob(client);
  await card(page, 'complete', id).waitFor();
  assert.deepEqual(await page.evaluate((one) => window.lanes[one], id), ['recorded', 'submitted', 'processing', 'complete']);
});

test('a job is advanced, fails and is told of in its timeline', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  await client.optOut();
  const id = await newestJob(client);
  const page = await openQueue(t, server);
  await card(page, 'submitted', id).getByRole('link').click();
  const detail = page.getByRole('complementary', { name: 'Job' });
  await detail.getByRole('heading', { name: 'opt-out-of-sale: submitted' }).waitFor();
  await detail.getByRole('button', { name: 'Advance' }).click();
  await detail.getByRole('heading', { name: 'opt-out-of-sale: processing' }).waitFor();
  await detail.getByRole('button', { name: 'Fail…' }).click();
  await page.getByLabel('Detail').fill('The disk is full.');
  await page.getByRole('button', { name: 'Let it fail' }).click();
  await detail.getByRole('heading', { name: 'opt-out-of-sale: error' }).waitFor();
  await detail.getByRole('list').getByText('The disk is full.').first().waitFor();
  await card(page, 'error', id).waitFor();
  await detail.getByText('opted out').waitFor();
});

test('a withdrawal is a row of the ledger with its consent', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'immediate');
  await client.optOut();
  const page = await openQueue(t, server);
  await client.optOut(JOHN, false);
  const recorded = page.locator('[data-lane=recorded] .job', { hasText: 'withdrawal' });
  await recorded.getByRole('link').click();
  const detail = page.getByRole('complementary', { name: 'Job' });
  await detail.getByText('withdrawn').waitFor();
  await detail.getByText('no longer opted out').waitFor();
});

test('all jobs of the org are advanced and drained, and move in another way', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  await client.optOut();
  const id = await newestJob(client);
  const page = await openQueue(t, server);
  await page.getByText('1 job waiting').waitFor();
  await page.getByRole('button', { name: 'Advance all' }).click();
  await card(page, 'processing', id).waitFor();
  await page.getByRole('button', { name: 'Drain' }).click();
  await card(page, 'complete', id).waitFor();
  await page.getByText('0 jobs waiting').waitFor();
  await page.getByLabel('Jobs move').selectOption('timed');
  await page.getByLabel('Time in submitted').fill('1h');
  await page.keyboard.press('Tab');
  await page.getByRole('status').getByText('Jobs move so from now on.').waitFor();
  await client.control('PUT', '/clock', { action: 'freeze' });
  await client.optOut(JOHN, false);
  await client.optOut();
  const next = await newestJob(client);
  await card(page, 'submitted', next).getByText('moves in 60 min').waitFor();
  await client.control('PUT', '/clock', { action: 'advance', duration: '1h' });
  await card(page, 'processing', next).waitFor();
});

test('the keys do what the mouse does', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  await client.optOut();
  const id = await newestJob(client);
  const page = await open(t, server);
  await live(page);
  await page.keyboard.press('g');
  await page.keyboard.press('q');
  await card(page, 'submitted', id).waitFor();
  await page.keyboard.press('j');
  await page.getByRole('heading', { name: 'opt-out-of-sale: submitted' }).waitFor();
  await page.keyboard.press('a');
  await page.getByRole('heading', { name: 'opt-out-of-sale: processing' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('complementary').waitFor({ state: 'hidden' });
  await page.keyboard.press('a');
  await card(page, 'complete', id).waitFor();
});
