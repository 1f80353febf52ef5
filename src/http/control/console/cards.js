// The cards of the queue: what a row of the ledger or a privacy job is on the board.

/** A row of the ledger that has no job, or none yet. */
export function cardOfChange(change) {
  const what = change.to ? 'opt-out' : 'withdrawal';
  return {
    id: change.jobId ?? `change-${change.id}`,
    name: change.PKey,
    what: change.appliedBy ? `${what}, applied` : what,
    products: [],
    lane: 'recorded',
    since: change.changedAt,
    nextMoveAt: null,
  };
}

/** A consent: what a withdrawal becomes, or what was sent to Privacy Service. */
export function cardOfConsent(consent) {
  return {
    id: consent.changeId ? `change-${consent.changeId}` : `consent-${consent.id}`,
    name: mailOf(consent) ?? consent.identities[0]?.value ?? '',
    what: consent.optOutOfSale ? 'consent: opted out' : 'withdrawal',
    products: [],
    lane: 'recorded',
    since: consent.recordedAt,
    nextMoveAt: null,
  };
}

function mailOf({ identities }) {
  return identities.find(({ namespace }) => namespace.toLowerCase() === 'email')?.value;
}

/** A job as `GET /jobs` lists it. */
export function cardOfJob(job) {
  return {
    id: job.jobId,
    name: job.userKey,
    what: job.action,
    products: job.products,
    lane: job.status,
    since: job.lastModifiedAt,
    nextMoveAt: job.nextMoveAt,
  };
}

/** The e-mail addresses of profiles, by key: jobs of opt-outs have the key of a profile for a name. */
export function namesOf(jobs) {
  return new Map(jobs.map((job) => [job.userKey, (job.userKey.startsWith('@') && mailOf(job)) || job.userKey]));
}

/** Takes the event of a job's move. */
export function takeJob(cards, journey, event) {
  const known = cards.get(event.jobId);
  const card = {
    id: event.jobId,
    name: event.userKey,
    what: event.action,
    products: event.products,
    // A move of one product leaves the job where it is.
    lane: event.product === null ? event.status : known?.lane ?? event.status,
    since: event.at,
    nextMoveAt: event.nextMoveAt,
  };
  cards.set(card.id, card);
  if (!known) journey.enter(card, card.what === 'opt-out-of-sale' ? 'recorded' : card.lane);
  journey.move(card);
}
