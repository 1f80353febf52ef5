// Values as people read them.

/** `10:20:30.123` of a moment, in UTC as the server has it. */
export function timeOf(moment) {
  return moment ? moment.slice(11, 23).replace('Z', '') : '';
}

/** `2026-01-31 10:20:30` of a moment or of milliseconds since 1970. */
export function dateOf(moment) {
  const text = typeof moment === 'number' ? new Date(moment).toISOString() : moment ?? '';
  return text.slice(0, 19).replace('T', ' ');
}

/** Milliseconds as `1.5 s`, `2 min` or `3 h`. */
export function spanOf(millis) {
  const whole = Math.abs(millis);
  if (whole < 1000) return `${Math.round(millis)} ms`;
  if (whole < 60_000) return `${(millis / 1000).toFixed(1).replace('.0', '')} s`;
  if (whole < 7_200_000) return `${Math.round(millis / 60_000)} min`;
  if (whole < 172_800_000) return `${Math.round(millis / 3_600_000)} h`;
  return `${Math.round(millis / 86_400_000)} d`;
}

/** Microseconds as `0.9 ms`. */
export function latencyOf(micros) {
  return micros < 1000 ? `${micros} µs` : spanOf(Math.round(micros / 100) / 10);
}

/** A path without its org: `/acme/campaign/x/y` → `/x/y`. */
export function pathWithin(path, org) {
  const start = `/${org}/campaign/`;
  return org && path.startsWith(start) ? path.slice(start.length - 1) : path;
}

/** A text in which keys of records that are too long to read are shortened. */
export function shortKeys(text) {
  return text.replace(/@[\w-]{24,}/g, (key) => `${key.slice(0, 9)}…${key.slice(-4)}`);
}

/** A body with its JSON laid out. */
export function bodyOf(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** `1 call`, `2 calls`. */
export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
