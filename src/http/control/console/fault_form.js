// The form of a fault rule.
import { html } from './lit-html.js';

/** What a rule can do to a request. */
const EFFECTS = {
  '503': { status: 503 },
  '429': { status: 429, retryAfter: 2 },
  '500': { status: 500 },
  '401': { status: 401 },
  reset: { fault: 'CONNECTION_RESET_BY_PEER' },
  empty: { fault: 'EMPTY_RESPONSE' },
  slow: { delay: 5000 },
};

/** Asks for a rule, prefilled from a call. */
export function askFault(app, call) {
  app.open({
    title: 'Make requests fail',
    verb: 'Add the rule',
    body: html`
      <label>Org <input name="org" .value=${call.org ?? ''} placeholder="any"></label>
      <label>Method <input name="method" .value=${call.method ?? ''} placeholder="any"></label>
      <label>Path, <code>*</code> for anything <input name="path" .value=${call.path ?? ''} placeholder="any"></label>
      <label>What happens
        <select name="effect">
          <option value="503">503 Service Unavailable</option>
          <option value="429">429 Too Many Requests, Retry-After 2</option>
          <option value="500">500 Internal Server Error</option>
          <option value="401">401 Unauthorized</option>
          <option value="reset">the connection is reset</option>
          <option value="empty">the connection is closed without an answer</option>
          <option value="slow">the answer takes 5 s longer</option>
        </select></label>
      <label>How often, empty for always <input name="first" type="number" min="1" value="1"></label>`,
    done: async (values) => {
      await app.source.change('POST', '/faults', {}, ruleOf(values));
      app.say('The rule is in force.');
    },
  });
}

function ruleOf({ org, method, path, effect, first }) {
  const rule = { org, method, path, first: first && Number(first), ...EFFECTS[effect] };
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== ''));
}
