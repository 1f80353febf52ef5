// What changed in an org since a starting point; snapshots; resets.
import { html, nothing } from './lit-html.js';
import { dateOf, shortKeys } from './format.js';
import { throttled } from './throttle.js';

/** Milliseconds between two readings while the org is written to. */
const PAUSE = 3000;

export const state = {
  name: 'state',
  title: 'State',
  key: 's',
  keys: [],

  async load(app) {
    const refresh = app.data(state).refresh ?? throttled(() => app.attempt(() => readDiff(app)), PAUSE);
    app.keep(state, { refresh });
    const [{ snapshots }] = await Promise.all([app.source.read('/snapshots'), readDiff(app)]);
    app.keep(state, { snapshots });
  },

  async moved(app) {
    await readDiff(app);
  },

  take(app, name, data) {
    const isWrite = (name === 'call' && data.method !== 'GET') || name === 'job';
    if (isWrite && data.org === app.org) app.data(state).refresh?.();
  },

  render(app) {
    const { diff, snapshots } = app.data(state);
    if (!diff || !snapshots) return html`<p class="empty">Loading…</p>`;
    return html`
      <div class="columns">
        <section aria-label="What changed">${since(app, snapshots)}${changes(diff)}</section>
        <section class="card" aria-label="Snapshots">${snapshotList(app, snapshots)}</section>
      </div>`;
  },
};

async function readDiff(app) {
  const asked = Symbol('question');
  app.keep(state, { asked });
  const diff = await app.source.read('/state/diff', { org: app.org, from: app.state.address.q || 'seed' });
  // An answer that comes after that of a later question is out of date.
  if (app.data(state).asked === asked) app.keep(state, { diff });
}

function since(app, snapshots) {
  const from = app.state.address.q || 'seed';
  const names = ['seed', 'empty', ...snapshots.map(({ name }) => name)];
  return html`
    <div class="filters">
      <label>What changed in ${app.org} since
        <select @change=${(event) => app.go({ q: event.target.value })}>
          ${names.map((name) => html`<option value=${name} .selected=${name === from}>${name}</option>`)}
        </select></label>
    </div>`;
}

function changes({ records, privacyJobs, optOutChanges, consents }) {
  if (!records.length && !privacyJobs.length && !optOutChanges && !consents) {
    return html`<p class="empty">Nothing has changed.</p>`;
  }
  return html`
    <p class="soft">Rows added to the ledger: ${optOutChanges}. Consents: ${consents}.</p>
    ${records.length ? html`
      <table class="rows">
        <caption class="hidden">Records that changed</caption>
        <thead><tr><th scope="col">Record</th><th scope="col">Field</th><th scope="col">From</th><th scope="col">To</th></tr></thead>
        <tbody>${records.map(recordRows)}</tbody>
      </table>` : nothing}
    ${privacyJobs.length ? html`
      <h2>Privacy jobs</h2>
      <ul>${privacyJobs.map((job) => html`<li>${job.change}: ${job.action} of ${shortKeys(String(job.userKey))},
        ${job.status}</li>`)}</ul>` : nothing}`;
}

const shown = (value) => (typeof value === 'string' ? value || '""' : JSON.stringify(value) ?? '');

function recordRows({ resource, key, change, fields }) {
  const lines = Object.entries(fields ?? {});
  const head = html`<b>${resource}</b> ${shortKeys(String(key))} <span class="soft">${change}</span>`;
  if (!lines.length) return html`<tr><td>${head}</td><td></td><td></td><td></td></tr>`;
  return lines.map(([name, { from, to }], at) => html`
    <tr><td>${at ? nothing : head}</td><td><code>${name}</code></td>
      <td class="cut soft">${shown(from)}</td><td class="cut">${shown(to)}</td></tr>`);
}

function snapshotList(app, snapshots) {
  return html`
    <h2>Snapshots</h2>
    ${snapshots.length ? html`<ul class="plain">${snapshots.map((one) => snapshotItem(app, one))}</ul>`
    : html`<p class="soft">None yet.</p>`}
    ${app.mayChange ? html`
      <form class="filters" @submit=${(event) => save(app, event)}>
        <input name="name" aria-label="Name of the snapshot" placeholder="before-my-test" required pattern="[A-Za-z0-9._\\-]+">
        <button>Save ${app.org}</button>
      </form>
      <h2>Reset</h2>
      <p class="buttons">
        <button @click=${() => askReset(app, 'seed')}>Reset to the seed…</button>
        <button @click=${() => askReset(app, 'empty')}>Empty…</button>
      </p>` : nothing}`;
}

function snapshotItem(app, { name, takenAt, orgs }) {
  const path = `/snapshots/${encodeURIComponent(name)}`;
  const holds = orgs.some(({ org }) => org === app.org);
  const restore = () => app.attempt(async () => {
    await app.source.change('POST', `${path}/restore`, { org: app.org });
    await state.load(app);
  }, `${app.org} is as it was in ${name}.`);
  const remove = () => app.attempt(async () => {
    await app.source.change('DELETE', path);
    await state.load(app);
  }, 'The snapshot is gone.');
  return html`
    <li><b>${name}</b> <span class="soft">${dateOf(takenAt)}, ${orgs.map(({ org }) => org).join(', ')}</span>
      ${app.mayChange ? html`
        <span class="buttons">
          <button ?disabled=${!holds} @click=${restore}>Restore ${app.org}</button>
          <button @click=${remove}>Delete</button>
        </span>` : nothing}</li>`;
}

function save(app, event) {
  event.preventDefault();
  const form = event.target;
  const { name } = Object.fromEntries(new FormData(form));
  app.attempt(async () => {
    await app.source.change('POST', `/snapshots/${encodeURIComponent(name)}`, { org: app.org });
    form.reset();
    await state.load(app);
  }, 'The snapshot is saved.');
}

function askReset(app, to) {
  app.open({
    title: `Reset ${app.org} ${to === 'seed' ? 'to the seed' : 'to nothing'}?`,
    verb: 'Reset',
    body: html`<p>Its records, jobs, requests and its own fault rules go. Snapshots stay.</p>`,
    done: async () => {
      await app.source.change('POST', '/reset', { org: app.org, to });
      app.say(`${app.org} is reset.`);
      await state.load(app);
    },
  });
}
