// The report that `campaign-mock exec --report` leaves: the page as a file, without a server.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { program } from '../node/server.mjs';
import { assertAccessible, openFile } from './browser.mjs';
import { atEnd } from './support.mjs';

/** What the command under test does with the server that `exec` gives it. */
const OPT_OUT = `patch() { curl -sS -X PATCH "$CAMPAIGN_MOCK_URL/acme/campaign/profileAndServicesExt/profile/C-1001" \
  -H "Authorization: Bearer $CAMPAIGN_MOCK_ACCESS_TOKEN" -H "X-Api-Key: $CAMPAIGN_MOCK_API_KEY" \
  -H 'Content-Type: application/json' -H 'User-Agent: <script>document.title="broken"</script>' --data-raw "$1"; }
patch '{"ccpaOptOut": true}'`;
const REFUSED = `${OPT_OUT}; patch '{"ccpaOptOut": "</script><script>document.title=1</script>"}'`;

/** Runs a command under `exec`; answers the process and, at its end, its exit code and what it wrote. */
function exec(t, command, ...flags) {
  const [path, variables] = program();
  // Commands of a report call the program by its name.
  const env = { ...variables, PATH: `${dirname(path)}:${variables.PATH}` };
  const child = spawn(path, ['exec', ...flags, '--', 'bash', '-c', command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let written = '';
  let said = '';
  child.stdout.on('data', (text) => { written += text; });
  child.stderr.on('data', (text) => { said += text; });
  atEnd(t, () => child.kill('SIGKILL'));
  return { child, ended: once(child, 'close').then(([code]) => ({ code, written, said })) };
}

/** A folder for a report, which is not there yet. */
async function folder(t) {
  const parent = await mkdtemp(join(tmpdir(), 'report-'));
  atEnd(t, () => rm(parent, { recursive: true }));
  return join(parent, 'new', 'report');
}

async function report(t, command, ...flags) {
  const directory = await folder(t);
  const { code, said } = await exec(t, command, '--report', directory, ...flags).ended;
  assert.match(said, new RegExp(`the report is in ${directory}/report.html`));
  return { code, directory, page: await openFile(t, join(directory, 'report.html')) };
}

test('a failed run leads to the reason, and to a command that is refused in the same way', async (t) => {
  const { code, page } = await report(t, `${REFUSED}; exit 3`);
  assert.equal(code, 3);
  await page.getByText('ended with exit code 3').waitFor();
  await page.getByText('1 call refused').waitFor();
  assert.equal(await page.title(), 'campaign-mock report');

  // Refused calls come first.
  assert.equal(await page.locator('table.calls tbody tr').count(), 1);
  await page.locator('table.calls tbody tr').getByRole('link').click();
  const detail = page.getByRole('complementary', { name: /Call/ });
  await detail.getByRole('heading', { name: /'ccpaOptOut' takes the JSON value true or false/ }).waitFor();
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  const command = await page.locator('dialog pre').textContent();
  const { written } = await exec(t, command).ended;
  assert.match(written, /^HTTP\/1.1 500/);
  assert.match(written, /x-mock-reason: 'ccpaOptOut' takes the JSON value true or false/i);
});

test('a report shows what changed and how far the jobs are', async (t) => {
  const { code, page } = await report(t, OPT_OUT, '--job-progression', 'immediate');
  assert.equal(code, 0);
  await page.getByText('No call was refused').waitFor();
  await page.getByRole('link', { name: 'State' }).click();
  await page.getByRole('cell', { name: /C-1001/ }).first().waitFor();
  await page.getByRole('link', { name: 'Queue' }).click();
  await page.locator('[data-lane=complete] .job').first().getByRole('link').click();
  const job = page.getByRole('complementary', { name: 'Job' });
  await job.getByRole('heading', { name: 'opt-out-of-sale: complete' }).waitFor();
  await job.getByRole('heading', { name: 'Timeline' }).waitFor();
  await job.getByRole('heading', { name: 'Opt-outs of this profile' }).waitFor();
  for (const name of ['Advance', 'Fail', 'Drain', 'Make it fail']) {
    assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  }
});

test('a report links to nothing but its own places', async (t) => {
  const { page } = await report(t, OPT_OUT);
  await page.getByRole('button', { name: 'Help' }).click();
  await page.getByRole('dialog').getByText('copy it to show it').waitFor();
  const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  assert.deepEqual(links.filter((href) => !href.startsWith('#')), []);
});

test('a report is left when the run is stopped', async (t) => {
  const directory = await folder(t);
  const { child, ended } = exec(t, `${OPT_OUT}; exec tail -f /dev/null`, '--report', directory);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const { code } = await ended;
  assert.equal(code, 143);
  const page = await openFile(t, join(directory, 'report.html'));
  await page.getByText('ended with exit code 143').waitFor();
});

test('the journal beside it is a HAR, and neither has a secret', async (t) => {
  const { directory } = await report(t, REFUSED);
  const { log } = JSON.parse(await readFile(join(directory, 'journal.har'), 'utf8'));
  assert.equal(log.version, '1.2');
  assert.deepEqual(log.entries.map(({ response }) => response.status), [200, 500]);
  for (const name of ['journal.har', 'report.html']) {
    const text = await readFile(join(directory, name), 'utf8');
    assert.doesNotMatch(text, /Bearer ey/, name);
    if (name === 'report.html') assert.doesNotMatch(text, /<script>document/);
  }
});

test('a report that cannot be written fails before the command runs', async (t) => {
  const { code, written, said } = await exec(t, 'echo it ran', '--report', '/dev/null/report').ended;
  assert.deepEqual([code, written], [2, '']);
  assert.match(said, /cannot make the folder \/dev\/null\/report/);
});

test('axe finds nothing in a report, light or dark, wide or narrow', async (t) => {
  const { directory } = await report(t, REFUSED);
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      const page = await openFile(t, join(directory, 'report.html'), {
        colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce',
      });
      for (const view of ['Requests', 'Queue', 'State']) {
        await page.getByRole('link', { name: view, exact: true }).click();
        await page.locator('main section').first().waitFor();
        await assertAccessible(page, `${view}, ${colorScheme}, ${width}`);
      }
    }
  }
});
