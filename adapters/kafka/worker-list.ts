import type { Membership } from '../../core/ports/membership.ts';

/** The workers that are known, and who wants to know. */
export class WorkerList implements Pick<Membership, 'workers' | 'onChange' | 'known'> {
  #workers: readonly string[] = [];
  readonly #listeners: (() => void)[] = [];
  readonly #known: Promise<void>;
  #tell: () => void = () => undefined;

  constructor() {
    this.#known = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  get workers(): readonly string[] {
    return this.#workers;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  known(): Promise<void> {
    return this.#known;
  }

  set(found: readonly string[]): void {
    const workers = [...new Set(found)].sort();
    this.#tell();
    if (workers.join() === this.#workers.join()) return;
    this.#workers = workers;
    for (const listener of this.#listeners) listener();
  }
}
