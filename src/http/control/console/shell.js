// What is around every view: org, views, link to the server, clock, depth of the queue, help.
import { html, nothing } from './lit-html.js';
import { dialogOf } from './dialogs.js';
import { counted, dateOf } from './format.js';
import { nextTheme, themeInUse } from './preferences.js';

const LINKS = {
  connecting: ['◌', 'connecting'],
  live: ['●', 'live'],
  paused: ['❚❚', 'paused'],
  behind: ['◑', 'behind'],
  offline: ['✕', 'no server'],
  recorded: ['▤', 'report'],
};

export function shell(app) {
  const { state } = app;
  return html`
    <a class="skip" href="#content" @click=${skip}>Skip to the content</a>
    <header>
      <h1><span class="mark" aria-hidden="true"></span>campaign-mock</h1>
      ${state.role ? html`${orgPicker(app)}${navigation(app)}${instruments(app)}` : nothing}
    </header>
    <main id="content" tabindex="-1">${about(app.source.about)}${content(app)}</main>
    ${toast(app)}
    ${dialogOf(app)}`;
}

/** What a report is of. */
function about(report) {
  if (!report) return nothing;
  const { command, exitCode, refused } = report;
  return html`<p class="about">Report of <code>${command}</code>, which ended with exit code ${exitCode}.
    ${refused ? `${counted(refused, 'call')} refused.` : 'No call was refused.'}</p>`;
}

/** What was done, or why it was not: the one place that a screen reader is told of. */
function toast(app) {
  const { fault, said } = app.state;
  const text = fault || said;
  return html`
    <div class=${text ? 'bar shown' : 'bar'}>
      <p role="status" class=${fault ? 'fault' : ''}>${text}</p>
      ${text ? html`<button class="quiet" @click=${() => app.update({ fault: '', said: '' })}>Dismiss</button>` : nothing}
    </div>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById('content').focus();
}

function content(app) {
  if (app.state.asksForToken) return tokenForm(app);
  if (!app.state.role) return html`<p class="empty">Connecting…</p>`;
  if (app.org && app.state.orgs.length && !app.state.orgs.some(({ org }) => org === app.org)) {
    return html`<p class="empty">There is no org '${app.org}'. Choose one above.</p>`;
  }
  return app.view.render(app);
}

/** Asks a seat for its code, and anybody else for the admin token. */
function tokenForm(app) {
  const use = (event) => {
    event.preventDefault();
    app.useSecret(new FormData(event.target).get('secret').trim());
  };
  if (app.source.isSeatPage) {
    return html`
      <form class="card narrow" @submit=${use}>
        <h2>Take your seat</h2>
        <p>The code is on the card that you were given.</p>
        <label>Code <input name="secret" autocomplete="off" spellcheck="false" placeholder="seat7-k4m2" required></label>
        <button class="main">Go on</button>
      </form>`;
  }
  return html`
    <form class="card narrow" @submit=${use}>
      <h2>This server asks for its admin token</h2>
      <p>It was printed when the server started. It stays in this tab.</p>
      <label>Admin token <input name="secret" type="password" autocomplete="off" required></label>
      <button class="main">Go on</button>
    </form>`;
}

function orgPicker(app) {
  if (app.state.role.org) return html`<p class="org">${app.state.role.seat ?? app.org} <small>${app.org}</small></p>`;
  return html`
    <label class="org"><span class="hidden">Org</span>
      <select @change=${(event) => app.go({ org: event.target.value, row: '' })}>
        ${app.view.ofAllOrgs ? html`<option value="" .selected=${!app.org}>all orgs</option>` : nothing}
        ${app.state.orgs.map(({ org }) => html`<option value=${org} .selected=${org === app.org}>${org}</option>`)}
      </select>
    </label>`;
}

function navigation(app) {
  const item = (view) => html`
    <li><a href=${app.linkTo({ view: view.name, row: '', q: '', refused: '' })}
      aria-current=${view === app.view ? 'page' : nothing}>${view.title}</a></li>`;
  // The documents have secrets, which are not for seats.
  const api = app.source.isLive && !app.source.isSeatPage ? html`<li><a href="docs">API</a></li>` : nothing;
  return html`<nav aria-label="Views"><ul>${app.views.map(item)}${api}</ul></nav>`;
}

function instruments(app) {
  const { state } = app;
  const waiting = app.counts.reduce((sum, { jobs }) => sum + jobs.submitted + jobs.processing, 0);
  const [shape, word] = LINKS[state.link];
  const pausable = ['live', 'paused'].includes(state.link);
  const held = state.waiting ? `, ${counted(state.waiting, 'event')} held back` : '';
  return html`
    <div class="instruments">
      <span title="The server's clock">${dateOf(app.now)}${state.clock?.frozen && app.source.isLive ? ' ❄ frozen' : ''}</span>
      <span title="Privacy jobs that are not done">${counted(waiting, 'job')} waiting</span>
      <button class="link ${state.link}" ?disabled=${!pausable} @click=${() => app.pause()}
        title=${state.link === 'paused' ? 'Go on' : 'Pause'}>
        <span aria-hidden="true">${shape}</span> ${word}${held}</button>
      <button class="quiet" @click=${() => { nextTheme(); app.draw(); }}><span class="hidden">Theme: </span>
        <span aria-hidden="true">◐</span> ${themeInUse()}</button>
      <button class="quiet" @click=${() => app.open({ isHelp: true })}>Help</button>
    </div>`;
}
