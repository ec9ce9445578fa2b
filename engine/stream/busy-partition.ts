import type { Value } from '../../core/types.ts';
import type { Frame } from '../../language/plan.ts';
import { type Accumulator, type AggregateShape, createAccumulator } from '../expression/aggregate.ts';
import type { EvaluationErrors } from '../expression/evaluate.ts';
import type { StoredColumn } from '../state/columns.ts';
import type { DistinctColumn } from './distinct-column.ts';
import type { OverRows } from './over-rows.ts';
import { type SlotBlock, SlotOrder } from './slot-order.ts';
import { ValueOccurrences } from './value-occurrences.ts';

/** An aggregate that is asked for over frames. */
export interface Measure {
  readonly shape: AggregateShape;
  /** Null for COUNT(*). */
  readonly input: StoredColumn | null;
  /** For COUNT(DISTINCT): the number of its input among the distinct columns; else null. */
  readonly distinct: number | null;
}

/** What all busy partitions of an OVER share. */
export interface BusyContext {
  readonly rows: OverRows;
  readonly measures: readonly Measure[];
  readonly distincts: readonly DistinctColumn[];
  readonly errors: EvaluationErrors;
}

/** What is known of all rows of a block. */
interface Summary {
  /** By measure; null for those that count different values. */
  readonly accumulators: readonly (Accumulator | null)[];
  /** By distinct column: when the values last came before, ascending. */
  readonly previous: readonly number[][];
}

/** Rows from a place in one block up to, and without, a place in another or the same. */
interface Span {
  readonly fromBlock: number;
  readonly from: number;
  readonly toBlock: number;
  readonly to: number;
}

/**
 * The rows of a partition with many rows and late ones among them, in blocks whose aggregates are known: what is asked
 * of the frame of a late row costs about the root of the number of rows (prefix sums over blocks, after K. Tangwongsan
 * et al., "Optimal and General Out-of-Order Sliding-Window Aggregation", 2019, but with two levels instead of a tree).
 * A value is counted as different in a frame where it came last before the frame.
 */
export class BusyPartition {
  /** Rows that came in order since the last one that was late. */
  quiet = 0;
  readonly #context: BusyContext;
  readonly #order: SlotOrder<Summary>;
  readonly #occurrences: readonly ValueOccurrences[];

  /** Takes in the rows of the partition's list. `isKnown`: whether rows that are gone had the value, by distinct column. */
  constructor(
    context: BusyContext,
    partition: number,
    isKnown: (distinct: number, value: NonNullable<Value>) => boolean,
  ) {
    const { rows, distincts } = context;
    this.#context = context;
    this.#order = new SlotOrder<Summary>(rows);
    this.#occurrences = distincts.map(
      (column, n) =>
        new ValueOccurrences(
          rows,
          column,
          (value) => isKnown(n, value),
          (slot, before, after) => this.#movePrevious(n, slot, before, after),
        ),
    );
    for (let slot = rows.first[partition] as number; slot >= 0; slot = rows.next[slot] as number) {
      this.append(slot);
    }
    this.quiet = 0;
  }

  get size(): number {
    return this.#order.size;
  }

  /** The row after which one with the time is to be linked; -1 for none. */
  lastUpTo(time: number): number {
    return this.#order.lastUpTo(time);
  }

  /** A row that is now the last one of the partition's list; its inputs are set. */
  append(slot: number): void {
    this.quiet++;
    for (const values of this.#occurrences) values.add(slot);
    this.#takeIn(this.#order.append(slot), slot);
  }

  /** A row that has come late; its inputs are set. */
  insert(slot: number): void {
    this.quiet = 0;
    for (const values of this.#occurrences) values.add(slot);
    this.#takeIn(this.#order.insert(slot), slot);
  }

  /** A row is about to leave the list. `forgotten`: what it held is still known, though the row is gone. */
  remove(slot: number, forgotten: boolean): void {
    for (const values of this.#occurrences) values.remove(slot, forgotten);
    this.#giveOut(this.#order.remove(slot), slot);
  }

  /** An aggregate over the own frame of a row; `base`: the same over what came before all rows, or null. */
  ofFrame(frame: Frame, slot: number, measure: number, base: Accumulator | null): Value {
    const span = this.#spanOf(frame, slot);
    const { distinct } = this.#context.measures[measure] as Measure;
    if (distinct === null) return this.#over(span, measure, base).result();
    const unbounded = frame.kind === 'range' ? frame.precedingMicros === null : frame.preceding === null;
    if (unbounded) {
      const known = base === null ? 0 : (base.result() as number);
      return known + this.#countPrevious(span, distinct, Number.NEGATIVE_INFINITY);
    }
    if (frame.kind === 'rows') return this.#over(span, measure, base).result();
    const start = this.#context.rows.timeOf(slot) - (frame.precedingMicros ?? 0);
    return this.#countPrevious(span, distinct, start);
  }

  /** An aggregate over all rows from one on, -1 for none. */
  from(first: number, measure: number, base: Accumulator | null): Accumulator {
    const { blocks } = this.#order;
    if (first < 0) return this.#over({ fromBlock: 0, from: 0, toBlock: 0, to: 0 }, measure, base);
    const fromBlock = this.#order.blockOf(first);
    const from = this.#order.placeOf(blocks[fromBlock] as SlotBlock<Summary>, first);
    const toBlock = blocks.length - 1;
    const to = (blocks[toBlock] as SlotBlock<Summary>).slots.length;
    return this.#over({ fromBlock, from, toBlock, to }, measure, base);
  }

  #spanOf(frame: Frame, slot: number): Span {
    const { blocks } = this.#order;
    const toBlock = this.#order.blockOf(slot);
    const to = this.#order.placeOf(blocks[toBlock] as SlotBlock<Summary>, slot) + 1;
    if (frame.kind === 'range') {
      if (frame.precedingMicros === null) return { fromBlock: 0, from: 0, toBlock, to };
      const start = this.#context.rows.timeOf(slot) - frame.precedingMicros;
      const fromBlock = this.#order.blockBefore(start);
      const from = this.#order.placeFrom(blocks[fromBlock] as SlotBlock<Summary>, start);
      return { fromBlock, from, toBlock, to };
    }
    if (frame.preceding === null) return { fromBlock: 0, from: 0, toBlock, to };
    let fromBlock = toBlock;
    let from = to - 1 - frame.preceding;
    while (from < 0 && fromBlock > 0) {
      fromBlock--;
      from += (blocks[fromBlock] as SlotBlock<Summary>).slots.length;
    }
    return { fromBlock, from: Math.max(0, from), toBlock, to };
  }

  #over(span: Span, measure: number, base: Accumulator | null): Accumulator {
    const total = this.#newAccumulator(measure);
    if (base !== null) total.merge(base);
    const { input } = this.#context.measures[measure] as Measure;
    this.#walk(
      span,
      (slot) => total.add(input === null ? true : input.get(slot)),
      (summary) => {
        const known = summary.accumulators[measure] ?? null;
        if (known === null) return false;
        total.merge(known);
        return true;
      },
    );
    return total;
  }

  /** How many rows of the span have a value that came last before `start`; -Infinity: that never came before. */
  #countPrevious(span: Span, distinct: number, start: number): number {
    const { previous } = this.#context.distincts[distinct] as DistinctColumn;
    const never = start === Number.NEGATIVE_INFINITY;
    let count = 0;
    this.#walk(
      span,
      (slot) => {
        const last = previous[slot] as number;
        if (never ? last === start : last < start) count++;
      },
      (summary) => {
        const times = summary.previous[distinct] as number[];
        count += never ? placeAfter(times, start) : placeFrom(times, start);
        return true;
      },
    );
    return count;
  }

  /** Goes over whole blocks by their summaries, where `onBlock` is content with them, and over all other rows one by one. */
  #walk(span: Span, onSlot: (slot: number) => void, onBlock: (summary: Summary) => boolean): void {
    const { blocks } = this.#order;
    for (let number = span.fromBlock; number <= span.toBlock; number++) {
      const block = blocks[number];
      if (block === undefined) return;
      const start = number === span.fromBlock ? span.from : 0;
      const end = number === span.toBlock ? span.to : block.slots.length;
      if (start === 0 && end === block.slots.length && onBlock(this.#summaryOf(block))) continue;
      for (let n = start; n < end; n++) onSlot(block.slots[n] as number);
    }
  }

  #summaryOf(block: SlotBlock<Summary>): Summary {
    if (block.summary !== null) return block.summary;
    const { measures, distincts } = this.#context;
    const summary: Summary = {
      accumulators: measures.map(({ distinct }, n) => (distinct === null ? this.#newAccumulator(n) : null)),
      previous: distincts.map(({ previous }) =>
        block.slots.map((slot) => previous[slot] as number).sort((a, b) => a - b),
      ),
    };
    for (const slot of block.slots) this.#addTo(summary, slot);
    block.summary = summary;
    return summary;
  }

  #newAccumulator(measure: number): Accumulator {
    return createAccumulator((this.#context.measures[measure] as Measure).shape, this.#context.errors);
  }

  #addTo({ accumulators }: Summary, slot: number): void {
    const { measures } = this.#context;
    for (let n = 0; n < measures.length; n++) {
      const { input } = measures[n] as Measure;
      accumulators[n]?.add(input === null ? true : input.get(slot));
    }
  }

  #takeIn(block: SlotBlock<Summary>, slot: number): void {
    const { summary } = block;
    if (summary === null) return;
    this.#addTo(summary, slot);
    this.#context.distincts.forEach(({ previous }, n) => {
      const times = summary.previous[n] as number[];
      const time = previous[slot] as number;
      times.splice(placeAfter(times, time), 0, time);
    });
  }

  #giveOut(block: SlotBlock<Summary>, slot: number): void {
    const { summary } = block;
    if (summary === null) return;
    const { measures, distincts } = this.#context;
    for (let n = 0; n < measures.length; n++) {
      const { shape, input } = measures[n] as Measure;
      const accumulator = summary.accumulators[n] ?? null;
      if (accumulator === null) continue;
      const value = input === null ? true : input.get(slot);
      if (shape.name !== 'min' && shape.name !== 'max') accumulator.remove(value);
      else if (value === accumulator.result()) {
        // What comes next is found out when it is asked for.
        block.summary = null;
        return;
      }
    }
    distincts.forEach(({ previous }, n) => {
      const times = summary.previous[n] as number[];
      times.splice(placeFrom(times, previous[slot] as number), 1);
    });
  }

  /** The value of a row came last before it at another time than was known. */
  #movePrevious(distinct: number, slot: number, before: number, after: number): void {
    const block = this.#order.blocks[this.#order.blockOf(slot)];
    if (block === undefined || block.summary === null) return;
    const times = block.summary.previous[distinct] as number[];
    times.splice(placeFrom(times, before), 1);
    times.splice(placeAfter(times, after), 0, after);
  }
}

/** How many of ascending times are before one. */
function placeFrom(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of ascending times are not after one. */
function placeAfter(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
