import { parentPort } from 'node:worker_threads';
import { present } from '../../core/assert.ts';
import { yieldToOtherThreads } from '../../core/thread-priority.ts';
import { answerCompiler, type ToCompiler } from './definition-compiler.ts';

// Compiles definition texts for all tenants of the engines, one after the other.

yieldToOtherThreads();
const port = present(parentPort, 'the port of the thread');
port.on('message', (asked: ToCompiler) => port.postMessage(answerCompiler(asked)));
