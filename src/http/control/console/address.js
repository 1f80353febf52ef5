// What the page shows, as the fragment of its address: a link can be pasted into a chat, and no log sees it.

const PARTS = ['view', 'org', 'q', 'refused', 'row'];

/** `#view=queue&org=acme` → `{view, org, q, refused, row}`, an empty text for what is not there. */
export function readAddress(fragment) {
  const found = new URLSearchParams(fragment.replace(/^#/, ''));
  return Object.fromEntries(PARTS.map((part) => [part, found.get(part) ?? '']));
}

/** The other way round. */
export function writeAddress(address) {
  const parts = PARTS.filter((part) => address[part]).map((part) => [part, address[part]]);
  return `#${new URLSearchParams(parts)}`;
}
