// One call in full: why it ended so, what it changed, what was sent and answered.
import { html, nothing } from './lit-html.js';
import { detail } from './detail.js';
import { copyCurl, copyMatcher } from './copying.js';
import { askFault } from './fault_form.js';
import { bodyOf, dateOf, latencyOf } from './format.js';

export function callDetail(app, call) {
  return detail(app, 'Call', call, () => html`
      <h2 class=${call.status >= 400 || !call.status ? 'bad' : 'good'}>${headline(call)}</h2>
      <p class="path"><b>${call.method}</b> ${call.path}${call.query ? `?${call.query}` : ''}</p>
      <p class="soft">Call ${call.id}, ${dateOf(call.time)}, ${latencyOf(call.latencyMicros)},
        org ${call.org ?? 'none'}</p>
      <p class="buttons">
        <button @click=${() => app.attempt(() => copyCurl(app, call))}>Copy as curl</button>
        <button @click=${() => app.attempt(() => copyMatcher(app, call))}>Copy as matcher</button>
        ${app.mayChange ? html`<button @click=${() => askFault(app, call)}>Make it fail…</button>` : nothing}
      </p>
      ${changes(app, call)}
      ${message('Request', call.request)}
      ${message('Response', call.response)}`);
}

function headline(call) {
  if (call.reason) return call.reason;
  if (!call.status) return 'It got no answer.';
  return call.status >= 400 ? `Refused with ${call.status}` : `Answered with ${call.status}`;
}

/** What the call changed: rows of the ledger, jobs, consents. */
function changes(app, { org, caused }) {
  const { changes: rows = [], jobs = [], consents = [] } = caused ?? {};
  if (!rows.length && !jobs.length && !consents.length) return nothing;
  return html`
    <section>
      <h3>What it changed</h3>
      <ul>
        ${rows.map((id) => html`<li>Row ${id} of the opt-out ledger</li>`)}
        ${jobs.map((id) => html`<li>Privacy job
          <a href=${app.linkTo({ view: 'queue', org, row: id, q: '', refused: '' })}>${id}</a></li>`)}
        ${consents.map((id) => html`<li>Consent ${id}</li>`)}
      </ul>
    </section>`;
}

function message(title, { headers, body, bodyBytes, bodyCut }) {
  const lines = Object.entries(headers);
  return html`
    <section>
      <h3>${title}</h3>
      <details><summary>${lines.length} headers</summary>
        <dl class="headers">${lines.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
      </details>
      ${body ? html`<pre tabindex="0">${bodyOf(body)}</pre>` : html`<p class="soft">${withoutBody(body, bodyBytes)}</p>`}
      ${bodyCut ? html`<p class="soft">The journal kept the start of ${bodyBytes} bytes.</p>` : nothing}
    </section>`;
}

function withoutBody(body, bytes) {
  if (bytes === null) return 'The body was sent in pieces and is not in the journal.';
  return body === null && bytes ? `${bytes} bytes that are no text.` : 'No body.';
}
