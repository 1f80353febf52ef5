// How every view looks to those who cannot see it, in light and dark, wide and narrow.

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertAccessible, live, open } from './browser.mjs';
import { serve } from './support.mjs';

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

/** Places to look at, each with what is there once it is loaded. */
async function places(client) {
  const calls = (await client.control('GET', '/requests?limit=1')).requests;
  const { jobs } = await client.control('GET', '/jobs?org=acme&limit=1');
  const { PKey } = (await client.profile('GET', '/C-1001')).json();
  return [
    [`#view=requests&row=${calls[0].id}`, 'aside h2'],
    [`#view=queue&org=acme&row=${jobs[0].jobId}`, 'aside h2'],
    ['#view=queue&org=acme', '[data-lane=complete] .job'],
    [`#view=profiles&org=acme&row=${encodeURIComponent(PKey)}`, 'aside h3'],
    ['#view=state&org=acme', 'table'],
    ['#view=controls', 'table'],
  ];
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`axe finds nothing, ${colorScheme} and ${size}`, async (t) => {
      const { server, client } = await serve(t, '--job-progression', 'held');
      await client.profile('PATCH', '/C-1001', { ccpaOptOut: 'yes' });
      await client.optOut();
      await client.control('POST', '/snapshots/mine?org=acme', {});
      await client.control('POST', '/faults', { org: 'acme', method: 'DELETE', status: 503 });
      const page = await open(t, server, '', { colorScheme, viewport, reducedMotion: 'reduce' });
      await live(page);
      for (const [place, shown] of await places(client)) {
        await page.goto(`${server.url}/__admin/${place}`);
        await page.locator(shown).first().waitFor();
        await assertAccessible(page, place);
        const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content <= width, `${place} is ${content} wide`);
      }
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page, 'help');
    });
  }
}
