// The page while a server answers 2 000 calls a second: it stays usable, and neither its memory nor the server's grows.
// `CAMPAIGN_MOCK_LOAD_SECONDS` says for how long; 600 is the run by hand.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { live, open } from './browser.mjs';
import { begin } from './load.mjs';
import { atEnd, serve } from './support.mjs';

const SECONDS = Number(process.env.CAMPAIGN_MOCK_LOAD_SECONDS ?? 20);
const RATE = 2000;

/** Most rows of Requests, most cards of a lane, and most events that the server keeps for a page. */
const ROWS = 200;
const CARDS = 40;
const KEPT = 10_000;

const MIB = 1024 * 1024;

/** Counts how many frames the page has asked for at once, before it asks for the first. */
function countFrames() {
  const ask = requestAnimationFrame;
  let asked = 0;
  globalThis.mostFrames = 0;
  globalThis.requestAnimationFrame = (act) => {
    asked += 1;
    globalThis.mostFrames = Math.max(globalThis.mostFrames, asked);
    return ask((at) => {
      asked -= 1;
      act(at);
    });
  };
}

/** A view under load, with what it takes to look into its memory. */
async function looked(t, server, view) {
  // The journal may have dropped a call by the time that it is opened.
  const options = { init: countFrames, expected: /status of 404/ };
  const page = await open(t, server, `#view=${view}&org=${server.org}`, options);
  await live(page);
  const tools = await page.context().newCDPSession(page);
  await tools.send('HeapProfiler.enable');
  return {
    page,
    mostFrames: () => page.evaluate(() => globalThis.mostFrames),
    async heap() {
      await tools.send('HeapProfiler.collectGarbage');
      return (await tools.send('Runtime.getHeapUsage')).usedSize;
    },
  };
}

/** Memory of the server, in bytes. */
async function memoryOf({ pid }) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
}

/** Opens a row; the journal may have dropped the call by then, and the page says so. */
async function openByKey(page) {
  await page.keyboard.press('j');
  await page.locator('aside:has(h2), aside:has-text("The journal has no call")').waitFor();
}

async function useRequests(page) {
  await openByKey(page);
  await page.keyboard.press('Escape');
  await page.getByRole('complementary').waitFor({ state: 'detached' });
  const refused = page.getByRole('button', { name: 'Refused' });
  await page.keyboard.press('u');
  await page.locator('table.calls:not(:has(tbody tr:not(.refused)))').waitFor();
  await refused.click();
  await page.locator('table.calls tbody tr:not(.refused)').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('method:POST');
  await page.locator('table.calls:not(:has(tbody tr b:text-is("GET")))').waitFor();
  await page.getByLabel('Search calls').fill('');
  await page.getByLabel('Search calls').blur();
  await page.locator('table.calls tbody tr').nth(ROWS / 2).waitFor();
}

async function useQueue(page) {
  await openByKey(page);
  await page.keyboard.press('Escape');
  await page.getByRole('complementary').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Help' }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** How many calls the page is behind the server. */
async function lag(page, client) {
  const shown = await page.locator('table.calls tbody tr').first().getAttribute('id');
  const { requests } = await client.control('GET', '/requests?limit=1');
  return requests[0].id - Number(shown.split('-')[1]);
}

const middle = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];

/** Asserts that what was measured last is not more than what was measured first, with some room. */
function assertFlat(t, what, values, room) {
  const third = Math.ceil(values.length / 3);
  const [first, last] = [middle(values.slice(0, third)), middle(values.slice(-third))];
  t.diagnostic(`${what}: ${first} at first, ${last} at last, ${Math.max(...values)} at most`);
  assert.ok(last <= first * 1.25 + room, `${what} grows: ${values.join(', ')}`);
}

test(`the page stays usable for ${SECONDS} s of ${RATE} calls a second`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'campaign-mock-load-'));
  atEnd(t, () => rm(folder, { recursive: true }));
  const { server, client } = await serve(t, '--database', join(folder, 'load.db'));
  const views = { requests: await looked(t, server, 'requests'), queue: await looked(t, server, 'queue') };
  const began = performance.now();
  const load = await begin(server, RATE);
  atEnd(t, load.end);
  await views.requests.page.locator('table.calls tbody tr').nth(ROWS - 1).waitFor();
  await views.queue.page.locator('[data-lane=complete] .job').nth(CARDS - 1).waitFor();
  const found = { requests: [], queue: [], server: [], lag: [] };
  do {
    await useRequests(views.requests.page);
    await useQueue(views.queue.page);
    assert.ok(await views.requests.page.locator('table.calls tbody tr').count() <= ROWS);
    for (const lane of await views.queue.page.locator('.lane').all()) {
      assert.ok(await lane.locator('.job').count() <= CARDS);
    }
    found.lag.push(await lag(views.requests.page, client));
    for (const view of Object.keys(views)) found[view].push(await views[view].heap());
    found.server.push(await memoryOf(server));
  } while (performance.now() - began < SECONDS * 1000);
  const seconds = (performance.now() - began) / 1000;
  const { 200: read, 201: made, 404: refused, ...others } = await load.stop();
  assert.deepEqual(others, {}, 'every call has its answer');
  t.diagnostic(`${Math.round((read + made + refused) / seconds)} calls/s, ${found.lag.length} rounds`);
  await client.profile('GET', '/the-last');
  await views.requests.page.getByRole('link', { name: 'the-last' }).waitFor();
  for (const { mostFrames } of Object.values(views)) assert.equal(await mostFrames(), 1, 'one render a frame');
  assert.ok(Math.max(...found.lag) <= KEPT, `the page falls behind: ${found.lag.join(', ')}`);
  assertFlat(t, 'calls that the page is behind', found.lag, RATE);
  for (const view of Object.keys(views)) assertFlat(t, `bytes of the page on ${view}`, found[view], 4 * MIB);
  assertFlat(t, 'bytes of the server', found.server, 16 * MIB);
});
