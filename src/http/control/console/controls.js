// What makes the server behave: fault rules, the clock, magic identities.
import { html, nothing } from './lit-html.js';
import { askFault } from './fault_form.js';
import { dateOf } from './format.js';

const STEPS = [['+1 s', '1s'], ['+1 m', '1m'], ['+1 h', '1h'], ['+1 d', '24h']];
const SELECTS = ['org', 'method', 'path', 'probability', 'first', 'every', 'events', 'expires'];
const LEFT_OUT = ['id', 'matched', 'applied', ...SELECTS];

export const controls = {
  name: 'controls',
  title: 'Controls',
  key: 'c',
  ofAllOrgs: true,
  keys: [
    ['n', 'new fault rule', (app) => askFault(app, { org: app.org })],
    ['z', 'freeze the clock', (app) => turnClock(app, { action: 'freeze' })],
  ],

  async load(app) {
    const [{ faults }, magic] = await Promise.all([app.source.read('/faults'), app.source.read('/magic')]);
    app.keep(controls, { faults, magic });
  },

  take(app, name) {
    if (name === 'fault') app.attempt(() => readFaults(app));
  },

  render(app) {
    const { faults, magic } = app.data(controls);
    if (!faults) return html`<p class="empty">Loading…</p>`;
    return html`
      <div class="columns">
        <section class="card" aria-label="Fault rules">${rules(app, faults)}</section>
        <div>
          <section class="card" aria-label="Clock">${clock(app)}</section>
          <section class="card" aria-label="Magic identities">${identities(magic)}</section>
        </div>
      </div>`;
  },
};

async function readFaults(app) {
  app.keep(controls, { faults: (await app.source.read('/faults')).faults });
}

function rules(app, faults) {
  const shown = faults.filter(({ org }) => !app.org || !org || org === app.org);
  const clear = () => app.attempt(async () => {
    await app.source.change('DELETE', '/faults', { org: app.org });
    await readFaults(app);
  }, 'The rules are gone.');
  return html`
    <h2>Fault rules</h2>
    ${shown.length ? html`
      <table>
        <caption class="hidden">Fault rules</caption>
        <thead><tr><th scope="col">For</th><th scope="col">What happens</th><th scope="col" class="number">Hits</th>
          <th scope="col"><span class="hidden">Remove</span></th></tr></thead>
        <tbody>${shown.map((rule) => ruleRow(app, rule))}</tbody>
      </table>` : html`<p class="soft">Nothing fails on demand.</p>`}
    <p class="buttons">
      <button @click=${() => askFault(app, { org: app.org })}>New rule…</button>
      ${shown.length ? html`<button @click=${clear}>Remove ${app.org ? `those of ${app.org}` : 'all'}</button>` : nothing}
    </p>`;
}

const members = (rule, wanted) => Object.entries(rule)
  .filter(([name, value]) => wanted(name) && value !== null)
  .map(([name, value]) => html`<span class="member">${name} <b>${typeof value === 'object' ? JSON.stringify(value) : value}</b></span> `);

function ruleRow(app, rule) {
  const remove = () => app.attempt(async () => {
    await app.source.change('DELETE', `/faults/${encodeURIComponent(rule.id)}`);
    await readFaults(app);
  }, 'The rule is gone.');
  const selects = members(rule, (name) => SELECTS.includes(name));
  return html`
    <tr>
      <td>${selects.length ? selects : 'every request'}</td>
      <td>${members(rule, (name) => !LEFT_OUT.includes(name))}</td>
      <td class="number" title="applied, of those that matched">${rule.applied} of ${rule.matched}</td>
      <td><button aria-label="Remove ${rule.id}" @click=${remove}>✕</button></td>
    </tr>`;
}

async function turnClock(app, change) {
  app.setClock(await app.source.change('PUT', '/clock', {}, change));
}

function clock(app) {
  const turn = (change) => app.attempt(() => turnClock(app, change));
  return html`
    <h2>Clock</h2>
    <p class="large">${dateOf(app.now)}</p>
    <p class="soft">${app.state.clock?.frozen ? 'It stands still.' : 'It runs.'} All orgs share it.</p>
    <p class="buttons">
      <button @click=${() => turn({ action: 'freeze' })} ?disabled=${app.state.clock?.frozen}>Freeze</button>
      ${STEPS.map(([label, duration]) => html`<button @click=${() => turn({ action: 'advance', duration })}>${label}</button>`)}
      <button @click=${() => turn({ action: 'reset' })}>Reset</button>
    </p>`;
}

function identities({ domains, identities: list }) {
  return html`
    <h2>Magic identities</h2>
    <p class="soft">An e-mail address such as <code>error@${domains[0]}</code> decides how its job ends.
      The domains: ${domains.join(', ')}.</p>
    <table>
      <caption class="hidden">Magic identities</caption>
      <thead><tr><th scope="col">Before the @</th><th scope="col">Effect</th></tr></thead>
      <tbody>${list.map(({ localPart, effect }) => html`<tr><td><code>${localPart}</code></td><td>${effect}</td></tr>`)}</tbody>
    </table>`;
}
