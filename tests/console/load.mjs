// Load on a server: a thread of its own that sends calls at a rate, so that the test has its thread for the page. Of 20
// calls 17 read a profile, one reads a profile that is not there, one switches an opt-out, one makes a profile that is
// opted out.

import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

/** Most calls that wait for an answer at once. */
const AT_ONCE = 64;

/** Milliseconds between two looks at what is due. */
const PAUSE = 5;

/** Begins to send calls. */
export async function begin(server, rate) {
  const { url, org, apiKey, accessToken } = server;
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { url, org, apiKey, accessToken, rate } });
  await once(worker, 'online');
  return {
    /** Waits for the last answers; answers how many there were, by status. */
    async stop() {
      worker.postMessage('stop');
      return (await once(worker, 'message'))[0];
    },
    end: () => worker.terminate(),
  };
}

function load({ url, org, apiKey, accessToken, rate }) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const people = `${url}/${org}/campaign/profileAndServicesExt/profile`;
  const headers = { Authorization: `Bearer ${accessToken}`, 'X-Api-Key': apiKey, 'Content-Type': 'application/json' };
  const began = performance.now();
  const counts = {};
  let sent = 0;
  let open = 0;
  let ends = null;

  const send = (method, path, body) => {
    open += 1;
    const done = (status) => {
      counts[status] = (counts[status] ?? 0) + 1;
      open -= 1;
      if (ends && !open) ends();
    };
    const call = request(`${people}${path}`, { method, headers, agent }, (answer) => {
      answer.resume();
      answer.on('end', () => done(answer.statusCode));
    });
    call.on('error', (fault) => done(fault.code));
    call.end(body && JSON.stringify(body));
  };

  const next = () => {
    const round = Math.floor(sent / 20);
    const kind = sent % 20;
    sent += 1;
    if (kind === 5) send('GET', `/nobody-${round}`);
    else if (kind === 10) send('PATCH', '/C-1001', { ccpaOptOut: round % 2 === 0 });
    else if (kind === 15) send('POST', '', { email: `load-${round}@example.com`, ccpaOptOut: true });
    else send('GET', '/C-1001');
  };

  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1000) * rate;
    while (sent < due && open < AT_ONCE) next();
    // What could not be sent in time is left out.
    if (sent < due) sent = Math.floor(due);
  }, PAUSE);

  parentPort.on('message', async () => {
    clearInterval(timer);
    if (open) await new Promise((resolve) => { ends = resolve; });
    parentPort.postMessage(counts);
  });
}

if (!isMainThread) load(workerData);
