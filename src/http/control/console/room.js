// The training room: a tile for each org, seats and their cards, and a board for the projector.
import { html, nothing } from './lit-html.js';
import { counted, timeOf } from './format.js';
import { statusOf } from './status.js';

/** What the search part of the address says where the board is for the projector, and where cards are shown. */
const BOARD = 'board';
const CARDS = 'cards';

export const room = {
  name: 'room',
  title: 'Room',
  key: 'o',
  ofAllOrgs: true,
  keys: [
    ['j', 'next tile; Enter opens its calls, Tab goes to its reset', () => step(1)],
    ['k', 'the tile before', () => step(-1)],
    ['b', 'board for the projector, and back', (app) => toggle(app, BOARD)],
    ['n', 'new seats', (app) => askSeats(app)],
  ],

  async load(app) {
    app.keep(room, { seats: (await app.source.read('/seats')).seats });
  },

  render(app) {
    const { seats } = app.data(room);
    if (!seats) return html`<p class="empty">Loading…</p>`;
    const { q } = app.state.address;
    if (q === CARDS) return cards(app, seats);
    return html`
      ${tools(app, seats)}
      <ul class=${q === BOARD ? 'tiles board' : 'tiles'}>${inOrder(app.state.orgs).map((one) => tile(app, one))}</ul>`;
  },
};

/** The seats first, by number. */
function inOrder(orgs) {
  const byName = new Intl.Collator('en', { numeric: true });
  return [...orgs].sort((one, other) =>
    Boolean(other.seat) - Boolean(one.seat) || byName.compare(one.seat ?? one.org, other.seat ?? other.org));
}

/** Puts the focus on another tile; the tiles of the board cannot be opened. */
function step(by) {
  const links = [...document.querySelectorAll('.tile h2 a')];
  const at = links.indexOf(document.activeElement.closest('.tile')?.querySelector('h2 a'));
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus();
}

function toggle(app, what) {
  app.go({ q: app.state.address.q === what ? '' : what });
}

function tools(app, seats) {
  const isBoard = app.state.address.q === BOARD;
  return html`
    <div class="filters">
      <button aria-pressed=${isBoard ? 'true' : 'false'} @click=${() => toggle(app, BOARD)}>Board for the projector</button>
      ${isBoard ? nothing : html`
        <button @click=${() => askSeats(app)}>New seats…</button>
        <button ?disabled=${!seats.length} @click=${() => toggle(app, CARDS)}>Cards</button>
        <button @click=${() => advanceAll(app)}>Advance all jobs</button>
        <button @click=${() => askReset(app)}>Reset all…</button>
        <button ?disabled=${!seats.length} @click=${() => askRemoval(app, seats)}>Remove the seats…</button>`}
    </div>`;
}

function tile(app, one) {
  const { org, seat, jobs, exercises, lastCall } = one;
  const isBoard = app.state.address.q === BOARD;
  return html`
    <li class="card tile" data-org=${org}>
      <h2>${isBoard ? seat ?? org : html`<a href=${app.linkTo({ view: 'requests', org, q: '', row: '' })}>${seat ?? org}</a>`}</h2>
      ${exercises?.of ? html`<p class="exercises"><meter min="0" max=${exercises.of} value=${exercises.done}
        aria-label="Exercises done"></meter> <b>${exercises.done}</b> of ${exercises.of} exercises</p>` : nothing}
      <p>${last(lastCall, isBoard)}</p>
      <dl class="counts">
        <dt>refused</dt><dd class=${one.refused ? 'bad' : ''}>${one.refused}</dd>
        <dt>opted out</dt><dd>${one.optedOut}</dd>
        <dt><span aria-hidden="true">○</span> submitted</dt><dd>${jobs.submitted}</dd>
        <dt><span aria-hidden="true">◐</span> processing</dt><dd>${jobs.processing}</dd>
        <dt><span aria-hidden="true">●</span> complete</dt><dd>${jobs.complete}</dd>
        <dt><span aria-hidden="true">✕</span> error</dt><dd>${jobs.error}</dd>
      </dl>
      ${isBoard ? nothing : html`<button class="quiet" @click=${() => resetOne(app, org)}>Reset ${seat ?? org}</button>`}
    </li>`;
}

/** The last call; on the board without its path, which may name a person. */
function last(call, isBoard) {
  if (!call) return html`<span class="soft">no call yet</span>`;
  return html`${statusOf(call)} <b>${call.method}</b> <span class="soft">${timeOf(call.time)}</span>
    ${isBoard ? nothing : html`<span class="reason">${call.reason ?? ''}</span>`}`;
}

/** Lets every job of every org make its next move. */
function advanceAll(app) {
  app.attempt(async () => {
    const { advanced } = await app.source.change('POST', '/jobs/advance', {}, { moves: 1 });
    app.say(`${counted(advanced, 'job')} of all orgs made a move.`);
    await reload(app);
  });
}

function askSeats(app) {
  app.open({
    title: 'New seats',
    verb: 'Make them',
    body: html`
      <label>How many <input name="count" type="number" min="1" max="100" value="25" required
        @focus=${(event) => event.target.select()}></label>
      <label>Their names begin with <input name="prefix" value="seat" required></label>`,
    done: async ({ count, prefix }) => {
      await app.source.change('POST', '/seats', {}, { count: Number(count), prefix });
      app.say(`${counted(Number(count), 'seat')} made. Cards shows what to hand out.`);
      await reload(app);
    },
  });
}

async function reload(app) {
  await Promise.all([room.load(app), app.readOverview()]);
}

function resetOne(app, org) {
  app.attempt(async () => {
    await app.source.change('POST', '/reset', { org });
    await reload(app);
  }, `${org} is reset.`);
}

function askReset(app) {
  app.open({
    title: 'Reset all orgs to the seed?',
    verb: 'Reset all',
    body: html`<p>Records, jobs, requests and exercises of all orgs begin anew. Seats and their codes stay.</p>`,
    done: async () => {
      await app.source.change('POST', '/reset', {});
      app.say('All orgs are reset.');
      await reload(app);
    },
  });
}

function askRemoval(app, seats) {
  app.open({
    title: `Remove ${counted(seats.length, 'seat')}?`,
    verb: 'Remove them',
    body: html`<p>Their orgs go, and their codes open nothing any more.</p>`,
    done: async () => {
      await app.source.change('DELETE', '/seats');
      app.say('The seats are gone.');
      await reload(app);
    },
  });
}

/** The cards to print and to hand out. */
function cards(app, seats) {
  return html`
    <div class="filters unprinted">
      <button @click=${() => toggle(app, CARDS)}>Back to the room</button>
      <button @click=${() => print()}>Print</button>
    </div>
    <ul class="handouts">
      ${seats.map((one) => html`
        <li class="card">
          <h2>${one.seat}</h2>
          <dl class="headers">
            <dt>Page</dt><dd>${one.url.split('#')[0]}</dd>
            <dt>Code</dt><dd><b class="code">${one.code}</b></dd>
            <dt>Server</dt><dd>${new URL(one.url).origin}</dd>
            <dt>Org</dt><dd>${one.org}</dd>
            <dt>IMS org</dt><dd>${one.imsOrgId}</dd>
            <dt>API key</dt><dd>${one.apiKey}</dd>
          </dl>
          <p class="soft">The page of the seat shows the access token.</p>
        </li>`)}
    </ul>`;
}
