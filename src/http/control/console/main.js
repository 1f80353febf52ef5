// The page of a running server.
import { start } from './app.js';
import { liveSource } from './live.js';

start(liveSource());
