/** Processes that are remembered for a channel; of one forgotten the next letter is taken as its first. */
const WRITERS_MAX = 256;

/** Finds out by their numbers whether letters of a channel were missed. */
export class GapCheck {
  readonly #newest = new Map<string, Map<string, number>>();

  /** Notes a letter's number; whether it follows the one before from the same process, or is the first from it. */
  follows(channel: string, from: string, number: number): boolean {
    const writers = this.#newest.get(channel) ?? new Map<string, number>();
    this.#newest.set(channel, writers);
    const before = writers.get(from);
    writers.delete(from);
    writers.set(from, number);
    if (writers.size > WRITERS_MAX) writers.delete(writers.keys().next().value as string);
    return before === undefined || number === before + 1;
  }

  /** The channel is not listened to any more. */
  forget(channel: string): void {
    this.#newest.delete(channel);
  }

  forgetAll(): void {
    this.#newest.clear();
  }
}
