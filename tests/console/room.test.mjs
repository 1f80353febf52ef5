// Room: seats, their own page, and what a seat must not get at.

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertAccessible, live, open } from './browser.mjs';
import { clientOf, JOHN } from './client.mjs';
import { serve } from './support.mjs';

const tile = (page, org) => page.locator(`[data-org="${org}"]`);

/** A room of seats. */
async function room(t, count) {
  const { server, client } = await serve(t);
  const { seats } = await client.control('POST', '/seats', { count, prefix: 'seat' });
  return { server, client, seats };
}

/** What a browser is told by the control API with a seat's token. */
const status = (page, method, path, token) => page.evaluate(async ([verb, target, secret]) => {
  const headers = { 'X-Admin-Token': secret, 'Content-Type': 'application/json', 'X-Campaign-Mock': 'test' };
  return (await fetch(`/__admin${target}`, { method: verb, headers, body: verb === 'GET' ? undefined : '{}' })).status;
}, [method, path, token]);

test('25 seats are made at once, two of them solve exercises, and the board shows it', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server, '#view=room');
  await live(page);
  await page.getByRole('button', { name: 'New seats…' }).click();
  await page.getByLabel('How many').fill('25');
  await page.getByRole('button', { name: 'Make them' }).click();
  await page.getByRole('status').getByText(/25 seats made/).waitFor();
  const { seats } = await client.control('GET', '/seats');
  assert.equal(seats.length, 25);
  await tile(page, seats[24].org).waitFor();
  for (const seat of [seats[2], seats[7]]) {
    await clientOf(server, seat).optOut();
    await tile(page, seat.org).locator('.exercises b', { hasText: /^[1-9]/ }).waitFor();
  }
  await clientOf(server, seats[4]).profile('GET', '/nobody');
  await tile(page, seats[4].org).getByText('✕ 404').waitFor();
  await tile(page, seats[4].org).locator('.counts .bad', { hasText: '1' }).waitFor();
  await page.keyboard.press('b');
  await page.locator('.board').waitFor();
  assert.equal(await page.locator('.board .reason').count(), 0, 'the board names nobody');
  await page.keyboard.press('b');
  await tile(page, seats[2].org).getByRole('button', { name: 'Reset seat3' }).click();
  await tile(page, seats[2].org).locator('.exercises b', { hasText: '0' }).waitFor();
  await tile(page, seats[7].org).locator('.exercises b', { hasText: /^[1-9]/ }).waitFor();
  await page.getByRole('button', { name: 'Remove the seats…' }).click();
  await page.getByRole('button', { name: 'Remove them' }).click();
  await tile(page, seats[2].org).waitFor({ state: 'hidden' });
});

test('room by keyboard alone: make seats, open a tile, show the board, reset one', async (t) => {
  const { server, client } = await serve(t);
  const page = await open(t, server);
  await live(page);
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.getByRole('button', { name: 'New seats…' }).waitFor();
  await page.keyboard.press('n');
  await page.getByLabel('How many').waitFor();
  await page.keyboard.type('3');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText(/3 seats made/).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const { seats } = await client.control('GET', '/seats');
  assert.equal(seats.length, 3);
  await clientOf(server, seats[1]).optOut();
  const [first, second] = seats.map(({ org }) => tile(page, org));
  await second.locator('.exercises b', { hasText: /^[1-9]/ }).waitFor();
  await page.keyboard.press('b');
  await page.locator('.board').waitFor();
  await page.keyboard.press('b');
  await page.locator('.board').waitFor({ state: 'detached' });
  await page.keyboard.press('j');
  await first.locator('a:focus').waitFor();
  await page.keyboard.press('j');
  await second.locator('a:focus').waitFor();
  await page.keyboard.press('Tab');
  await second.locator('button:focus').waitFor();
  await page.keyboard.press('Enter');
  await second.locator('.exercises b', { hasText: '0' }).waitFor();
  await page.keyboard.press('k');
  await page.keyboard.press('j');
  await second.locator('a:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('No calls yet').waitFor();
  assert.match(page.url(), new RegExp(`org=${seats[1].org}(&|$)`));
});

test('a card has all that a seat needs, and its code opens the page of the seat', async (t) => {
  const { server, seats } = await room(t, 3);
  const page = await open(t, server, '#view=room');
  await page.getByRole('button', { name: 'Cards' }).click();
  const card = page.locator('.handouts li').nth(1);
  for (const text of [seats[1].code, seats[1].org, seats[1].apiKey, server.url]) await card.getByText(text).first().waitFor();
  const own = await open(t, server, `#code=${seats[1].code}`, { path: '/__admin/seat' });
  await live(own);
  assert.ok(!own.url().includes(seats[1].code));
  await own.getByRole('region', { name: 'Your access' }).getByText(seats[1].org).waitFor();
  await own.reload();
  await live(own);
});

test('a seat types its code, and a wrong one is refused with a reason', async (t) => {
  const { server, seats } = await room(t, 1);
  const page = await open(t, server, '', { path: '/__admin/seat', expected: /40[0-9]/ });
  await page.getByLabel('Code').fill('seat1-none');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText(/code/).waitFor();
  await page.getByLabel('Code').fill(seats[0].code);
  await page.keyboard.press('Enter');
  await live(page);
});

test('a seat sees its exercises done, its calls and its queue, and nothing of another', async (t) => {
  const { server, client, seats } = await room(t, 2);
  await client.control('PUT', `/jobs/transitions?org=${seats[0].org}`, { progression: 'held' });
  const page = await open(t, server, `#token=${seats[0].seatToken}`, { path: '/__admin/seat' });
  await live(page);
  const mine = clientOf(server, seats[0]);
  await mine.optOut();
  await page.locator('[data-exercise][data-done=true]').first().waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.locator('table.calls tbody tr').first().waitFor();
  await page.locator('table.calls a').first().click();
  assert.equal(await page.getByRole('button', { name: 'Make it fail…' }).count(), 0);
  await clientOf(server, seats[1]).profile('GET', '/of-another');
  await mine.profile('GET', '/of-mine');
  await page.getByRole('link', { name: 'of-mine' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'of-another' }).count(), 0);
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('q');
  await page.locator('[data-lane=submitted] .job').waitFor();
  for (const name of ['Advance all', 'Drain']) assert.equal(await page.getByRole('button', { name }).count(), 0);
  assert.deepEqual(await page.getByRole('navigation').getByRole('link').allTextContents(),
    ['Exercises', 'Requests', 'Queue']);
});

test('a page with a seat token alone says what its commands need', async (t) => {
  const { server, seats } = await room(t, 1);
  await clientOf(server, seats[0]).profile('GET', `/${JOHN}`);
  const page = await open(t, server, `#token=${seats[0].seatToken}`, { path: '/__admin/seat' });
  await live(page);
  await page.getByRole('link', { name: 'Requests' }).click();
  await page.locator('table.calls a').first().click();
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  const command = await page.locator('dialog pre').textContent();
  assert.match(command, /^TOKEN='ACCESS TOKEN'\ncurl/);
  assert.match(command, /# This page has the seat token alone: put the access token of your seat/);
});

test('the token of a seat changes nothing and opens no other org', async (t) => {
  const { server, seats } = await room(t, 2);
  const [mine, other] = seats;
  const page = await open(t, server, `#token=${mine.seatToken}`, { path: '/__admin/seat', expected: /403/ });
  await live(page);
  for (const [method, path] of [
    ['GET', `/requests?org=${other.org}`], ['GET', `/jobs?org=${other.org}`], ['GET', `/opt-outs?org=${other.org}`],
    ['GET', `/orgs/${other.org}`], ['GET', `/events?org=${other.org}`], ['GET', '/seats'], ['GET', '/snapshots'],
    ['POST', '/reset'], ['PUT', '/clock'], ['POST', '/faults'], ['POST', '/tokens'], ['POST', '/jobs/drain'],
    ['DELETE', '/requests'], ['DELETE', '/seats'],
  ]) {
    assert.equal(await status(page, method, path, mine.seatToken), 403, `${method} ${path}`);
  }
  assert.equal((await clientOf(server, other).profile('GET', `/${JOHN}`)).status, 200);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing in the room and on a seat's page, ${colorScheme}`, async (t) => {
    const { server, seats } = await room(t, 3);
    await clientOf(server, seats[0]).optOut();
    for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
      const page = await open(t, server, '#view=room', { colorScheme, viewport });
      await tile(page, seats[0].org).waitFor();
      await assertAccessible(page, 'room');
      await page.getByRole('button', { name: 'Board for the projector' }).click();
      await page.locator('.board').waitFor();
      await assertAccessible(page, 'board');
      await page.getByRole('button', { name: 'Board for the projector' }).click();
      await page.getByRole('button', { name: 'Cards' }).click();
      await page.locator('.handouts li').first().waitFor();
      await assertAccessible(page, 'cards');
      const own = await open(t, server, `#code=${seats[0].code}`, { path: '/__admin/seat', colorScheme, viewport });
      await own.locator('[data-exercise]').first().waitFor();
      await assertAccessible(own, 'exercises');
    }
  });
}

test('the jobs of the whole room make their next move together', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  for (const org of ['acme-w1', 'acme-w2']) {
    await client.control('POST', '/orgs', { org });
    const { accessToken } = await client.control('POST', '/tokens', { org });
    await clientOf(server, { org, accessToken }).optOut();
  }
  const page = await open(t, server, '#view=room');
  await live(page);
  const { advanced } = await client.control('POST', '/jobs/advance', { moves: 1 });
  await page.getByRole('button', { name: 'Advance all jobs' }).click();
  await page.getByRole('status').getByText(`${advanced} jobs of all orgs made a move.`).waitFor();
  for (const org of ['acme-w1', 'acme-w2']) {
    const { jobs } = await client.control('GET', `/jobs?org=${org}&limit=1`);
    assert.equal(jobs[0].status, 'complete');
  }
});
