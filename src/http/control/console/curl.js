// Calls as commands that run when they are pasted.

/** A text between the single quotes of a shell. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The variables that a command may leave to the shell: `TOKEN`, which it sets itself, and those of `campaign-mock env`. */
const VARIABLES = /\\\$(TOKEN|CAMPAIGN_MOCK_URL|CAMPAIGN_MOCK_API_KEY)\b/g;

/** A text between double quotes, in which the shell fills in the variables and nothing else. */
const filledIn = (text) => `"${text.replace(/["\\`$]/g, '\\$&').replace(VARIABLES, '$$$1')}"`;

/**
 * A command: `headers` are pairs of name and value, in which `$TOKEN` stands for `token`, a word of the shell. With
 * `hasVariables`, address and headers may name the variables of `campaign-mock env` too.
 */
export function command({ method, url, headers, body, token, hasVariables }) {
  const words = ['curl -i'];
  if (method === 'HEAD') words.push('--head');
  else if (method !== 'GET' || body) words.push(`-X ${method}`);
  if (/[[\]{}]/.test(url)) words.push('--globoff');
  if (url.includes('/.')) words.push('--path-as-is');
  words.push(hasVariables ? filledIn(url) : quoted(url));
  for (const [name, value] of headers) {
    const isOpen = hasVariables || (token !== undefined && value.includes('$TOKEN'));
    words.push(`-H ${isOpen ? filledIn(`${name}: ${value}`) : quoted(`${name}: ${value}`)}`);
  }
  if (body) words.push(`--data-raw ${quoted(body)}`);
  const call = words.join(' \\\n  ');
  return token !== undefined ? `TOKEN=${token}\n${call}` : call;
}
