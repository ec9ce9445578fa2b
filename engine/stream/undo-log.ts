/** A piece of state that can take back what it did last. */
export interface Undoable {
  /** Takes back the contribution that `token` names. Contributions are taken back in the reverse of their order. */
  undo(token: number): void;
}

/**
 * What the record at hand has contributed to operators, tables and graphs, so that REFUSE takes it all back. It is
 * written only while `recording`: when some rule could refuse the record.
 */
export class UndoLog {
  recording = false;
  readonly #targets: Undoable[] = [];
  readonly #tokens: number[] = [];

  /** Notes a contribution; a no-op unless recording. */
  note(target: Undoable, token: number): void {
    if (!this.recording) return;
    this.#targets.push(target);
    this.#tokens.push(token);
  }

  /** Takes back everything noted since the last `clear`, newest first. */
  undoAll(): void {
    this.recording = false;
    for (let n = this.#targets.length - 1; n >= 0; n--) {
      (this.#targets[n] as Undoable).undo(this.#tokens[n] as number);
    }
    this.clear();
  }

  /** Makes what was noted final. */
  clear(): void {
    this.#targets.length = 0;
    this.#tokens.length = 0;
  }
}
