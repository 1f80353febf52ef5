// How a call ended, by shape and word.
import { html } from './lit-html.js';

export function statusOf(call) {
  if (call.status === null) return html`<span class="bad"><span aria-hidden="true">–</span> none</span>`;
  const [kind, shape] = call.status >= 400 ? ['bad', '✕'] : ['good', '✓'];
  return html`<span class=${kind}><span aria-hidden="true">${shape}</span> ${call.status}</span>`;
}
