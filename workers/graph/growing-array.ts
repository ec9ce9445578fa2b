/** Numbers whose count is not known beforehand: a typed array that doubles. */
export class GrowingWords {
  length = 0;
  private words = new Uint32Array(1024);

  push(value: number): void {
    if (this.length === this.words.length) {
      const wider = new Uint32Array(this.words.length * 2);
      wider.set(this.words);
      this.words = wider;
    }
    this.words[this.length++] = value;
  }

  /** The numbers, in memory that holds nothing else. Only once: no number may be added after it. */
  take(): Uint32Array {
    return this.words.length === this.length ? this.words : this.words.slice(0, this.length);
  }
}

/** The same for doubles. */
export class GrowingNumbers {
  length = 0;
  private numbers = new Float64Array(1024);

  push(value: number): void {
    if (this.length === this.numbers.length) {
      const wider = new Float64Array(this.numbers.length * 2);
      wider.set(this.numbers);
      this.numbers = wider;
    }
    this.numbers[this.length++] = value;
  }

  at(index: number): number {
    return this.numbers[index] as number;
  }

  /** Multiplies every number so far. */
  scale(factor: number): void {
    for (let n = 0; n < this.length; n++) this.numbers[n] = (this.numbers[n] as number) * factor;
  }

  take(): Float64Array {
    return this.numbers.length === this.length ? this.numbers : this.numbers.slice(0, this.length);
  }
}
