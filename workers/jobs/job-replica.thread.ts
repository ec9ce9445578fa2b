import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../core/assert.ts';
import { Fold } from '../../engine/fold.ts';
import type { JobResult } from '../../engine/job-sharing.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { applyFrame } from '../stream/apply-frame.ts';
import type { FromReplica, ReplicaShare, ToReplica } from './job-messages.ts';

// A job thread: folds the same frames as the worker and runs its share of the jobs that only report. What is thrown
// here ends the thread, which the worker sees.

const port = present(parentPort, 'the port of the thread');
const { tenant, index, of } = workerData as ReplicaShare;
let generation = 0;
let results: JobResult[] = [];
let fold = emptyFold();

function emptyFold(): Fold {
  return new Fold({
    tenant,
    compile: compileDefinitions,
    emit: () => undefined,
    jobs: { kind: 'share', index, of, deliver: (result) => results.push(result) },
  });
}

port.on('message', (message: ToReplica) => {
  switch (message.kind) {
    case 'restart':
      generation = message.generation;
      fold = emptyFold();
      return;
    case 'restore':
      fold.restore(message.entries, message.head);
      return;
    case 'frame': {
      // Definitions that cannot take effect are refused here as they are by the worker.
      applyFrame(fold, message.bytes, message.history, () => undefined);
      const answer: FromReplica = { generation, results };
      results = [];
      port.postMessage(answer);
    }
  }
});
