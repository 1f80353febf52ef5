// What a seat is asked to do, and what it needs for that.
import { html, nothing } from './lit-html.js';
import { copy } from './copying.js';
import { timeOf } from './format.js';

/** A call with what every call needs. */
const EXAMPLE = `curl "$URL/$ORG/campaign/profileAndServices/profile" \\
  -H "Authorization: Bearer $ACCESS_TOKEN" -H "X-Api-Key: $API_KEY"`;

export const exercises = {
  name: 'exercises',
  title: 'Exercises',
  key: 'e',
  keys: [],

  async load(app) {
    app.keep(exercises, await app.source.read('/exercises', { org: app.org }));
  },

  take(app, name, { org }) {
    if (name === 'exercise' && org === app.org) app.attempt(() => exercises.load(app));
  },

  render(app) {
    const { exercises: list } = app.data(exercises);
    if (!list) return html`<p class="empty">Loading…</p>`;
    const done = list.filter((one) => one.done).length;
    return html`
      <div class="columns">
        <section aria-label="Exercises">
          ${list.length ? html`<p><b>${done} of ${list.length} done</b></p>` : html`<p class="empty">The seed of this server has no exercises.</p>`}
          <ol class="plain">${list.map(exercise)}</ol>
        </section>
        ${app.source.seat ? credentials(app, app.source.seat) : nothing}
      </div>`;
  },
};

function exercise({ id, title, text, done, doneAt }) {
  return html`
    <li class="card exercise" data-exercise=${id} data-done=${done ? 'true' : 'false'}>
      <h2><span class=${done ? 'good' : 'soft'}><span aria-hidden="true">${done ? '✓' : '○'}</span>
        <span class="hidden">${done ? 'Done: ' : 'To do: '}</span></span>${title}</h2>
      <p>${text}</p>
      ${done ? html`<p class="soft">done at ${timeOf(doneAt)}</p>` : nothing}
    </li>`;
}

/** What a program of the seat needs, as a shell takes it. */
function credentials(app, { org, imsOrgId, apiKey, accessToken }) {
  const lines = Object.entries({
    URL: app.source.address, ORG: org, IMS_ORG: imsOrgId, API_KEY: apiKey, ACCESS_TOKEN: accessToken,
  });
  const text = `${lines.map(([name, value]) => `${name}='${value}'`).join('\n')}\n\n${EXAMPLE}`;
  return html`
    <section class="card" aria-label="Your access">
      <h2>Your access</h2>
      <pre tabindex="0" class="low">${text}</pre>
      <p class="buttons"><button @click=${() => copy(app, 'For your shell', text)}>Copy</button></p>
    </section>`;
}
