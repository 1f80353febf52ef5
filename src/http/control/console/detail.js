// What is open beside a list: one thing in full.
import { html } from './lit-html.js';

/**
 * The part of the page that shows `open`: nothing while it loads, `open.gone` says why there is none, and else what
 * `body()` renders. `name` is what a screen reader calls it, with its number if it has one.
 */
export function detail(app, name, open, body) {
  return html`
    <aside class="card" aria-label=${open && !open.gone && open.id ? `${name} ${open.id}` : name}>
      <button class="quiet close" @click=${() => app.go({ row: '' })}>Close</button>
      ${!open || open.gone ? html`<p class="empty">${open?.gone ?? 'Loading…'}</p>` : body()}
    </aside>`;
}
