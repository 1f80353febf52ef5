// Everything that a client can send is shown as text: a script that it stores never runs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { live, open } from './browser.mjs';
import { JOHN } from './client.mjs';
import { serve } from './support.mjs';

/** A script in each of the ways that markup runs one, with a name. */
const canary = (name) => `"'><img src=x onerror=sing('${name}')><script>sing('${name}')</script><svg onload=sing('${name}')>{{7*7}}${name}`;

test('scripts in all that a client can send stay texts', async (t) => {
  const { server, client } = await serve(t, '--job-progression', 'held');
  await client.profile('PATCH', `/${JOHN}`, { firstName: canary('first'), lastName: canary('last') });
  await client.optOut();
  await client.profile('PATCH', `/${JOHN}`, { ccpaOptOut: canary('value') });
  await client.profile('GET', `/${encodeURIComponent(canary('path'))}?x=${encodeURIComponent(canary('query'))}`);
  await client.profile('GET', `/${JOHN}`, undefined, { 'X-Test': canary('header'), 'User-Agent': canary('agent') });
  await client.campaign('POST', 'profileAndServicesExt/profile', { email: canary('mail') });
  const privacy = await fetch(`${server.url}/data/core/privacy/jobs`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${server.accessToken}`, 'x-api-key': server.apiKey, 'x-gw-ims-org-id': server.imsOrgId,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({
      companyContexts: [{ namespace: 'imsOrgID', value: server.imsOrgId }],
      users: [{
        key: canary('user'), action: ['access'], userIDs: [{ namespace: 'email', value: 'x@example.com', type: 'standard' }],
      }],
      include: ['Campaign'],
      regulation: 'ccpa',
    }),
  });
  assert.equal(privacy.status, 202, await privacy.text());
  await client.control('POST', '/faults', { path: canary('rule'), status: 503 });
  const { requests } = await client.control('GET', '/requests');
  const { jobs } = await client.control('GET', '/jobs?org=acme&limit=5');
  const { PKey } = (await client.profile('GET', `/${JOHN}`)).json();

  const page = await open(t, server);
  await live(page);
  const songs = [];
  await page.exposeFunction('sing', (name) => songs.push(name));
  const seen = new Set();
  const look = async (place, shown) => {
    await page.goto(`${server.url}/__admin/${place}`);
    await page.locator(shown).first().waitFor();
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
    const text = await page.locator('body').innerText();
    for (const [, name] of text.matchAll(/\{\{7\*7\}\}(\w+)/g)) seen.add(name);
    assert.equal(await page.locator('main script, main img, main svg').count(), 0, place);
  };
  await look('#view=requests', 'table.calls tr');
  for (const { id } of requests) await look(`#view=requests&row=${id}`, 'aside h3');
  await look('#view=queue&org=acme', '.job');
  for (const { jobId } of jobs) await look(`#view=queue&org=acme&row=${jobId}`, 'aside h3');
  await look('#view=profiles&org=acme', 'table.rows tr');
  await look(`#view=profiles&org=acme&row=${encodeURIComponent(PKey)}`, 'aside h3');
  await look('#view=state&org=acme', 'table.rows tr');
  await look('#view=controls', 'table tr');
  await look(`#view=requests&q=${encodeURIComponent(canary('search'))}&org=${encodeURIComponent('acme"><script>sing(1)</script>')}`, '.empty');
  assert.deepEqual(songs, []);
  for (const name of ['first', 'last', 'value', 'header', 'agent', 'mail', 'user', 'rule']) assert.ok(seen.has(name), name);
});
