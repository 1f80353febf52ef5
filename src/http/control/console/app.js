// The page: one state, one render a frame, and of events no more than can be looked at. A view is an object `{name, title, key, load, take, render, keys}`: it loads
// what it shows, takes the events that concern it and renders itself from the state.
import { render } from './lit-html.js';
import { readAddress, writeAddress } from './address.js';
import { listenToKeys } from './keys.js';
import { shell } from './shell.js';
import { keepTheme } from './preferences.js';
import { throttled } from './throttle.js';
import { viewsOf } from './views.js';

/** Milliseconds between two readings of the counts of all orgs. */
const OVERVIEW_PAUSE = 1000;

/** Milliseconds between two renders that events alone have caused. A flood of them is not to take the machine. */
const EVENTS_PAUSE = 200;

class App {
  constructor(source, root) {
    this.source = source;
    this.root = root;
    this.state = {
      role: null,
      address: readAddress(location.hash),
      orgs: [],
      clock: null,
      link: 'connecting',
      waiting: 0,
      said: '',
      fault: '',
      asksForToken: false,
      dialog: null,
      data: {},
    };
    this.frame = 0;
    this.loads = 0;
    this.heldBack = [];
    this.takes = false;
    this.drawSoon = throttled(() => this.render(), EVENTS_PAUSE);
    this.refreshOverview = throttled(() => this.readOverview(), OVERVIEW_PAUSE);
    keepTheme();
    addEventListener('hashchange', () => this.showAddress(readAddress(location.hash)));
    listenToKeys(this);
    setInterval(() => this.tick(), 1000);
  }

  /** The views that the page has. */
  get views() {
    return viewsOf(this);
  }

  /** The view that is shown. */
  get view() {
    return this.views.find((view) => view.name === this.state.address.view) ?? this.views[0];
  }

  /** The org that is looked at; empty for all. */
  get org() {
    const { address, role, orgs } = this.state;
    if (role?.org) return role.org;
    return address.org || (this.view.ofAllOrgs ? '' : orgs[0]?.org ?? '');
  }

  /** Whether the page may change anything. */
  get mayChange() {
    return this.source.isLive && this.state.role?.role !== 'seat';
  }

  /** The counts of the org that is looked at, or of all orgs together. */
  get counts() {
    return this.state.orgs.filter((one) => !this.org || one.org === this.org);
  }

  /** The server's time, in milliseconds since 1970. */
  get now() {
    const { clock } = this.state;
    if (!clock) return Date.now();
    return clock.base + (clock.frozen ? 0 : performance.now() - clock.at);
  }

  /** Changes the state and renders it with the next frame. */
  update(patch) {
    Object.assign(this.state, patch);
    this.draw();
  }

  /** What a view has loaded. */
  data(view) {
    return this.state.data[view.name] ?? {};
  }

  /** Changes what a view has loaded. */
  keep(view, patch) {
    this.state.data[view.name] = { ...this.data(view), ...patch };
    this.draw();
  }

  /** Renders what has changed: what somebody did with the next frame, what an event told a bit later if need be. */
  draw() {
    if (this.takes) this.drawSoon();
    else this.render();
  }

  render() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      render(shell(this), this.root);
    });
  }

  /** Goes to another place of the page; `quietly` for steps that the browser's Back need not repeat. */
  go(patch, quietly = false) {
    const address = { ...this.state.address, ...patch };
    const fragment = writeAddress(address);
    if (fragment !== location.hash) {
      history[quietly ? 'replaceState' : 'pushState'](null, '', fragment);
    }
    this.showAddress(address);
  }

  showAddress(address) {
    const before = { view: this.view, org: this.org, address: this.state.address };
    this.update({ address });
    if (before.view !== this.view || before.org !== this.org) {
      this.state.data = {};
      this.update({ fault: '', said: '' });
      this.load();
    } else if (JSON.stringify(before.address) !== JSON.stringify(address)) {
      this.attempt(() => this.view.moved?.(this, before.address));
    }
  }

  /** The link to another place of the page. */
  linkTo(patch) {
    return writeAddress({ ...this.state.address, ...patch });
  }

  /** Tells of something that was done. */
  say(said) {
    this.update({ said, fault: '' });
  }

  /** Does something, and shows it if that fails. Answers whether it was done. */
  async attempt(work, done) {
    try {
      await work();
      if (done) this.say(done);
      return true;
    } catch (fault) {
      this.fail(fault);
      return false;
    }
  }

  fail(fault) {
    // Who is not let in is asked first and told afterwards.
    const isAsked = this.state.asksForToken;
    const asksForToken = isAsked || fault.status === 401 || (this.source.isSeatPage && !this.state.role);
    this.update({ asksForToken, fault: asksForToken && !isAsked ? '' : fault.message, said: '' });
  }

  /** Begins: who am I, what is there, and then the events. */
  async begin() {
    this.draw();
    const known = await this.attempt(async () => {
      this.update({ role: await this.source.whoAmI(), asksForToken: false });
      await this.readOverview();
    });
    if (!known) return;
    this.update({ fault: '', said: '' });
    if (this.stream) await this.load();
    else this.stream = this.source.listen(this.listener());
  }

  listener() {
    return {
      event: (name, data) => this.take(name, data),
      state: (link, fault) => {
        const first = this.state.link === 'connecting';
        this.update({ link: this.state.link === 'paused' ? 'paused' : link });
        if (fault?.status) this.fail(fault);
        if (['live', 'recorded'].includes(link) && first) this.load();
      },
    };
  }

  /** Reads anew what is shown. Events that arrive meanwhile come after what was read. */
  async load() {
    this.loads += 1;
    await this.attempt(async () => {
      this.setClock(await this.source.read('/clock'));
      await this.view.load(this);
    });
    this.loads -= 1;
    this.refreshOverview();
    if (!this.loads) this.heldBack.splice(0).forEach(([name, data]) => this.take(name, data));
  }

  async readOverview() {
    await this.attempt(async () => {
      const { orgs } = await this.source.read('/overview', { org: this.state.role?.org });
      const before = this.org;
      this.update({ orgs });
      if (before !== this.org && this.state.link !== 'connecting') this.load();
    });
  }

  /** Takes an event. */
  take(name, data) {
    this.takes = true;
    try {
      this.takeNow(name, data);
    } finally {
      this.takes = false;
    }
  }

  /** One that a pause holds back is counted, and all is read anew after it. */
  takeNow(name, data) {
    if (this.state.link === 'paused') {
      this.update({ waiting: this.state.waiting + 1 });
      return;
    }
    if (this.loads) {
      this.heldBack.push([name, data]);
      return;
    }
    this.refreshOverview();
    if (name === 'clock') {
      this.setClock(data);
    } else if (name === 'behind' || (name === 'reset' && this.concerns(data))) {
      this.load();
    }
    this.view.take?.(this, name, data);
  }

  /** Whether an event is of the org that is looked at, or of all. */
  concerns({ org }) {
    return !org || !this.org || org === this.org;
  }

  setClock({ now, frozen }) {
    this.update({ clock: { base: Date.parse(now), frozen, at: performance.now() } });
  }

  /** Shows the seconds that have passed, where time passes. */
  tick() {
    if (this.state.clock && !this.state.clock.frozen) this.draw();
  }

  pause() {
    if (this.state.link === 'paused') {
      this.update({ link: 'live', waiting: 0 });
      this.load();
    } else if (this.state.link === 'live') {
      this.update({ link: 'paused', waiting: 0 });
    }
  }

  /** Takes the admin token, or a seat's code, that somebody has typed. */
  async useSecret(secret) {
    if (await this.attempt(() => this.source.useSecret(secret))) await this.begin();
  }

  /** Opens a dialog: an object with `title`, `body(app)` and, if it asks something, `done` and `verb`. */
  open(dialog) {
    this.update({ dialog });
  }

  close() {
    this.update({ dialog: null });
  }
}

/** Starts the page on a source of data. */
export function start(source) {
  const app = new App(source, document.getElementById('console'));
  app.begin();
  return app;
}
