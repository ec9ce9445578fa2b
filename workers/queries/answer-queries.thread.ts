import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../core/assert.ts';
import { yieldToOtherThreads } from '../../core/thread-priority.ts';
import type { QueryThreadData, ToQueries } from './query-messages.ts';
import { QuerySpace } from './query-space.ts';

// Answers queries on copies of graphs. What is thrown here beside a query's own errors ends the thread, which those who ask see.

yieldToOtherThreads();

const port = present(parentPort, 'the port of the thread');
const space = new QuerySpace((workerData as QueryThreadData).control, (message, transfer) =>
  port.postMessage(message, transfer),
);
port.on('message', (message: ToQueries) => space.take(message));
