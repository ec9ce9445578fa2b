import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../core/assert.ts';
import type { QueryThreadData, ToQueries } from './query-messages.ts';
import { QuerySpace } from './query-space.ts';

// Answers queries on copies of graphs. What is thrown here beside a query's own errors ends the thread, which those who ask see.

// On Linux a thread has a priority of its own: whatever queries take, events and requests come first.
const BEHIND_EVENTS = 10;
if (process.platform === 'linux') os.setPriority(BEHIND_EVENTS);

const port = present(parentPort, 'the port of the thread');
const space = new QuerySpace((workerData as QueryThreadData).control, (message, transfer) =>
  port.postMessage(message, transfer),
);
port.on('message', (message: ToQueries) => space.take(message));
