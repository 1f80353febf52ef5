// The calls that the server received, newest first, and one of them in full.
import { html, nothing } from './lit-html.js';
import { repeat } from './directives/repeat.js';
import { callDetail } from './call_detail.js';
import { askFault } from './fault_form.js';
import { copyCurl, saveAs } from './copying.js';
import { filterOf, isRefused } from './call_filter.js';
import { statusOf } from './status.js';
import { latencyOf, pathWithin, shortKeys, timeOf } from './format.js';

/** Most rows that are shown, and how many more each time that older ones are asked for. */
const ROWS = 200;

export const requests = {
  name: 'requests',
  title: 'Requests',
  key: 'r',
  ofAllOrgs: true,
  keys: [
    ['j', 'next call', (app) => step(app, 1)],
    ['k', 'the call before', (app) => step(app, -1)],
    ['u', 'refused calls only', (app) => toggleRefused(app)],
    ['c', 'copy the call as curl', (app) => withCall(app, (call) => copyCurl(app, call))],
    ['f', 'make it fail', (app) => withCall(app, (call) => askFault(app, call))],
  ],

  async load(app) {
    const { org } = app;
    const { requests: calls, dropped } = await page(app);
    if (org !== app.org) return;
    app.keep(requests, { calls, dropped, most: ROWS, isAll: calls.length < ROWS });
    await openCall(app);
  },

  async moved(app, before) {
    const { address } = app.state;
    if (before.refused !== address.refused) await requests.load(app);
    else if (before.row !== address.row) await openCall(app);
  },

  take(app, name, call) {
    const { calls, most, isAll } = app.data(requests);
    if (name !== 'call' || !calls || (app.org && call.org !== app.org)) return;
    if (app.state.address.refused && !isRefused(call)) return;
    if (calls.some(({ id }) => id === call.id)) return;
    app.keep(requests, { calls: [call, ...calls.slice(0, most - 1)], isAll: isAll && calls.length < most });
  },

  render(app) {
    return html`
      <div class=${app.state.address.row ? 'split' : ''}>
        <section aria-label="Calls">
          ${filters(app)}
          ${table(app)}
        </section>
        ${app.state.address.row ? callDetail(app, app.data(requests).call) : nothing}
      </div>`;
  },
};

/** A page of calls; the newest, or those before a call. */
function page(app, before) {
  const path = app.state.address.refused ? '/requests/unmatched' : '/requests';
  return app.source.read(path, { org: app.org, limit: ROWS, before });
}

async function older(app) {
  const { calls, most } = app.data(requests);
  const { requests: more } = await page(app, calls.at(-1).id);
  app.keep(requests, { calls: [...calls, ...more], most: most + ROWS, isAll: more.length < ROWS });
}

async function openCall(app) {
  const id = app.state.address.row;
  if (String(app.data(requests).call?.id) !== id) app.keep(requests, { call: null });
  if (!id) return;
  try {
    const call = await app.source.read(`/requests/${encodeURIComponent(id)}`);
    if (app.state.address.row === id) app.keep(requests, { call });
  } catch (fault) {
    app.keep(requests, { call: { id, gone: fault.message } });
  }
}

function shown(app) {
  return (app.data(requests).calls ?? []).filter(filterOf(app.state.address.q));
}

function step(app, by) {
  const calls = shown(app);
  const at = calls.findIndex(({ id }) => String(id) === app.state.address.row);
  const next = calls[Math.max(0, Math.min(calls.length - 1, at < 0 ? 0 : at + by))];
  if (!next) return;
  app.go({ row: String(next.id) }, true);
  document.getElementById(`call-${next.id}`)?.scrollIntoView({ block: 'nearest' });
}

function withCall(app, act) {
  const { call } = app.data(requests);
  return call && !call.gone ? act(call) : app.say('Open a call first.');
}

function toggleRefused(app) {
  app.go({ refused: app.state.address.refused ? '' : '1', row: '' });
}

/** Saves the journal as browsers and proxies read it. */
async function saveHar(app) {
  const har = await app.source.read('/requests.har', { org: app.org });
  saveAs(`${app.org || 'journal'}.har`, JSON.stringify(har, null, 2));
}

function filters(app) {
  const { q, refused } = app.state.address;
  return html`
    <div class="filters">
      <button aria-pressed=${refused ? 'true' : 'false'} @click=${() => toggleRefused(app)}>
        <span aria-hidden="true">✕</span> Refused</button>
      <label><span class="hidden">Search calls</span>
        <input type="search" placeholder="status:4xx path:profile text" spellcheck="false" autocomplete="off"
          .value=${q} @input=${(event) => app.go({ q: event.target.value }, true)}></label>
      ${app.source.isLive ? html`<button @click=${() => app.attempt(() => saveHar(app))}>Save as HAR</button>` : nothing}
    </div>`;
}

function table(app) {
  const calls = shown(app);
  const { calls: all, isAll, dropped } = app.data(requests);
  if (!all) return html`<p class="empty">Loading…</p>`;
  if (!calls.length) return html`<p class="empty">${nothingHere(app, all.length)}</p>`;
  return html`
    <table class="rows calls">
      <caption class="hidden">Calls, newest first</caption>
      <thead><tr><th scope="col">Time</th><th scope="col">Status</th><th scope="col">Call</th>
        <th scope="col" class="wide">Reason</th><th scope="col" class="wide number">Took</th></tr></thead>
      <tbody>${repeat(calls, ({ id }) => id, (call) => row(app, call))}</tbody>
    </table>
    ${isAll ? nothing : html`<p><button @click=${() => app.attempt(() => older(app))}>Older calls</button></p>`}
    ${dropped ? html`<p class="soft">The journal has dropped ${dropped} calls for lack of space.</p>` : nothing}`;
}

function nothingHere(app, loaded) {
  if (loaded) return 'No call matches the search.';
  if (app.state.address.refused) return 'Nothing was refused.';
  return `No calls yet. Point your program at ${app.source.address} and watch.`;
}

function row(app, call) {
  const isOpen = String(call.id) === app.state.address.row;
  return html`
    <tr id="call-${call.id}" class=${isRefused(call) ? 'refused' : ''} aria-current=${isOpen ? 'true' : nothing}
      @click=${(event) => event.target.closest('a') ?? app.go({ row: String(call.id) })}>
      <td class="soft">${timeOf(call.time)}</td>
      <td>${statusOf(call)}</td>
      <td class="path" title=${call.path}><a href=${app.linkTo({ row: String(call.id) })}><b>${call.method}</b>
        ${app.org || !call.org ? nothing : html`<span class="soft">${call.org}</span>`}
        ${shortKeys(pathWithin(call.path, call.org))}${call.query ? `?${call.query}` : ''}</a>
        ${call.reason ? html`<span class="narrow-only reason">${call.reason}</span>` : nothing}</td>
      <td class="wide reason">${call.reason ?? ''}</td>
      <td class="wide number soft">${latencyOf(call.latencyMicros)}</td>
    </tr>`;
}
