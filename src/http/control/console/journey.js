// How cards travel. A job can pass several lanes within a millisecond; a card passes them one by one, each long enough
// to be seen. Where many travel at once, or motion is not wanted, they go to their lane directly.

const STAY = 450;
const MOST = 40;
const CALM = 10;
const WAY = ['recorded', 'submitted', 'processing', 'complete'];

const quick = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export class Journey {
  constructor(draw) {
    this.draw = draw;
    /** Where each card is shown, and since when. */
    this.places = new Map();
    this.timer = null;
    /** Whether too many travel for anybody to follow one. */
    this.isCrowded = false;
  }

  /** Puts a card into its lane. */
  place(card) {
    this.places.set(card.id, { lane: card.lane, at: performance.now(), to: card.lane });
  }

  /** Lets a card appear in a lane, which may be one that it has already left. */
  enter(card, lane = card.lane) {
    this.places.set(card.id, { lane, at: performance.now(), to: card.lane });
    this.wake();
  }

  /** Sends a card to its lane. */
  move(card) {
    const place = this.places.get(card.id);
    if (!place) this.place(card);
    else place.to = card.lane;
    this.wake();
  }

  forget(id) {
    this.places.delete(id);
  }

  laneOf(card) {
    return this.places.get(card.id)?.lane ?? card.lane;
  }

  wake() {
    this.timer ??= setTimeout(() => this.go(), STAY / 3);
  }

  go() {
    this.timer = null;
    const now = performance.now();
    const travelling = [...this.places.values()].filter(({ lane, to }) => lane !== to);
    this.isCrowded = travelling.length > (this.isCrowded ? CALM : MOST);
    const directly = this.isCrowded || quick();
    for (const place of travelling.filter(({ at }) => directly || now - at >= STAY)) {
      place.lane = directly ? place.to : next(place);
      place.at = now;
    }
    if (travelling.length) {
      this.draw();
      this.wake();
    }
  }
}

/** The next lane on the way. */
function next({ lane, to }) {
  const at = WAY.indexOf(lane);
  const end = to === 'error' ? WAY.indexOf('processing') : WAY.indexOf(to);
  return at >= 0 && at < end ? WAY[at + 1] : to;
}
