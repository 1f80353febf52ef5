// One profile: its switch for opt-outs, fields, subscriptions and history.
import { html, nothing } from './lit-html.js';
import { detail } from './detail.js';
import { dateOf } from './format.js';

export function profileDetail(app, record, actions) {
  return detail(app, 'Profile', record, () => profile(app, record, actions));
}

function profile(app, { fields, subscriptions, changes }, { change, copyShown }) {
  const isOut = fields.ccpaOptOut === true;
  const toggle = () => app.attempt(() => change({ ccpaOptOut: !isOut }),
    isOut ? 'The opt-out is withdrawn.' : 'The profile is opted out.');
  return html`
      <h2>${fields.title || fields.email || 'A profile without a name'}</h2>
      <p class="id">${fields.PKey}</p>
      <p><button role="switch" class="switch" aria-checked=${isOut ? 'true' : 'false'} @click=${toggle}>
        <span class="knob" aria-hidden="true"></span> ccpaOptOut</button>
        <span class="soft">${isOut ? 'opted out of sale' : 'not opted out'}</span></p>
      <p class="buttons"><button @click=${() => app.attempt(copyShown)}>Copy as curl</button></p>
      <h3>Fields</h3>
      <dl class="headers">${flat(fields).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
      <h3>Subscriptions</h3>
      ${subscriptions.length
    ? html`<ul>${subscriptions.map(({ serviceName, service, created }) => html`
        <li>${service?.label ?? serviceName} <span class="soft">since ${dateOf(created)}</span></li>`)}</ul>`
    : html`<p class="soft">None.</p>`}
      <h3>Opt-outs</h3>
      ${changes.length ? html`<ol class="timeline">${changes.map((one) => history(app, one))}</ol>` : html`<p class="soft">None.</p>`}
      <details><summary>Raw JSON</summary><pre tabindex="0">${JSON.stringify(fields, null, 2)}</pre></details>`;
}

/** The fields that say something; what is within a field by its path. */
function flat(fields, before = '') {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (value === '' || value === null || ['href', 'PKey'].includes(name)) return [];
    if (typeof value === 'object') return flat(value, `${before}${name}.`);
    return [[before + name, String(value)]];
  });
}

function history(app, one) {
  const job = one.jobId
    ? html`, <a href=${app.linkTo({ view: 'queue', row: one.jobId, q: '' })}>job ${one.jobStatus}</a>` : nothing;
  return html`<li><b>${one.to ? 'opted out' : 'withdrawn'}</b>
    <span class="soft">${dateOf(one.changedAt)}${one.appliedBy ? `, by ${one.appliedBy}` : ''}</span>${job}</li>`;
}
