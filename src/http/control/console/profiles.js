// The people of an org, read and changed through Campaign's API with a token of the org: the journal shows these calls
// like those of any client.
import { html, nothing } from './lit-html.js';
import { copy } from './copying.js';
import { command, quoted } from './curl.js';
import { dateOf, shortKeys } from './format.js';
import { historyOf } from './job_detail.js';
import { profileDetail } from './profile_detail.js';

const PEOPLE = 'profileAndServicesExt/profile';
const BY_MAIL = 'email:';
const LINES = 25;

export const profiles = {
  name: 'profiles',
  title: 'Profiles',
  key: 'p',
  keys: [
    ['j', 'next profile', (app) => step(app, 1)],
    ['k', 'the profile before', (app) => step(app, -1)],
    ['n', 'new profile', (app) => askProfile(app)],
    ['c', 'copy what is shown as curl', (app) => copyShown(app)],
  ],

  async load(app) {
    app.keep(profiles, { pages: [firstPage(app)] });
    await readPage(app);
    await openProfile(app);
  },

  async moved(app, before) {
    if (before.q !== app.state.address.q) await profiles.load(app);
    else await openProfile(app);
  },

  take(app, name, data) {
    const { row } = app.state.address;
    if (name === 'change' && row && data.PKey === row && data.org === app.org) app.attempt(() => openProfile(app));
  },

  render(app) {
    const { people, record } = app.data(profiles);
    const { row } = app.state.address;
    return html`
      <div class=${row ? 'split' : ''}>
        <section aria-label="Profiles">
          ${tools(app)}
          ${people ? table(app, people) : html`<p class="empty">Loading…</p>`}
        </section>
        ${row ? profileDetail(app, record, { change: (body) => change(app, body), copyShown: () => copyShown(app) }) : nothing}
      </div>`;
  },
};

function campaign(app, rest) {
  return `/${app.org}/campaign/${rest}`;
}

function firstPage(app) {
  const { q } = app.state.address;
  const lines = `_lineCount=${LINES}`;
  if (q.startsWith(BY_MAIL)) {
    return campaign(app, `${PEOPLE}/byEmail?email=${encodeURIComponent(q.slice(BY_MAIL.length))}&${lines}`);
  }
  return campaign(app, q ? `${PEOPLE}/byText?text=${encodeURIComponent(q)}&${lines}` : `${PEOPLE}?${lines}`);
}

async function readPage(app) {
  const path = app.data(profiles).pages.at(-1);
  const people = await app.source.call(app.org, 'GET', path);
  app.keep(profiles, { people });
}

/** Goes to the next page, or back. */
async function turn(app, forward) {
  const { pages, people } = app.data(profiles);
  const next = forward && new URL(people.next.href);
  app.keep(profiles, { pages: forward ? [...pages, next.pathname + next.search] : pages.slice(0, -1) });
  await readPage(app);
}

function addressOf(app, key) {
  return campaign(app, `${PEOPLE}/${encodeURIComponent(key).replace('%40', '@')}`);
}

async function openProfile(app) {
  const { row } = app.state.address;
  if (app.data(profiles).record?.row !== row) app.keep(profiles, { record: null });
  if (!row) return;
  try {
    const path = addressOf(app, row);
    const fields = await app.source.call(app.org, 'GET', path);
    const [subscriptions, changes] = await Promise.all([
      app.source.call(app.org, 'GET', `${path}/subscriptions/`),
      historyOf(app, fields.PKey),
    ]);
    if (app.state.address.row === row) {
      app.keep(profiles, { record: { row, fields, subscriptions: subscriptions.content, changes } });
    }
  } catch (fault) {
    app.keep(profiles, { record: { row, gone: fault.message } });
  }
}

/** Changes the profile that is open. */
async function change(app, body) {
  await app.source.call(app.org, 'PATCH', addressOf(app, app.state.address.row), body);
  await Promise.all([openProfile(app), readPage(app)]);
}

async function copyShown(app) {
  const { row } = app.state.address;
  const { pages } = app.data(profiles);
  const { apiKey, accessToken } = await app.source.credentials(app.org);
  await copy(app, 'What you see as a command', command({
    method: 'GET',
    url: app.source.address + (row ? addressOf(app, row) : pages.at(-1)),
    headers: [['Authorization', 'Bearer $TOKEN'], ['X-Api-Key', apiKey]],
    token: quoted(accessToken),
  }));
}

function askProfile(app) {
  app.open({
    title: 'New profile',
    verb: 'Create',
    body: html`
      <label>First name <input name="firstName" autocomplete="off"></label>
      <label>Last name <input name="lastName" autocomplete="off"></label>
      <label>E-mail <input name="email" type="email" autocomplete="off"></label>
      <label><input name="ccpaOptOut" type="checkbox"> Opted out of sale (ccpaOptOut)</label>`,
    done: async (values) => {
      const body = { ...values, ccpaOptOut: Boolean(values.ccpaOptOut) };
      const { PKey } = await app.source.call(app.org, 'POST', campaign(app, PEOPLE), body);
      app.say('The profile is there.');
      app.go({ row: PKey });
      await readPage(app);
    },
  });
}

function step(app, by) {
  const people = app.data(profiles).people?.content ?? [];
  const at = people.findIndex(({ PKey }) => PKey === app.state.address.row);
  const next = people[Math.max(0, Math.min(people.length - 1, at < 0 ? 0 : at + by))];
  if (next) app.go({ row: next.PKey }, true);
}

function tools(app) {
  const { q } = app.state.address;
  const byMail = q.startsWith(BY_MAIL);
  const search = (event) => {
    event.preventDefault();
    const { by, text } = Object.fromEntries(new FormData(event.target));
    app.go({ q: text && by === 'email' ? BY_MAIL + text : text, row: '' });
  };
  return html`
    <form class="filters" @submit=${search}>
      <input type="search" name="text" aria-label="Search profiles" placeholder="name or e-mail" spellcheck="false"
        .value=${byMail ? q.slice(BY_MAIL.length) : q}>
      <select name="by" aria-label="Search by">
        <option value="text" .selected=${!byMail}>by text</option>
        <option value="email" .selected=${byMail}>by e-mail</option>
      </select>
      <button>Search</button>
      <button type="button" @click=${() => askProfile(app)}>New…</button>
      <button type="button" @click=${() => app.attempt(() => copyShown(app))}>Copy as curl</button>
    </form>`;
}

function table(app, { content, next }) {
  if (!content.length) return html`<p class="empty">No profile is like that.</p>`;
  return html`
    <table class="rows">
      <caption class="hidden">Profiles</caption>
      <thead><tr><th scope="col">Name</th><th scope="col">E-mail</th><th scope="col">Opted out</th>
        <th scope="col" class="wide">Last modified</th></tr></thead>
      <tbody>${content.map((one) => row(app, one))}</tbody>
    </table>
    <p class="buttons">
      <button ?disabled=${app.data(profiles).pages.length < 2} @click=${() => app.attempt(() => turn(app, false))}>Back</button>
      <button ?disabled=${!next} @click=${() => app.attempt(() => turn(app, true))}>Next</button>
    </p>`;
}

function row(app, one) {
  const isOpen = one.PKey === app.state.address.row;
  const name = [one.firstName, one.lastName].filter(Boolean).join(' ');
  return html`
    <tr aria-current=${isOpen ? 'true' : nothing}>
      <td><a href=${app.linkTo({ row: one.PKey })}>${name || one.email || shortKeys(one.PKey)}</a></td>
      <td class="cut">${one.email}</td>
      <td>${one.ccpaOptOut ? html`<b class="warn"><span aria-hidden="true">●</span> yes</b>` : html`<span class="soft">no</span>`}</td>
      <td class="wide soft">${dateOf(one.lastModified)}</td>
    </tr>`;
}
