// One card of the queue in full: each transition with its reason, and what came of it.
import { html, nothing } from './lit-html.js';
import { detail } from './detail.js';
import { dateOf, shortKeys, spanOf, timeOf } from './format.js';

/** Most rows of the ledger that are shown of a profile. */
const ROWS = 40;

/** Reads the job of the open card, and the consents and ledger rows that belong to it. */
export async function loadJob(app, view) {
  const { row } = app.state.address;
  if (app.data(view).open?.row !== row) app.keep(view, { open: null });
  if (!row) return;
  try {
    const open = await (isJob(row) ? ofJob(app, row) : ofRecord(app, row));
    if (app.state.address.row === row) app.keep(view, { open: { row, ...open } });
  } catch (fault) {
    app.keep(view, { open: { row, gone: fault.message } });
  }
}

const isJob = (row) => !/^(change|consent)-/.test(row);

async function ofJob(app, row) {
  const query = { org: app.org };
  const [job, { consents }] = await Promise.all([
    app.source.read(`/jobs/${encodeURIComponent(row)}`, query),
    app.source.read('/consents', query),
  ]);
  const history = job.userKey.startsWith('@') ? await historyOf(app, job.userKey) : [];
  return { job, history, consents: consents.filter((one) => sameIdentity(one, job)) };
}

/** What belongs to a row of the ledger, `change-7`, or to a consent without one, `consent-7`. */
async function ofRecord(app, row) {
  const [kind, id] = row.split('-');
  const { consents } = await app.source.read('/consents', { org: app.org });
  const ofRow = consents.filter((one) => String(kind === 'change' ? one.changeId : one.id) === id);
  if (kind === 'consent') return { history: [], consents: ofRow };
  const { changes } = await app.source.read('/opt-outs', { org: app.org, after: Number(id) - 1, limit: 1 });
  return { history: await historyOf(app, changes[0].PKey), consents: ofRow };
}

/** The newest rows of a profile in the ledger, oldest first. */
export async function historyOf(app, pkey) {
  const { changes } = await app.source.read('/opt-outs', { org: app.org, pkey, order: 'newest', limit: ROWS });
  return changes.reverse();
}

function sameIdentity({ identities }, job) {
  const values = job.identities.map(({ value }) => value);
  return identities.some(({ value }) => values.includes(value));
}

export function jobDetail(app, view) {
  const { open } = app.data(view);
  return detail(app, 'Job', open, () => html`
      ${open.job ? jobParts(app, open.job) : html`<h2>Recorded, without a job</h2>`}
      ${ledger(open.history)}
      ${consentList(open.consents)}`);
}

function jobParts(app, job) {
  const isDone = ['complete', 'error'].includes(job.status);
  return html`
    <h2>${job.action}: ${job.status}</h2>
    <p class="soft">${job.regulation}, by ${shortKeys(job.userKey)}, made ${dateOf(job.createdAt)}</p>
    <p class="id">${job.jobId}</p>
    ${app.mayChange && !isDone ? html`
      <p class="buttons">
        <button @click=${() => app.attempt(() => act(app, job, 'advance', { moves: 1 }), 'The job has made a move.')}>
          Advance</button>
        <button @click=${() => askFailure(app, job)}>Fail…</button>
      </p>` : nothing}
    <h3>Timeline</h3>
    ${timeline(job)}
    <h3>Products</h3>
    <ul>${job.products.map((one) => html`<li>${one.product}: ${one.status}
      ${one.detail ? html`<span class="soft">${one.code} ${one.detail}</span>` : nothing}</li>`)}</ul>`;
}

const act = (app, job, verb, body) =>
  app.source.change('POST', `/jobs/${job.jobId}/${verb}`, { org: job.org }, body);

function askFailure(app, job) {
  app.open({
    title: 'Let the job fail',
    verb: 'Let it fail',
    body: html`
      <label>Product <select name="product"><option value="">each of them</option>
        ${job.products.map(({ product }) => html`<option>${product}</option>`)}</select></label>
      <label>Detail <input name="detail" placeholder="The job failed."></label>`,
    done: async ({ product, detail }) => {
      await act(app, job, 'fail', { ...(product && { product }), ...(detail && { detail }) });
      app.say('The job has failed.');
    },
  });
}

function timeline({ history }) {
  if (!history.length) return html`<p class="soft">It was in the seed as it is.</p>`;
  return html`
    <ol class="timeline">
      ${history.map((one, at) => html`
        <li><b>${one.status}</b> ${one.product ?? 'the job'}
          <span class="soft">${timeOf(one.at)}${at ? `, after ${spanOf(Date.parse(one.at) - Date.parse(history[at - 1].at))}` : ''}:
            ${one.why}</span></li>`)}
    </ol>`;
}

function ledger(rows) {
  if (!rows.length) return nothing;
  return html`
    <h3>Opt-outs of this profile</h3>
    <ol class="timeline">
      ${rows.map((one) => html`<li><b>${one.to ? 'opted out' : 'withdrawn'}</b>
        <span class="soft">${dateOf(one.changedAt)}, row ${one.id}${one.appliedBy ? `, by ${one.appliedBy}` : ''}</span></li>`)}
    </ol>`;
}

function consentList(consents) {
  if (!consents.length) return nothing;
  return html`
    <h3>Consents</h3>
    <ol class="timeline">
      ${consents.map((one) => html`<li><b>${one.optOutOfSale ? 'opted out of sale' : 'no longer opted out'}</b>
        <span class="soft">${dateOf(one.recordedAt)}</span></li>`)}
    </ol>`;
}
