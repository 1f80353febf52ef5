// Texts to take away.
import { html } from './lit-html.js';
import { curlOf } from './call_curl.js';

export async function copyCurl(app, call) {
  await copy(app, 'The call as a command', await curlOf(app.source, app.state.orgs, call));
}

export async function copyMatcher(app, call) {
  await copy(app, 'The call as a matcher for /verify', JSON.stringify(matcherOf(call), null, 2));
}

/** What finds the call, and those like it, in the journal. */
export function matcherOf({ org, method, path, query, status, request }) {
  const matcher = { org, method, path, status };
  if (query) matcher.query = Object.fromEntries(new URLSearchParams(query));
  try {
    if (request.body && !request.bodyCut) matcher.body = JSON.parse(request.body);
  } catch { /* A body that is no JSON cannot be matched. */ }
  return Object.fromEntries(Object.entries(matcher).filter(([, value]) => value !== null));
}

/** Puts a text into the clipboard, where a page may do that, and shows it. */
export async function copy(app, title, text) {
  let said = 'Select the text and copy it.';
  try {
    await navigator.clipboard.writeText(text);
    said = 'It is in the clipboard.';
  } catch { /* Browsers have a clipboard for pages of this machine and of https alone. */ }
  app.open({
    title,
    body: html`<p>${said}</p><pre tabindex="0" class="copied">${text}</pre>`,
  });
  requestAnimationFrame(() => {
    const shown = document.querySelector('dialog .copied');
    if (shown) getSelection().selectAllChildren(shown);
  });
}

/** Lets the browser save a text as a file. */
export function saveAs(name, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text]));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
