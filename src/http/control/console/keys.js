// The keys. They count only when the focus is on the page itself or on a row of a list, without a modifier, and can be
// turned off.
import { keysAreOn } from './preferences.js';

/** How long `g` waits for the letter of a view, in milliseconds. */
const GO_WAITS = 1500;

const isTyped = (target) => target.closest('input, textarea, select, dialog, [contenteditable]');

/** What every view understands; the rest is in the views. */
export const COMMON = [
  ['/', 'search'],
  ['p', 'pause or go on'],
  ['g', 'then the letter of a view: go there'],
  ['?', 'this help'],
  ['Esc', 'close what is open'],
];

export function listenToKeys(app) {
  let goes = -Infinity;
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !app.state.dialog && app.state.address.row && !event.defaultPrevented) {
      app.go({ row: '' });
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || isTyped(event.target) || !keysAreOn()) return;
    const goesNow = performance.now() - goes < GO_WAITS;
    goes = -Infinity;
    const act = goesNow ? goTo(app, event.key) : actionOf(app, event.key);
    if (event.key === 'g' && !goesNow) goes = performance.now();
    if (act) {
      event.preventDefault();
      act();
    }
  });
}

function goTo(app, key) {
  const view = app.views.find((one) => one.key === key);
  return view && (() => app.go({ view: view.name, row: '', q: '' }));
}

function actionOf(app, key) {
  const common = {
    '/': () => document.querySelector('input[type=search]')?.focus(),
    p: () => app.pause(),
    '?': () => app.open({ isHelp: true }),
  };
  const [, , act] = (app.view.keys ?? []).find(([one]) => one === key) ?? [];
  return common[key] ?? (act && (() => app.attempt(() => act(app))));
}
