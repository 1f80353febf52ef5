// Dialogs: the help, and what a view asks before it does something.
import { html, nothing } from './lit-html.js';
import { COMMON } from './keys.js';
import { keysAreOn, turnKeys } from './preferences.js';

/** The dialog that is open, if one is. */
export function dialogOf(app) {
  const { dialog } = app.state;
  if (!dialog) return nothing;
  return dialog.isHelp ? help(app) : question(app, dialog);
}

/** Opens the element once it is on the page. */
const opened = (app, content) => {
  queueMicrotask(() => {
    const element = document.querySelector('dialog');
    if (element && !element.open) element.showModal();
  });
  return html`<dialog aria-labelledby="dialog-title" @close=${() => app.close()}>${content}</dialog>`;
};

const leave = () => document.querySelector('dialog')?.close();

function question(app, { title, body, verb, done }) {
  const submit = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target));
    if (await app.attempt(() => done(values))) leave();
  };
  return opened(app, html`
    <form @submit=${submit}>
      <h2 id="dialog-title">${title}</h2>
      ${body}
      <p class="buttons">
        ${verb ? html`<button class="main">${verb}</button>` : nothing}
        <button type="button" @click=${leave}>${verb ? 'Cancel' : 'Close'}</button>
      </p>
      ${app.state.fault ? html`<p class="fault">${app.state.fault}</p>` : nothing}
    </form>`);
}

function help(app) {
  const row = ([key, what]) => html`<tr><th scope="row"><kbd>${key}</kbd></th><td>${what}</td></tr>`;
  const views = app.views.map((view) => [`g ${view.key}`, view.title]);
  const toggle = (event) => {
    turnKeys(event.target.checked);
    app.draw();
  };
  return opened(app, html`
    <h2 id="dialog-title">Keys</h2>
    <label><input type="checkbox" .checked=${keysAreOn()} @change=${toggle}> Single keys do something</label>
    <table>
      <caption class="hidden">Keys</caption>
      <tbody>${[...COMMON, ...views, ...(app.view.keys ?? [])].map(row)}</tbody>
    </table>
    <p>The address of the page says what it shows: copy it to show it to somebody.
      ${app.source.isLive ? html`All that is here can be scripted: <a href="docs">the APIs</a>.` : nothing}</p>
    <p class="buttons"><button @click=${leave}>Close</button></p>`);
}
