// The program under test, as a server of its own.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

// The packages obey proxy settings, even for the loopback.
process.env.NO_PROXY = '127.0.0.1';

/** Where the program is, and the variables to run it with. */
export function program() {
  const path = process.env.CAMPAIGN_MOCK_BIN;
  assert.ok(path, 'CAMPAIGN_MOCK_BIN names the program to test');
  // The program would take the caller's variables for its settings.
  const settings = ([name]) => name.startsWith('CAMPAIGN_MOCK_') || name === 'RUST_LOG';
  const env = Object.fromEntries(Object.entries(process.env).filter((entry) => !settings(entry)));
  return [path, env];
}

/** Starts it on a free port and answers its ready line, with `stop`. */
export function start(...flags) {
  return startOn('127.0.0.1:0', ...flags);
}

/** Starts it on an address. */
export async function startOn(listen, ...flags) {
  const [path, env] = program();
  const server = spawn(path, ['--listen', listen, '--auth', 'strict', ...flags], {
    // Warnings alone: a line for each opt-out would be many.
    env: { ...env, RUST_LOG: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server, 'spawn');
  const ended = once(server, 'exit').then(([code]) => assert.fail(`it ended with ${code}`));
  const [line] = await Promise.race([once(createInterface(server.stdout), 'line'), ended]);
  const ready = JSON.parse(line);
  assert.equal(ready.event, 'ready');
  ended.catch(() => {});
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    assert.equal(code, 0);
  };
  return { ...ready, pid: server.pid, stop };
}

/** What `campaign-mock token` prints. */
export async function token(...flags) {
  const [path, env] = program();
  const { stdout } = await promisify(execFile)(path, ['token', ...flags], { env });
  return stdout.trim();
}
