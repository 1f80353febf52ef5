// What a person has chosen for this browser: light or dark, and whether single keys do something.

const NAME = 'campaign-mock-theme';
const CHOICES = ['auto', 'light', 'dark'];

function stored(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    // A file has no storage in some browsers.
    return value ?? null;
  }
}

export function themeInUse() {
  return document.documentElement.dataset.theme ?? 'auto';
}

function use(theme) {
  document.documentElement.dataset.theme = theme;
}

/** Takes the theme that was chosen last time. */
export function keepTheme() {
  use(CHOICES.find((one) => one === stored(NAME)) ?? 'auto');
}

export function nextTheme() {
  const next = CHOICES[(CHOICES.indexOf(themeInUse()) + 1) % CHOICES.length];
  use(next);
  stored(NAME, next);
}

const KEYS = 'campaign-mock-keys';

/** Whether single keys do something; they can be turned off. */
export function keysAreOn() {
  return (document.documentElement.dataset.keys ?? stored(KEYS)) !== 'off';
}

export function turnKeys(on) {
  document.documentElement.dataset.keys = on ? 'on' : 'off';
  stored(KEYS, on ? 'on' : 'off');
}
