import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../core/assert.ts';
import type { EngineOptions } from './engines.ts';
import { runEngines } from './run-engines.ts';

// The engines of all tenants. What one tenant's data or rules cause stops that tenant alone; what is thrown here
// beside that ends the thread, which the gateway sees.

runEngines(present(parentPort, 'the port of the thread'), workerData as EngineOptions);
