import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Program } from '../../language/plan.ts';
import type { CheckedText } from './check-text.ts';
import type { DefinitionCompiler } from './definition-compiler.ts';

/**
 * The compiler as one of many tenants has it: it is handed one text of the tenant at a time, so that those of all tenants
 * come to their turn, however many one of them has waiting. Rejects with DEFINITIONS_BUSY beyond LIMITS.textsWaitingMax.
 */
export class TenantCompiler implements Omit<DefinitionCompiler, 'close'> {
  readonly #shared: DefinitionCompiler;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(shared: DefinitionCompiler) {
    this.#shared = shared;
  }

  compile(text: string): Promise<Program> {
    return this.#inTurn(() => this.#shared.compile(text));
  }

  check(inForce: string, text: string, allowDrop: boolean): Promise<CheckedText> {
    return this.#inTurn(() => this.#shared.check(inForce, text, allowDrop));
  }

  replaceRule(text: string, past: string, rule: string): Promise<string | null> {
    return this.#inTurn(() => this.#shared.replaceRule(text, past, rule));
  }

  async #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#waiting >= LIMITS.textsWaitingMax) {
      throw new RingwatchError('DEFINITIONS_BUSY', { waiting: this.#waiting });
    }
    this.#waiting++;
    const answer = this.#last.then(ask);
    this.#last = answer.catch(() => undefined);
    try {
      return await answer;
    } finally {
      this.#waiting--;
    }
  }
}
