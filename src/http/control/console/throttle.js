// Work that is asked for often and done seldom.

/** `work` at once, but never twice within `pause` milliseconds and never twice at a time. */
export function throttled(work, pause) {
  let asked = false;
  let busy = false;
  const run = async () => {
    busy = true;
    asked = false;
    try {
      await work();
    } finally {
      setTimeout(() => {
        busy = false;
        if (asked) run();
      }, pause);
    }
  };
  return () => {
    asked = true;
    if (!busy) run();
  };
}
