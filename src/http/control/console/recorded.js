// The source of data of a report: what the control API of a server answered once its command had ended. It answers what
// the page reads as the server would, and changes nothing.
import { quoted } from './curl.js';

const isOf = (org) => (one) => !org || one.org === org;

/** Some of a list, newest first, as the server pages it. */
function page(calls, { org, before, limit }) {
  const found = calls.filter(isOf(org)).filter(({ id }) => !before || id < before);
  return found.slice(0, limit);
}

/** What is recorded of an org. */
function recordOf({ orgs }, { org }) {
  const found = orgs[org] ?? Object.values(orgs)[0];
  if (!found) throw new Error('The report has no org.');
  return found;
}

function jobOf(record, id) {
  const jobs = Object.values(record.orgs).flatMap(({ jobs }) => jobs.jobs);
  const found = jobs.find(({ jobId }) => jobId === id);
  if (!found) throw new Error('The report has no such job: it keeps the newest 1000 of each org.');
  return found;
}

function callOf({ requests }, id) {
  const found = requests.requests.find((call) => String(call.id) === id);
  if (!found) throw new Error('The report has no such call.');
  return found;
}

/** The rows of the ledger are recorded newest first. */
function changesOf(record, query) {
  const { after = 0, pkey, order, limit } = query;
  const found = recordOf(record, query).optOuts.changes.filter(({ id, PKey }) => id > after && (!pkey || PKey === pkey));
  return { changes: (order === 'newest' ? found : found.reverse()).slice(0, limit) };
}

/** The command can name the variables of another server, and has no secrets of this one. */
const CREDENTIAL = { apiKey: '$CAMPAIGN_MOCK_API_KEY', clientSecret: '' };

/** What answers each path that the page reads. */
const ANSWERS = [
  [/^\/whoami$/, () => ({ role: 'open', org: null, seat: null })],
  [/^\/clock$/, ({ clock }) => ({ ...clock, frozen: true })],
  [/^\/overview$/, ({ overview }, { org }) => ({ orgs: overview.orgs.filter(isOf(org)) })],
  [/^\/requests$/, ({ requests }, query) => ({ ...requests, requests: page(requests.requests, query) })],
  [/^\/requests\/unmatched$/, ({ refused }, query) => ({ ...refused, requests: page(refused.requests, query) })],
  [/^\/requests\/(.+)$/, (record, _, id) => callOf(record, id)],
  [/^\/jobs$/, (record, query) => recordOf(record, query).jobs],
  [/^\/jobs\/transitions$/, (record, query) => recordOf(record, query).transitions],
  [/^\/jobs\/(.+)$/, (record, _, id) => jobOf(record, id)],
  [/^\/opt-outs$/, changesOf],
  [/^\/consents$/, (record, query) => recordOf(record, query).consents],
  [/^\/state\/diff$/, (record, query) => recordOf(record, query).diff],
  [/^\/snapshots$/, () => ({ snapshots: [] })],
  [/^\/orgs\/(.+)$/, (_, __, org) => ({ org, credentials: [CREDENTIAL] })],
];

/** The options of `campaign-mock token` for a wish to `POST /tokens`. */
function tokenOptions({ org, scope, expiresIn }) {
  const options = [`--org ${quoted(org)}`];
  if (scope) options.push(`--scope ${quoted(scope)}`);
  if (expiresIn) options.push(`--expires-in=${quoted(expiresIn)}`);
  return options.join(' ');
}

export function recordedSource(record) {
  return {
    isLive: false,
    isSeatPage: false,
    seat: null,
    address: '$CAMPAIGN_MOCK_URL',
    /** What the report is of. */
    about: record.about,

    async read(path, query = {}) {
      for (const [pattern, answer] of ANSWERS) {
        const found = pattern.exec(path);
        if (found) return answer(record, query, decodeURIComponent(found[1] ?? ''));
      }
      throw new Error(`The report has nothing of ${path}.`);
    },

    async whoAmI() {
      return this.read('/whoami');
    },

    async tokenWord(wish) {
      return `"$(campaign-mock token ${tokenOptions(wish)})"`;
    },

    /** The server of the report had an address of its own, which says nothing of the call. */
    isOwnHost(host) {
      return host === new URL(record.about.url).host;
    },

    /** Nothing more happens. */
    listen(on) {
      on.state('recorded', null);
      return { close() {} };
    },
  };
}
