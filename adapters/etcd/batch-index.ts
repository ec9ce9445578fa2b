import type { IKeyValue } from 'etcd3';
import { present } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import { BatchDamage } from '../../core/frame-batch.ts';
import type { EtcdCluster } from './etcd-cluster.ts';
import { decodeTrimmed, type LogKeys, type Trimmed } from './log-keys.ts';

/** What a log holds at a revision of the store. */
export interface LogState {
  readonly revision: number;
  /** Batches ever written: the number of the next one. */
  readonly count: number;
  readonly trimmed: Trimmed;
}

/** A batch as it is stored. */
export interface StoredBatch {
  readonly number: number;
  readonly value: Buffer;
}

/**
 * What the log holds now, by a linearizable read: everything that was acknowledged to anyone before the call is counted.
 * Throws EtcdFailure; BatchDamage where the log's own keys are missing or wrong.
 */
export async function readState(cluster: EtcdCluster, keys: LogKeys): Promise<LogState> {
  const { header, responses } = await cluster.call(({ client, options }) =>
    client.kv.txn(
      { success: [{ request_range: { key: keys.head } }, { request_range: { key: keys.trimmed } }] },
      options,
    ),
  );
  const [head, stored] = responses.map(({ response_range: { kvs } }) => kvs[0]);
  const trimmed = stored === undefined ? null : decodeTrimmed(stored.value);
  if (trimmed === null) throw new BatchDamage('the count of what was trimmed is missing or damaged');
  const count = head === undefined ? 0 : Number(head.version);
  if (count < trimmed.count)
    throw new BatchDamage(`${trimmed.count} batches were trimmed where its counter says ${count}`);
  return { revision: Number(header.revision), count, trimmed };
}

/**
 * The keys of all batches at the revision of `state`, in the order of their numbers; the first has the number
 * `state.trimmed.count`. Etcd sorts by key only without reading everything, so that the order is made here. Takes a call for
 * each LIMITS.etcdListKeys batches. Throws EtcdFailure, `compacted` too; BatchDamage where they are not as many as `state` says.
 */
export async function listBatches(
  cluster: EtcdCluster,
  keys: LogKeys,
  state: LogState,
): Promise<readonly BatchKey[]> {
  const found: BatchKey[] = [];
  let from: Buffer | undefined;
  for (let more = true; more; ) {
    const page = await cluster.call(({ client, options }) =>
      client.kv.range(
        {
          ...keys.batchesFrom(from),
          revision: state.revision,
          limit: LIMITS.etcdListKeys,
          keys_only: true,
        },
        options,
      ),
    );
    for (const { key, create_revision } of page.kvs) found.push({ key, revision: Number(create_revision) });
    more = page.more;
    // The smallest key after the last one.
    if (more) from = Buffer.concat([present(page.kvs.at(-1)).key, Buffer.of(0)]);
  }
  const { count, trimmed } = state;
  if (found.length !== count - trimmed.count) {
    const expected = `${count} were written and ${trimmed.count} trimmed`;
    throw new BatchDamage(`it has ${found.length} batches where ${expected}`);
  }
  return found.sort((a, b) => a.revision - b.revision);
}

/** The key of a batch, and the revision that it was written in. */
export interface BatchKey {
  readonly key: Buffer;
  readonly revision: number;
}

/**
 * The batches of `listed` from the number `from` on, a few at a time. `first` is the number of the first one of the list.
 * Throws EtcdFailure; BatchGone where one is not there any more.
 */
export async function* readBatches(
  cluster: EtcdCluster,
  listed: readonly BatchKey[],
  first: number,
  from: number,
): AsyncIterable<StoredBatch> {
  let atOnce = 1;
  for (let n = Math.max(0, from - first); n < listed.length; ) {
    const some = listed.slice(n, n + atOnce);
    const { responses } = await cluster.call(({ client, options }) =>
      client.kv.txn({ success: some.map(({ key }) => ({ request_range: { key } })) }, options),
    );
    let bytes = 0;
    for (const { response_range } of responses) {
      const stored: IKeyValue | undefined = response_range.kvs[0];
      if (stored === undefined) throw new BatchGone(first + n);
      bytes += stored.value.length;
      yield { number: first + n, value: stored.value };
      n++;
    }
    // About as many as make LIMITS.etcdReadBytes by the size of these.
    const fitting = Math.floor((LIMITS.etcdReadBytes * some.length) / Math.max(1, bytes));
    atOnce = Math.max(1, Math.min(fitting, 4 * atOnce, LIMITS.etcdReadKeys));
  }
}

/** A batch that was listed is not there: it was trimmed meanwhile, or someone has deleted it. */
export class BatchGone extends Error {
  override readonly name = 'BatchGone';
  readonly number: number;

  constructor(number: number) {
    super(`batch ${number} is gone`);
    this.number = number;
  }
}
