import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../core/assert.ts';
import type { InputFrames, ReadOptions } from './input-frames.ts';
import { type FromReader, failureOf, openInputs, type ToReader } from './read-inputs.ts';

// The thread of readInputs: a frame for each `more`, then `end` or `failed`. It runs until it is terminated, so that
// nothing it has said can be lost.

const port = present(parentPort, 'the port of the thread');
let inputs: InputFrames | null = null;
let over = false;

function say(message: FromReader, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}

function readFrame(): void {
  if (over) return;
  try {
    inputs ??= openInputs(workerData as ReadOptions);
    const frame = inputs.next();
    if (frame !== null) {
      say({ kind: 'frame', frame }, [frame.frame.buffer as ArrayBuffer]);
      return;
    }
    over = true;
    inputs.close();
    say({ kind: 'end' });
  } catch (error) {
    over = true;
    say({ kind: 'failed', failure: failureOf(error) });
  }
}

// Each message is answered before the next is looked at, so a credit never overtakes another.
port.on('message', (_: ToReader) => readFrame());
