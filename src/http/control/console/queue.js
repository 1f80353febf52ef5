// Opt-outs and privacy jobs on their way: recorded → submitted → processing → complete or error.
import { html, nothing } from './lit-html.js';
import { repeat } from './directives/repeat.js';
import { cardOfChange, cardOfConsent, cardOfJob, namesOf, takeJob } from './cards.js';
import { counted, shortKeys, spanOf, timeOf } from './format.js';
import { jobDetail, loadJob } from './job_detail.js';
import { progressionForm } from './progression.js';
import { throttled } from './throttle.js';
import { Journey } from './journey.js';

/** Most cards that a lane shows, most jobs that are read, and most cards that are kept. */
const CARDS = 40;
const JOBS = 400;
const KEPT = 1000;

const LANES = [
  ['recorded', '▤', 'Recorded in the ledger or as a consent; it makes no job, or none yet'],
  ['submitted', '○', 'The job waits to begin'],
  ['processing', '◐', 'The job is under way'],
  ['complete', '●', 'Done'],
  ['error', '✕', 'Failed'],
];

export const queue = {
  name: 'queue',
  title: 'Queue',
  key: 'q',
  keys: [
    ['j', 'next card', (app) => step(app, 1)],
    ['k', 'the card before', (app) => step(app, -1)],
    ['a', 'advance the card, or all jobs of the org', (app) => advance(app)],
  ],

  async load(app) {
    const query = { org: app.org };
    const [{ jobs }, { changes }, { consents }, progression] = await Promise.all([
      app.source.read('/jobs', { ...query, limit: JOBS }),
      app.source.read('/opt-outs', { ...query, order: 'newest', limit: CARDS }),
      app.source.read('/consents', { ...query, limit: CARDS }),
      app.source.read('/jobs/transitions', query),
    ]);
    if (query.org !== app.org) return;
    const recorded = changes.filter(({ jobId }) => !jobId);
    const all = [...recorded.map(cardOfChange), ...consents.map(cardOfConsent), ...jobs.map(cardOfJob)];
    const cards = new Map(all.map((card) => [card.id, card]));
    const names = namesOf(jobs);
    const journey = new Journey(() => app.drawSoon());
    for (const card of cards.values()) journey.place(card);
    const refresh = app.data(queue).refresh ?? throttled(() => app.attempt(() => readJobs(app)), 1000);
    app.keep(queue, { cards, names, journey, progression, refresh });
    await loadJob(app, queue);
  },

  async moved(app) {
    await loadJob(app, queue);
  },

  take(app, name, data) {
    const { cards, journey, refresh } = app.data(queue);
    if (!cards || !app.concerns(data)) return;
    if (name === 'change') {
      const card = cardOfChange(data);
      if (!cards.has(card.id)) journey.enter(card);
      if (!data.jobId || !cards.has(data.jobId)) cards.set(card.id, card);
    } else if (name === 'job') {
      takeJob(cards, journey, data);
      if (!app.data(queue).names.has(data.userKey)) refresh();
      if (data.jobId === app.state.address.row) app.attempt(() => loadJob(app, queue));
    } else if (name === 'progression') {
      const { org, ...progression } = data;
      app.keep(queue, { progression });
    }
    forget(cards, journey);
    app.draw();
  },

  render(app) {
    const { cards, journey } = app.data(queue);
    if (!cards) return html`<p class="empty">Loading…</p>`;
    return html`
      <div class=${app.state.address.row ? 'split' : ''}>
        <section aria-label="Lanes">
          ${tools(app)}
          <div class=${journey.isCrowded ? 'lanes crowded' : 'lanes'}>${LANES.map((lane) => laneOf(app, lane, [...cards.values()], journey))}</div>
        </section>
        ${app.state.address.row ? jobDetail(app, queue) : nothing}
      </div>`;
  },
};

/** Reads what events do not tell of jobs: their identities. */
async function readJobs(app) {
  const { jobs } = await app.source.read('/jobs', { org: app.org, limit: JOBS });
  app.keep(queue, { names: namesOf(jobs) });
}

/** Lets go of the cards that came first, once there are too many. */
function forget(cards, journey) {
  for (const id of cards.keys()) {
    if (cards.size <= KEPT) return;
    cards.delete(id);
    journey.forget(id);
  }
}

function inLane(cards, journey, lane) {
  const newest = (one, other) => (one.since < other.since ? 1 : -1);
  return cards.filter((card) => journey.laneOf(card) === lane).sort(newest);
}

/** The cards as they stand on the page, lane by lane. */
function inOrder(app) {
  const { cards, journey } = app.data(queue);
  return LANES.flatMap(([lane]) => inLane([...(cards?.values() ?? [])], journey, lane).slice(0, CARDS));
}

function step(app, by) {
  const cards = inOrder(app);
  const at = cards.findIndex(({ id }) => id === app.state.address.row);
  const next = cards[Math.max(0, Math.min(cards.length - 1, at < 0 ? 0 : at + by))];
  if (next) app.go({ row: next.id }, true);
}

/** Lets a job, or all jobs of the org, make the next move. */
async function advance(app, row = app.state.address.row) {
  if (!app.mayChange) return;
  const path = row ? `/jobs/${row}/advance` : '/jobs/advance';
  const { advanced } = await app.source.change('POST', path, { org: app.org }, { moves: 1 });
  app.say(row ? 'The job has made a move.' : `${counted(advanced, 'job')} made a move.`);
}

async function drain(app) {
  const { drained } = await app.source.change('POST', '/jobs/drain', { org: app.org });
  app.say(`${counted(drained, 'job')} finished.`);
}

function tools(app) {
  if (!app.mayChange) return nothing;
  return html`
    <div class="filters">
      <button @click=${() => app.attempt(() => advance(app, ''))}>Advance all of ${app.org}</button>
      <button @click=${() => app.attempt(() => drain(app))}>Drain</button>
      ${progressionForm(app, app.data(queue).progression, (progression) => app.keep(queue, { progression }))}
    </div>`;
}

function laneOf(app, [lane, shape, about], all, journey) {
  const cards = inLane(all, journey, lane);
  // The server knows of jobs that are too many to be here.
  const known = app.counts.find(({ org }) => org === app.org)?.jobs[lane] ?? 0;
  const count = all.length < JOBS ? cards.length : Math.max(cards.length, known);
  return html`
    <section class="lane" data-lane=${lane} aria-labelledby="lane-${lane}">
      <h2 id="lane-${lane}" title=${about}><span aria-hidden="true">${shape}</span> ${lane}
        <span class="count">${count}</span></h2>
      <ul>${repeat(cards.slice(0, CARDS), ({ id }) => id, (card) => cardItem(app, card))}</ul>
      ${count > CARDS ? html`<p class="soft">and ${count - CARDS} more</p>` : nothing}
    </section>`;
}

function cardItem(app, card) {
  const isOpen = card.id === app.state.address.row;
  return html`
    <li class="job" data-card=${card.id} aria-current=${isOpen ? 'true' : nothing}>
      <a href=${app.linkTo({ row: card.id })}>${shortKeys(app.data(queue).names.get(card.name) ?? card.name)}</a>
      <span class="soft">${[card.what, ...card.products.map(({ product }) => product)].join(' · ')}</span>
      <span class="when">${timing(app, card)}</span>
    </li>`;
}

function timing(app, card) {
  const left = card.nextMoveAt ? Date.parse(card.nextMoveAt) - app.now : 0;
  return left > 0 ? html`moves in <b>${spanOf(Math.ceil(left / 1000) * 1000)}</b>` : timeOf(card.since);
}
