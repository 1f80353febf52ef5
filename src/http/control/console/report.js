// The page of a report, which has its data inside. It begins with what was refused.
import { start } from './app.js';
import { recordedSource } from './recorded.js';

const record = JSON.parse(document.getElementById('record').textContent);
if (!location.hash && record.refused.requests.length) history.replaceState(null, '', '#refused=1');
start(recordedSource(record));
