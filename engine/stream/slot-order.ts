import type { OverRows } from './over-rows.ts';

/** Rows that stand together in an order. `summary`: what their owner knows of all of them, null where that is unknown. */
export interface SlotBlock<S> {
  /** In order, never empty. */
  readonly slots: number[];
  summary: S | null;
}

/** Rows of a block, at least and at most; between them it is the root of their number. */
const BLOCK_ROWS_MIN = 32;
const BLOCK_ROWS_MAX = 1024;

/**
 * Slots in (time, arrival) order, in blocks of about the root of their number: a row is put in or taken out anywhere at
 * the cost of one block, and what is asked of many rows is answered by the summaries of whole blocks.
 */
export class SlotOrder<S> {
  readonly blocks: SlotBlock<S>[] = [];
  size = 0;
  readonly #rows: OverRows;

  constructor(rows: OverRows) {
    this.#rows = rows;
  }

  /** Adds a row that comes after all others. Returns its block, whose summary does not know of it yet. */
  append(slot: number): SlotBlock<S> {
    this.size++;
    const last = this.blocks[this.blocks.length - 1];
    if (last !== undefined && last.slots.length < this.#blockRows()) {
      last.slots.push(slot);
      return last;
    }
    const block: SlotBlock<S> = { slots: [slot], summary: null };
    this.blocks.push(block);
    return block;
  }

  /** Adds a row where it belongs. Returns its block, whose summary does not know of it yet. */
  insert(slot: number): SlotBlock<S> {
    if (this.size === 0) return this.append(slot);
    let number = Math.max(0, this.#blockUpTo(this.#rows.timeOf(slot), this.#rows.arrivalOf(slot)));
    let block = this.blocks[number] as SlotBlock<S>;
    const place = this.#placeIn(block, slot);
    if (place === block.slots.length && number === this.blocks.length - 1) return this.append(slot);
    this.size++;
    if (block.slots.length < this.#blockRows()) {
      block.slots.splice(place, 0, slot);
      return block;
    }
    const half = block.slots.length >> 1;
    const second: SlotBlock<S> = { slots: block.slots.splice(half), summary: null };
    block.summary = null;
    this.blocks.splice(number + 1, 0, second);
    if (place > half) {
      number++;
      block = second;
    }
    block.slots.splice(this.#placeIn(block, slot), 0, slot);
    return block;
  }

  /** Takes a row out that is there. Returns the block that it was in, whose summary still knows of it. */
  remove(slot: number): SlotBlock<S> {
    const number = this.blockOf(slot);
    const block = this.blocks[number] as SlotBlock<S>;
    block.slots.splice(this.placeOf(block, slot), 1);
    if (block.slots.length === 0) this.blocks.splice(number, 1);
    this.size--;
    return block;
  }

  /** The number of the block that holds a row, which is there. */
  blockOf(slot: number): number {
    return this.#blockUpTo(this.#rows.timeOf(slot), this.#rows.arrivalOf(slot));
  }

  /** Where in its block a row stands that is there. */
  placeOf(block: SlotBlock<S>, slot: number): number {
    return this.#placeIn(block, slot) - 1;
  }

  /** The last row up to a time, ties included; -1 where there is none. */
  lastUpTo(time: number): number {
    const block = this.blocks[this.#blockUpTo(time, Number.POSITIVE_INFINITY)];
    return block === undefined ? -1 : (block.slots[this.placeAfter(block, time) - 1] as number);
  }

  /** The row before one that is there; -1 where it is the first. */
  before(slot: number): number {
    const number = this.blockOf(slot);
    const block = this.blocks[number] as SlotBlock<S>;
    const place = this.placeOf(block, slot);
    return block.slots[place - 1] ?? this.blocks[number - 1]?.slots.at(-1) ?? -1;
  }

  /** The row after one that is there; -1 where it is the last. */
  after(slot: number): number {
    const number = this.blockOf(slot);
    const block = this.blocks[number] as SlotBlock<S>;
    const place = this.placeOf(block, slot);
    return block.slots[place + 1] ?? this.blocks[number + 1]?.slots[0] ?? -1;
  }

  /** The number of the last block that begins before a time; 0 where none does. */
  blockBefore(time: number): number {
    return Math.max(0, this.#blockUpTo(time, Number.NEGATIVE_INFINITY));
  }

  /** How many rows of a block have a time up to one. */
  placeAfter(block: SlotBlock<S>, time: number): number {
    return this.#place(block, time, Number.POSITIVE_INFINITY);
  }

  /** How many rows of a block have a time before one. */
  placeFrom(block: SlotBlock<S>, time: number): number {
    return this.#place(block, time, Number.NEGATIVE_INFINITY);
  }

  #blockRows(): number {
    return Math.min(BLOCK_ROWS_MAX, Math.max(BLOCK_ROWS_MIN, Math.floor(Math.sqrt(this.size))));
  }

  /** The number of the last block whose first row is not after (time, arrival); -1 where all are. */
  #blockUpTo(time: number, arrival: number): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isAfter((this.blocks[middle] as SlotBlock<S>).slots[0] as number, time, arrival))
        high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  /** How many rows of the block are not after the given one. */
  #placeIn(block: SlotBlock<S>, slot: number): number {
    return this.#place(block, this.#rows.timeOf(slot), this.#rows.arrivalOf(slot));
  }

  #place({ slots }: SlotBlock<S>, time: number, arrival: number): number {
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isAfter(slots[middle] as number, time, arrival)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #isAfter(slot: number, time: number, arrival: number): boolean {
    const own = this.#rows.timeOf(slot);
    return own > time || (own === time && this.#rows.arrivalOf(slot) > arrival);
  }
}
