import { Worker } from 'node:worker_threads';
import { RingwatchError } from '../../core/errors.ts';
import { threadModule } from '../../core/thread-module.ts';
import type { Program } from '../../language/plan.ts';
import type { CheckedText } from './check-text.ts';
import type { CompilerTask, DefinitionCompiler, FromCompiler, ToCompiler } from './definition-compiler.ts';
import { unpackError } from './engine-messages.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Compiles in a thread of its own, which is started when it is first needed, and anew after it has ended by a fault: what
 * it was asked then is rejected with ENGINE_FAILED.
 */
export class CompilerThread implements DefinitionCompiler {
  readonly #module: URL;
  readonly #pending = new Map<number, Pending>();
  #thread: Worker | null = null;
  #nextId = 1;
  #closed = false;

  /** `module`: the thread's, for tests. */
  constructor(module: URL = new URL('./compile-definitions.thread.ts', import.meta.url)) {
    this.#module = module;
  }

  compile(text: string): Promise<Program> {
    return this.#ask({ kind: 'compile', text }) as Promise<Program>;
  }

  check(inForce: string, text: string, allowDrop: boolean): Promise<CheckedText> {
    return this.#ask({ kind: 'check', inForce, text, allowDrop }) as Promise<CheckedText>;
  }

  replaceRule(text: string, past: string, rule: string): Promise<string | null> {
    return this.#ask({ kind: 'replaceRule', text, past, rule }) as Promise<string | null>;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.terminate();
    this.#end(new RingwatchError('ENGINE_CLOSED'));
  }

  #ask(task: CompilerTask): Promise<unknown> {
    if (this.#closed) return Promise.reject(new RingwatchError('ENGINE_CLOSED'));
    this.#thread ??= this.#start();
    const asked: ToCompiler = { id: this.#nextId++, task };
    return new Promise((resolve, reject) => {
      this.#pending.set(asked.id, { resolve, reject });
      this.#thread?.postMessage(asked);
    });
  }

  #start(): Worker {
    const thread = new Worker(threadModule(this.#module));
    // It is closed with the engines; those that forget it still come to an end.
    thread.unref();
    thread.on('message', (answer: FromCompiler) => {
      const pending = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (answer.failure === null) pending?.resolve(answer.value);
      else pending?.reject(unpackError(answer.failure));
    });
    const failed = (reason: string): void => {
      if (this.#thread !== thread || this.#closed) return;
      this.#end(new RingwatchError('ENGINE_FAILED', { reason: `the compiler: ${reason}` }));
    };
    thread.on('error', (error) => failed(error.stack ?? String(error)));
    thread.on('exit', (code) => failed(`it ended with code ${code}`));
    return thread;
  }

  #end(error: RingwatchError): void {
    this.#thread = null;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
