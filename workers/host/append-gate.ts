import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';

interface Waiting {
  readonly bytes: number;
  readonly adds: () => boolean;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/** The weight of the newest frame in what folding is taken to cost. */
const NEWEST_WEIGHT = 0.2;

/**
 * How much of a tenant may be in flight: handed to its engine and not folded. Frames beyond wait here in order, which is
 * how backpressure reaches whoever sends; too many that wait are refused. What is in flight is bounded by frames, bytes,
 * and the time that folding it is going to take, so that a decision does not wait long behind it.
 */
export class AppendGate {
  frames = 0;
  bytes = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Of folding a byte; 0 before the first frame. */
  #msPerByte = 0;
  /** From handing a frame over to its being durable. */
  #commitMs = 0;
  /** What frames that add are refused with. */
  #shortage: Error | null = null;

  /**
   * Resolves when a frame of so many bytes may be handed over, and counts it. Rejects with ENGINE_BUSY, and while memory is short
   * with what `shorten` was given; `adds` then says whether the frame does more than delete.
   */
  enter(bytes: number, adds: () => boolean = () => true): Promise<void> {
    if (this.#shortage !== null && adds()) return Promise.reject(this.#shortage);
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) {
      this.#count(bytes);
      return Promise.resolve();
    }
    const frames = this.#waiting.length;
    if (frames >= LIMITS.framesWaitingMax || this.#waitingBytes + bytes > LIMITS.bytesWaitingMax) {
      return Promise.reject(new RingwatchError('ENGINE_BUSY', { frames }));
    }
    this.#waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, adds, enter: resolve, refuse: reject });
    });
  }

  /** A frame is durable, `ms` after it was handed over. */
  committed(ms: number): void {
    this.#commitMs += (ms - this.#commitMs) * NEWEST_WEIGHT;
  }

  /** A frame that was in flight is folded, in `ms` of the engine's time (null: it failed). */
  leave(bytes: number, ms: number | null): void {
    this.frames--;
    this.bytes -= bytes;
    if (ms !== null) this.#msPerByte += (ms / bytes - this.#msPerByte) * NEWEST_WEIGHT;
    while (this.#waiting.length > 0 && this.#hasRoom((this.#waiting[0] as Waiting).bytes)) {
      const next = present(this.#waiting.shift());
      this.#waitingBytes -= next.bytes;
      this.#count(next.bytes);
      next.enter();
    }
  }

  /** Memory is short, for which frames that add are refused, those that wait among them; null: it is so no more. */
  shorten(shortage: Error | null): void {
    // Those that add have been refused when it began, and since then at once.
    const hasBegun = shortage !== null && this.#shortage === null;
    this.#shortage = shortage;
    if (!hasBegun) return;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ adds }) => !adds());
    this.#waitingBytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    const kept = new Set(this.#waiting);
    for (const each of waiting) if (!kept.has(each)) each.refuse(shortage);
  }

  /** Refuses all that wait. */
  refuseAll(error: Error): void {
    const refused = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { refuse } of refused) refuse(error);
  }

  #count(bytes: number): void {
    this.frames++;
    this.bytes += bytes;
  }

  /** One frame is always let in. Two commits' worth keeps the fold busy where the disk is slow. */
  #hasRoom(bytes: number): boolean {
    if (this.frames === 0) return true;
    if (this.frames >= LIMITS.framesInFlightMax || this.bytes + bytes > LIMITS.bytesInFlightMax) return false;
    return this.bytes * this.#msPerByte < LIMITS.foldInFlightMs + 2 * this.#commitMs;
  }
}
