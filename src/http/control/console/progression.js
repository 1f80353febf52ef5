// How the jobs of an org move: by themselves, by reads, or when they are told to.
import { html, nothing } from './lit-html.js';

const WORDS = {
  immediate: 'at once',
  timed: 'with the clock',
  polls: 'by reads',
  held: 'when told to',
};

/** The form; `keep` takes how they move after a change. */
export function progressionForm(app, progression, keep) {
  if (!progression) return nothing;
  const set = (change) => app.attempt(async () => {
    const query = { org: app.org };
    const body = { progression: progression.progression, ...change };
    keep(await app.source.change('PUT', '/jobs/transitions', query, body));
  }, 'Jobs move so from now on.');
  const reset = () => app.attempt(async () => {
    keep(await app.source.change('DELETE', '/jobs/transitions', { org: app.org }));
  }, 'Jobs move as configured again.');
  return html`
    <label>Jobs move
      <select @change=${(event) => set({ progression: event.target.value })}>
        ${Object.entries(WORDS).map(([word, said]) => html`
          <option value=${word} .selected=${word === progression.progression}>${said} (${word})</option>`)}
      </select></label>
    ${progression.progression === 'timed' ? html`
      <label>after <input class="short" aria-label="Time in submitted" .value=${progression.submitted}
        @change=${(event) => set({ ...progression, submitted: event.target.value })}></label>
      <label>and <input class="short" aria-label="Time in processing" .value=${progression.processing}
        @change=${(event) => set({ ...progression, processing: event.target.value })}></label>` : nothing}
    ${progression.progression === 'polls' ? html`
      <label>after <input class="short" type="number" min="1" aria-label="Reads" .value=${String(progression.reads)}
        @change=${(event) => set({ reads: Number(event.target.value) })}> reads</label>` : nothing}
    <button class="quiet" @click=${reset}>As configured</button>`;
}
