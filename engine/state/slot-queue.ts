/** A queue of slots in a ring that grows: first in, first out, and the newest can be taken back. */
export class SlotQueue {
  #ring = new Int32Array(64);
  #mask = 63;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(slot: number): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & this.#mask] = slot;
    this.#size++;
  }

  /** The oldest slot, or -1. */
  first(): number {
    return this.#size === 0 ? -1 : (this.#ring[this.#head] as number);
  }

  /** Takes the oldest slot out. */
  shift(): void {
    this.#head = (this.#head + 1) & this.#mask;
    this.#size--;
  }

  /** Takes the newest slot out and returns it. */
  pop(): number {
    this.#size--;
    return this.#ring[(this.#head + this.#size) & this.#mask] as number;
  }

  #grow(): void {
    const wider = new Int32Array(this.#ring.length * 2);
    for (let n = 0; n < this.#size; n++) wider[n] = this.#ring[(this.#head + n) & this.#mask] as number;
    this.#ring = wider;
    this.#mask = wider.length - 1;
    this.#head = 0;
  }
}
