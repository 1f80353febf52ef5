// The search box of the calls: `status:4xx path:*profile* method:PATCH` and words.

/** A text with `*` for anything, as a pattern for the whole of a text. */
function glob(text) {
  const quoted = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${quoted.join('.*')}$`, 'i');
}

const PARTS = {
  status: (wanted) => {
    const pattern = glob(wanted.replaceAll('x', '*'));
    return (call) => pattern.test(String(call.status ?? 'none'));
  },
  method: (wanted) => (call) => call.method.toLowerCase() === wanted.toLowerCase(),
  path: (wanted) => {
    const pattern = glob(wanted.includes('*') ? wanted : `*${wanted}*`);
    return (call) => pattern.test(call.path);
  },
};

/** A condition on calls. */
export function filterOf(text) {
  const conditions = text.split(/\s+/).filter(Boolean).map((word) => {
    const [, name, wanted] = word.match(/^(\w+):(.+)$/) ?? [];
    if (PARTS[name]) return PARTS[name](wanted);
    const sought = word.toLowerCase();
    return (call) => [call.method, call.path, call.query, call.reason, String(call.status)]
      .some((one) => one?.toLowerCase().includes(sought));
  });
  return (call) => conditions.every((condition) => condition(call));
}

/** Whether a call was refused or got no answer. */
export function isRefused(call) {
  return call.status === null || call.status >= 400;
}
