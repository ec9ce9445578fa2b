import { assert } from '../../../core/assert.ts';

/**
 * Memory that the writer no longer uses, and readers may: it is given back once every reader that could have seen it has
 * ended. Nobody waits for anybody.
 */
export class RetiredMemory {
  private readonly waiting: { readonly at: number; readonly release: () => void }[] = [];
  /** Readers by the number they got as they began, in that order. */
  private readonly readers = new Set<number>();
  private now = 0;

  /** Whether nobody reads. */
  get isIdle(): boolean {
    return this.readers.size === 0;
  }

  /** A reader begins; the number is what it ends with. */
  begin(): number {
    this.readers.add(++this.now);
    return this.now;
  }

  /** A reader ends. */
  end(reader: number): void {
    assert(this.readers.delete(reader), 'a reader ends once');
    const [oldest = Number.POSITIVE_INFINITY] = this.readers;
    let done = 0;
    while (done < this.waiting.length && (this.waiting[done] as { at: number }).at < oldest) done++;
    for (const { release } of this.waiting.splice(0, done)) release();
  }

  /** Releases when those who read now have ended; at once when nobody does. */
  retire(release: () => void): void {
    if (this.isIdle) release();
    else this.waiting.push({ at: this.now, release });
  }
}
