import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { compareBytes } from '../../core/compare.ts';
import { RingwatchError } from '../../core/errors.ts';
import { TIMESTAMP_MICROS_MAX } from '../../core/timestamp.ts';
import type { Row } from '../../core/types.ts';
import type { SourcePlan } from '../../language/plan.ts';
import { compileExpression } from '../expression/compile.ts';
import { EMPTY, type Evaluate, type EvaluationErrors } from '../expression/evaluate.ts';
import { ColumnStore } from '../state/column-store.ts';
import { KeyEncoder } from '../state/key-encoder.ts';
import { KeyIndex } from '../state/key-index.ts';
import { SlotQueue } from '../state/slot-queue.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';

/** What becomes of an event that is not rejected. */
export type Admission = 'accepted' | 'duplicate' | 'late';

const KEY = 0;
const TIME = 1;
const POSITION = 2;

/** Before the number of each stored chunk of keys. */
const KEY_CHUNKS = 'keys ';

/**
 * What the fold knows of one source: how far its time has come, and the keys of events that could still be repeated.
 * A key is remembered as long as `event time >= watermark - allowed_lateness`; forgetting it for good comes later.
 */
export class SourceState implements StatePart {
  readonly name: string;
  /** Microseconds; -Infinity before the first event, TIMESTAMP_MICROS_MAX after the end of time. */
  watermark = Number.NEGATIVE_INFINITY;
  /** Left out of minima since a tick found it silent, until the next event. */
  idle = false;
  /** The position of the event that the last duplicate repeats. */
  repeated = -1;
  #plan: SourcePlan;
  #watermarkOf: Evaluate | null = null;
  #latenessMicros = 0;
  /** Events before this are late beyond lateness; never falls, even where a new definition allows more lateness. */
  #horizon = Number.NEGATIVE_INFINITY;
  /** Arrival of the newest accepted event, or of the definition. */
  #lastArrivalMicros = 0;
  #changed = true;
  readonly #keys = new ColumnStore(['bytes', 'number', 'number']);
  readonly #keyBytes = this.#keys.texts(KEY);
  readonly #times = this.#keys.numbers(TIME);
  readonly #positions = this.#keys.numbers(POSITION);
  readonly #index = new KeyIndex(this.#keyBytes);
  readonly #arrivals = new SlotQueue();
  readonly #encoder = new KeyEncoder();

  constructor(plan: SourcePlan, errors: EvaluationErrors) {
    this.name = `source/${plan.name}`;
    this.#plan = plan;
    this.configure(plan, errors);
  }

  /** Takes the plan of new definitions. */
  configure(plan: SourcePlan, errors: EvaluationErrors): void {
    this.#plan = plan;
    const time = plan.eventTime;
    this.#watermarkOf = time === null ? null : compileExpression(time.watermark, { errors, elements: null });
    this.#latenessMicros = time?.allowedLatenessMicros ?? 0;
    this.#raiseHorizon();
    if ((time?.idleTimeoutMicros ?? null) === null) this.idle = false;
  }

  /** The arrival of the record that defines the source: it is silent from then on. */
  begin(arrivalMicros: number): void {
    this.#lastArrivalMicros = arrivalMicros;
    this.#changed = true;
  }

  /** Events with an earlier time are late beyond lateness. Microseconds; -Infinity where nothing is. */
  get horizon(): number {
    return this.#horizon;
  }

  /** When the newest of its events arrived; 0 before the first. */
  get lastArrivalMicros(): number {
    return this.#lastArrivalMicros;
  }

  /**
   * Decides on an event by what came before it, and remembers the key of an accepted one. The row is whole, `position`
   * the one that it takes unless it is a duplicate.
   */
  admit(row: Row, arrivalMicros: number, position: number): Admission {
    const plan = this.#plan;
    const at = plan.eventTime === null ? 0 : (row[plan.eventTime.column] as number);
    const late = plan.eventTime !== null && at < this.#horizon;
    if (plan.key.length > 0) {
      const encoder = this.#encoder;
      encoder.row(row, plan.key);
      const known = this.#index.find(encoder);
      if (known >= 0) {
        if (plan.eventTime === null || (this.#times.values[known] as number) >= this.#horizon) {
          this.repeated = this.#positions.values[known] as number;
          return 'duplicate';
        }
      }
      if (!late) this.#remember(known, at, position);
    }
    this.#lastArrivalMicros = Math.max(this.#lastArrivalMicros, arrivalMicros);
    this.idle = false;
    this.#changed = true;
    return late ? 'late' : 'accepted';
  }

  /** Moves the watermark to where an accepted event puts it. */
  advance(row: Row): void {
    if (this.#watermarkOf === null) return;
    const mark = this.#watermarkOf(row, EMPTY, EMPTY) as number | null;
    if (mark !== null && mark > this.watermark) this.#moveTo(mark);
  }

  /** No event will come any more. */
  end(): void {
    if (this.#plan.eventTime !== null) this.#moveTo(TIMESTAMP_MICROS_MAX);
  }

  /** A tick: whether the source has been silent for its idle_timeout. */
  tick(arrivalMicros: number): void {
    if (!this.isTickDue(arrivalMicros)) return;
    this.idle = true;
    this.#changed = true;
  }

  /** Whether a tick of this time would find that the source has fallen silent. */
  isTickDue(arrivalMicros: number): boolean {
    const timeout = this.#plan.eventTime?.idleTimeoutMicros ?? null;
    return !this.idle && timeout !== null && arrivalMicros - this.#lastArrivalMicros >= timeout;
  }

  /** Forgets keys that can no longer be repeated. */
  trim(): void {
    const times = this.#times.values;
    for (let slot = this.#arrivals.first(); slot >= 0; slot = this.#arrivals.first()) {
      if (this.#keys.isLive(slot)) {
        if ((times[slot] as number) >= this.#horizon) return;
        this.#forget(slot);
      }
      this.#arrivals.shift();
    }
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    this.#keys.saveChanges(KEY_CHUNKS, put);
    if (!this.#changed) return;
    const writer = new ByteWriter(64);
    writer.f64(this.watermark);
    writer.f64(this.#horizon);
    writer.f64(this.#lastArrivalMicros);
    writer.u8(this.idle ? 1 : 0);
    put('time', writer.finish());
    this.#changed = false;
  }

  changedBytes(): number {
    return this.#keys.changedBytes() + (this.#changed ? 32 : 0);
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      if (key === 'time') {
        const reader = new ByteReader(bytes);
        this.watermark = reader.f64();
        this.#horizon = reader.f64();
        this.#lastArrivalMicros = reader.f64();
        this.idle = reader.u8() === 1;
      } else if (key.startsWith(KEY_CHUNKS)) this.#keys.restoreChunk(key.slice(KEY_CHUNKS.length), bytes);
      else {
        // Builds before this one kept keys without positions: the log is folded again.
        const reason = `its entry ${key} is of another build`;
        throw new RingwatchError('CHECKPOINT_CORRUPT', { path: 'the data folder', reason });
      }
    }
    this.#changed = false;
    this.#keys.finishRestore();
    const times = this.#times.values;
    const live: number[] = [];
    for (let slot = 0; slot < this.#keys.end; slot++) {
      if (!this.#keys.isLive(slot)) continue;
      if (this.#plan.eventTime !== null && (times[slot] as number) < this.#horizon) {
        this.#keys.free(slot, true);
        continue;
      }
      this.#index.insertStored(slot);
      live.push(slot);
    }
    live.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    for (const slot of live) this.#arrivals.push(slot);
  }

  hashContent(hash: ContentHash): void {
    hash.text(this.name);
    hash.value(Number.isFinite(this.watermark) ? this.watermark : null);
    const times = this.#times;
    const live: { readonly key: Uint8Array; readonly time: number }[] = [];
    for (let slot = 0; slot < this.#keys.end; slot++) {
      if (!this.#keys.isLive(slot)) continue;
      const time = times.values[slot] as number;
      if (this.#plan.eventTime !== null && time < this.#horizon) continue;
      live.push({ key: this.#keyBytes.view(slot), time });
    }
    live.sort((a, b) => compareBytes(a.key, b.key));
    for (const { key, time } of live) hash.row([Buffer.from(key).toString('latin1'), time]);
  }

  describe(): Readonly<Record<string, number>> {
    return { keys: this.#keys.rows, bytes: this.#keys.bytes() + this.#index.bytes() };
  }

  #moveTo(watermark: number): void {
    this.watermark = watermark;
    this.#raiseHorizon();
    this.#changed = true;
  }

  #raiseHorizon(): void {
    const horizon = this.watermark - this.#latenessMicros;
    if (horizon <= this.#horizon) return;
    this.#horizon = horizon;
    this.#changed = true;
  }

  #remember(known: number, at: number, position: number): void {
    if (known >= 0) this.#forget(known);
    const slot = this.#keys.allocate();
    this.#keyBytes.setBytes(slot, this.#encoder.bytes, 0, this.#encoder.length);
    this.#times.set(slot, at);
    this.#positions.set(slot, position);
    this.#index.insert(slot, this.#encoder);
    if (this.#plan.eventTime !== null) this.#arrivals.push(slot);
  }

  #forget(slot: number): void {
    this.#index.remove(slot);
    this.#keys.free(slot, true);
  }
}
