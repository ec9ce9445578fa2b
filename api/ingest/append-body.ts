import { setImmediate } from 'node:timers/promises';
import { type ErrorCode, RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { BodyFrame, BodyReading, RejectedRow } from '../../core/ports/body-encoder.ts';
import type { Applied, Appended, RelationSchema } from '../../core/ports/engine.ts';
import type { TenantContext } from '../request-context.ts';
import { admitRecords } from './admit-records.ts';
import { formatWriteToken } from '../write-token.ts';

/** What a write waits for: that its rows are durable, or that they are folded as well. */
export type Wait = 'durable' | 'applied';

/** What came of the rows of a body. Of those after `rows` nothing is known. */
export interface WriteResult {
  /** Rows from the body's beginning that are dealt with: accepted or rejected. */
  readonly rows: number;
  /** Records that are durable now. */
  readonly accepted: number;
  /** Rows that were not taken, and why; the first LIMITS.rejectedRowsListed of them by index, or with `rejectedMax` all. */
  readonly rejectedCount: number;
  readonly rejectedByCode: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly rejected: readonly RejectedRow[];
  /** Fields that no column reads, by name: in how many rows. */
  readonly unknownFields: Readonly<Record<string, number>>;
  /** Of the accepted; null unless waited for. */
  readonly duplicates: number | null;
  readonly late: number | null;
  readonly refused: number | null;
  /** Of the log, after the last accepted row; null where none was. */
  readonly offset: number | null;
  /** Null unless waited for. */
  readonly position: number | null;
  readonly token: string | null;
}

/** The rows that were dealt with, and what ended the body before its end; null where nothing did. */
export interface WriteOutcome {
  readonly result: WriteResult;
  readonly failure: { readonly error: unknown } | null;
}

export interface WriteRequest {
  readonly context: TenantContext;
  readonly reading: BodyReading;
  readonly wait: Wait;
  /** Rejected rows after which the body is read no further; each is listed. Null: it is read to its end. */
  readonly rejectedMax?: number | null;
  /** Bytes of the body since this was last asked, for the quota. */
  readonly bytes: () => number;
  /** Hears of each frame how many milliseconds it took to become durable. */
  readonly timed?: (durableMs: number) => void;
}

/**
 * Appends the rows of a body to the tenant's log, a few frames ahead of what is durable. Never throws for what the body or
 * the engine does: what was kept by then is in the result.
 */
export async function appendBody(request: WriteRequest): Promise<WriteOutcome> {
  const writing = new Writing(request);
  try {
    for await (const stretch of request.reading) await writing.take(stretch);
  } catch (error) {
    writing.fail(error);
  }
  return writing.finish();
}

/**
 * Notes in the audit log that someone is going to change rows of a table, before any is taken: what cannot be noted is not
 * done. Events are not noted: the log has each, and what it has it never loses.
 */
export async function noteRowChange({ tenant }: TenantContext, relation: RelationSchema): Promise<void> {
  if (relation.kind === 'table') await tenant.audit.recordChange('rows.change', relation.name);
}

class Writing {
  readonly #request: WriteRequest;
  readonly #inFlight: Promise<void>[] = [];
  readonly #applied: Promise<void>[] = [];
  readonly #byCode = new Map<ErrorCode, number>();
  #rejected: RejectedRow[] = [];
  #failure: { readonly error: unknown } | null = null;
  /** Whether a frame could not be appended: those after it are of no beginning. */
  #gap = false;
  #rows = 0;
  #accepted = 0;
  #rejectedCount = 0;
  #duplicates = 0;
  #late = 0;
  #refused = 0;
  #offset: number | null = null;
  #position: number | null = null;

  /** Rejected rows that the answer lists: where they are borne up to a number, frames under way may have some more. */
  readonly #listed: number;

  constructor(request: WriteRequest) {
    this.#request = request;
    const { rejectedMax = null } = request;
    this.#listed = rejectedMax === null ? LIMITS.rejectedRowsListed : Number.POSITIVE_INFINITY;
  }

  /** Appends a stretch; waits while as many frames as may be are under way. Throws where the writing has failed. */
  async take(stretch: BodyFrame): Promise<void> {
    const { context, bytes } = this.#request;
    if (stretch.records > 0) await admitRecords(context, stretch.records, bytes);
    while (this.#inFlight.length >= LIMITS.bodyFramesInFlight) await this.#inFlight.shift();
    if (this.#failure !== null) throw this.#failure.error;
    // Nothing else makes a body of bad rows wait, so that other requests would until its bytes are used up.
    if (stretch.rejected.length >= LIMITS.bodyRejectedRows) await setImmediate();
    const { frame } = stretch;
    this.#inFlight.push(frame === null ? this.#settleInTurn(stretch) : this.#append(stretch, frame));
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  async finish(): Promise<WriteOutcome> {
    await Promise.all(this.#inFlight);
    await Promise.all(this.#applied);
    const { context, reading, wait, bytes } = this.#request;
    // What came after the last row that was taken was read as well.
    context.tenant.usage.count('bytes', bytes());
    const applied = wait === 'applied';
    this.#rejected.sort((a, b) => a.index - b.index);
    return {
      failure: this.#failure,
      result: {
        rows: this.#rows,
        accepted: this.#accepted,
        rejectedCount: this.#rejectedCount,
        rejectedByCode: Object.fromEntries(this.#byCode),
        rejected: this.#rejected.slice(0, this.#listed),
        unknownFields: reading.unknownFields(),
        duplicates: applied ? this.#duplicates : null,
        late: applied ? this.#late : null,
        refused: applied ? this.#refused : null,
        offset: this.#offset,
        position: this.#position,
        token:
          this.#offset === null
            ? null
            : formatWriteToken({ tenant: context.tenant.id, epoch: 0, offset: this.#offset }),
      },
    };
  }

  async #append(stretch: BodyFrame, frame: Uint8Array): Promise<void> {
    const begunMs = performance.now();
    try {
      const appended = await this.#request.context.engine.append(frame, stretch.records);
      this.#request.timed?.(performance.now() - begunMs);
      // Frames become durable in the order of their calls.
      this.#accepted += stretch.records;
      this.#offset = appended.offset + 1;
      if (!this.#gap) this.#settle(stretch);
      if (this.#request.wait === 'applied') this.#applied.push(this.#follow(stretch, appended));
    } catch (error) {
      this.#gap = true;
      this.fail(error);
    }
  }

  /** A stretch without a frame is dealt with when those before it are. */
  async #settleInTurn(stretch: BodyFrame): Promise<void> {
    await this.#inFlight.at(-1);
    if (!this.#gap) this.#settle(stretch);
  }

  /** Counts the stretch's rows as dealt with. */
  #settle(stretch: BodyFrame): void {
    this.#rows = stretch.firstIndex + stretch.rows;
    this.#request.context.tenant.usage.count('rejectedRows', stretch.rejected.length);
    for (const row of stretch.rejected) this.#reject(row);
    const { rejectedMax = null } = this.#request;
    if (rejectedMax !== null && this.#rejectedCount > rejectedMax) {
      this.fail(new RingwatchError('ROWS_REJECTED', { count: this.#rejectedCount, limit: rejectedMax }));
    }
  }

  #reject(row: RejectedRow): void {
    this.#rejectedCount++;
    this.#byCode.set(row.code, (this.#byCode.get(row.code) ?? 0) + 1);
    if (this.#rejected.length < this.#listed * 2) this.#rejected.push(row);
  }

  async #follow(stretch: BodyFrame, appended: Appended): Promise<void> {
    try {
      this.#count(stretch, await appended.applied());
    } catch (error) {
      this.fail(error);
    }
  }

  #count(stretch: BodyFrame, applied: Applied): void {
    this.#position = applied.position;
    this.#duplicates += applied.duplicates;
    this.#late += applied.late;
    this.#refused += applied.refused;
    for (const exception of applied.exceptions) {
      if (exception.kind !== 'rejected') continue;
      this.#accepted--;
      const { code } = exception;
      const index = bodyIndex(stretch, exception.index);
      this.#reject({
        index,
        code,
        reason: 'it does not fit the definitions that came into force while it was on its way',
        column: null,
      });
    }
  }
}

/** The place in the body of a record of a stretch's frame. */
function bodyIndex(stretch: BodyFrame, record: number): number {
  let index = stretch.firstIndex + record;
  for (const row of stretch.rejected) {
    if (row.index > index) break;
    index++;
  }
  return index;
}
