// Calls as commands that run when they are pasted.

/** A text between the single quotes of a shell. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A command: `headers` are pairs of name and value, in which `$TOKEN` stands for `token`.
 */
export function command({ method, url, headers, body, token }) {
  const words = ['curl -i'];
  if (method === 'HEAD') words.push('--head');
  else if (method !== 'GET' || body) words.push(`-X ${method}`);
  if (/[[\]{}]/.test(url)) words.push('--globoff');
  if (url.includes('/.')) words.push('--path-as-is');
  words.push(quoted(url));
  for (const [name, value] of headers) {
    const line = `${name}: ${value}`;
    words.push(`-H ${token !== undefined && value.includes('$TOKEN') ? `"${line.replace(/["\\`]/g, '\\$&')}"` : quoted(line)}`);
  }
  if (body) words.push(`--data-raw ${quoted(body)}`);
  const call = words.join(' \\\n  ');
  return token !== undefined ? `TOKEN=${quoted(token)}\n${call}` : call;
}
