// The server's events, read with `fetch`: an EventSource could not send the token.

// The server sends a comment every 15 s; a connection that says less is dead.
const SILENCE = 40_000;
const PAUSES = [300, 1000, 3000];

/** The events of a response's body, one after the other: `take({id, event, data})`; some have an id alone. */
async function readEvents(response, take, heard) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').filter((line) => /^\w/.test(line))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
      take(fields);
    }
  }
}

/**
 * Listens until `close` is called, and comes again after every end, from the last event on.
 * `open(headers, signal)` opens the stream; `on` is told `event(name, data)` and `state(name, fault)`: `live` when
 * the stream begins, `offline` when it ended.
 */
export function listen(open, on) {
  const closing = new AbortController();
  let last = null;
  let failures = 0;
  let isFirst = true;

  const once = async () => {
    const silence = new AbortController();
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
    };
    try {
      heard();
      const headers = last ? { 'Last-Event-ID': last } : {};
      const response = await open(headers, AbortSignal.any([closing.signal, silence.signal]));
      failures = 0;
      on.state('live', null);
      // Nobody can say what happened since an event that is not known.
      if (!isFirst && !last) on.event('behind', { missed: null });
      isFirst = false;
      await readEvents(response, ({ id, event, data }) => {
        last = id ?? last;
        if (data !== undefined) on.event(event, JSON.parse(data));
      }, heard);
    } finally {
      clearTimeout(timer);
    }
  };

  const forever = async () => {
    while (!closing.signal.aborted) {
      let fault = null;
      try {
        await once();
      } catch (thrown) {
        fault = thrown;
      }
      if (closing.signal.aborted) return;
      on.state('offline', fault);
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
      failures += 1;
      await new Promise((resume) => setTimeout(resume, pause));
    }
  };
  forever();
  return { close: () => closing.abort() };
}
