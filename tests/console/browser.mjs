// The page in Debian's Chromium. Every page is watched: a test ends with an error if the page wrote one to the console,
// broke its content security policy or called anything but its server.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { atEnd } from './support.mjs';

/** One browser for all tests of a file. */
let launched;

function browser() {
  launched ??= chromium.launch({
    executablePath: process.env.CAMPAIGN_MOCK_CHROMIUM ?? '/usr/bin/chromium',
    // Chromium has no sandbox for root.
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });
  return launched;
}

after(async () => (await launched)?.close());

/**
 * A page that is watched: `isOwn` says which addresses it may call, `expected` is a pattern for what its console may say,
 * `init` runs in the page before its own script, and `options` are those of a browser context.
 */
async function watched(test, isOwn, { expected, init, ...options }) {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  if (init) await page.addInitScript(init);
  page.setDefaultTimeout(15_000);
  const faults = [];
  page.on('pageerror', (fault) => faults.push(fault.stack));
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type())) faults.push(line.text());
  });
  page.on('request', (request) => {
    if (!isOwn(request.url())) faults.push(`a request to ${request.url()}`);
  });
  atEnd(test, async () => {
    await context.close();
    assert.deepEqual(faults.filter((fault) => !expected?.test(fault)), []);
  });
  return page;
}

/** Opens the console of a server at a place such as `#view=queue`. */
export async function open(test, server, place = '', { path = '/__admin/', ...options } = {}) {
  const { origin } = new URL(server.adminUrl ?? server.url);
  const page = await watched(test, (url) => new URL(url).origin === origin, options);
  await page.goto(`${origin}${path}${place}`);
  return page;
}

/** Opens a file, which may call nothing but what it has inside. */
export async function openFile(test, path, options = {}) {
  const address = pathToFileURL(path).href;
  const page = await watched(test, (url) => url.startsWith('data:') || url.startsWith(address), options);
  await page.goto(address);
  return page;
}

/** Waits until the page has the server's events. */
export async function live(page) {
  await page.getByRole('button', { name: 'live' }).waitFor();
}

/** Asserts that axe finds nothing. */
export async function assertAccessible(page, what) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n  ')}`);
  assert.deepEqual(told, [], what);
}
