// Which views there are, for whom.
import { controls } from './controls.js';
import { exercises } from './exercises.js';
import { profiles } from './profiles.js';
import { queue } from './queue.js';
import { requests } from './requests.js';
import { room } from './room.js';
import { state } from './state.js';

const ALL = [requests, queue, profiles, state, controls, room];
const OF_SEAT = [exercises, requests, queue];
const OF_REPORT = [requests, queue, state];

export function viewsOf(app) {
  if (!app.source.isLive) return OF_REPORT;
  return app.state.role?.role === 'seat' ? OF_SEAT : ALL;
}
