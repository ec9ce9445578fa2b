import { present } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import { type LogState, listBatches, readState } from './batch-index.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { encodeTrimmed, type LogKeys } from './log-keys.ts';

/**
 * Deletes the batches before the number `before`, LIMITS.etcdTrimKeys in a transaction that also counts them: a crash in
 * between leaves the count right. Of two that trim at once one finds its comparison false and looks again. Returns what the
 * log holds afterwards. Throws EtcdFailure, BatchDamage.
 */
export async function trimBatches(cluster: EtcdCluster, keys: LogKeys, before: number): Promise<LogState> {
  for (;;) {
    let state = await readState(cluster, keys);
    const until = Math.min(before, state.count);
    if (until <= state.trimmed.count) return state;
    const listed = await listBatches(cluster, keys, state);
    for (let n = 0; state.trimmed.count < until; ) {
      const some = listed.slice(n, n + Math.min(LIMITS.etcdTrimKeys, until - state.trimmed.count));
      const trimmed = {
        count: state.trimmed.count + some.length,
        revision: present(some.at(-1), 'a batch').revision,
      };
      const was = encodeTrimmed(state.trimmed);
      const { succeeded } = await cluster.call(({ client, options }) =>
        client.kv.txn(
          {
            compare: [{ key: keys.trimmed, result: 'Equal', target: 'Value', value: was }],
            success: [
              ...some.map(({ key }) => ({ request_delete_range: { key } })),
              { request_put: { key: keys.trimmed, value: encodeTrimmed(trimmed) } },
            ],
          },
          options,
        ),
      );
      // Also after a try of which no answer came: then it is done already.
      if (!succeeded) break;
      state = { ...state, trimmed };
      n += some.length;
    }
  }
}
