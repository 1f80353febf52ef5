// A server for a test, and what a test leaves behind.

import { start } from '../node/server.mjs';
import { clientOf } from './client.mjs';

const stacks = new WeakMap();

/** Does something when a test ends, whatever was begun last first. */
export function atEnd(t, work) {
  if (!stacks.has(t)) {
    const stack = [];
    stacks.set(t, stack);
    t.after(async () => {
      const faults = [];
      for (const one of stack.reverse()) {
        try {
          await one();
        } catch (fault) {
          faults.push(fault);
        }
      }
      if (faults.length) throw faults[0];
    });
  }
  stacks.get(t).push(work);
}

/** A server of its own, and a client for it. */
export async function serve(t, ...flags) {
  const server = await start(...flags);
  atEnd(t, server.stop);
  return { server, client: clientOf(server) };
}
