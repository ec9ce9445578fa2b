import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import { type CheckedText, checkText } from './check-text.ts';
import { type PackedError, packError } from './engine-messages.ts';
import { replaceRule } from './rule-text.ts';

/** What can be made of definition texts. Each answer is a function of the texts alone. */
export type CompilerTask =
  | { readonly kind: 'compile'; readonly text: string }
  /** `inForce`: the text in force, empty where there is none. */
  | { readonly kind: 'check'; readonly inForce: string; readonly text: string; readonly allowDrop: boolean }
  | {
      readonly kind: 'replaceRule';
      readonly text: string;
      readonly past: string;
      readonly rule: string;
    };

/**
 * Compiles definition texts beside the fold: a large text takes tens of milliseconds, which no event of any tenant is to
 * wait for.
 */
export interface DefinitionCompiler {
  /** The program of a text. Rejects with the first of its errors. */
  compile(text: string): Promise<Program>;
  /** See checkText. */
  check(inForce: string, text: string, allowDrop: boolean): Promise<CheckedText>;
  /** See replaceRule. */
  replaceRule(text: string, past: string, rule: string): Promise<string | null>;
  /** Compiles nothing any more. */
  close(): Promise<void>;
}

/** What a thread that compiles is asked, and what it answers, by id. */
export interface ToCompiler {
  readonly id: number;
  readonly task: CompilerTask;
}
export type FromCompiler =
  | { readonly id: number; readonly value: unknown; readonly failure: null }
  | { readonly id: number; readonly value: null; readonly failure: PackedError };

/** Compiles in the thread that asks: for tests of engines that run in one. */
export class CompilerHere implements DefinitionCompiler {
  async compile(text: string): Promise<Program> {
    return compileDefinitions(text);
  }

  async check(inForce: string, text: string, allowDrop: boolean): Promise<CheckedText> {
    return checkText(inForce, text, allowDrop);
  }

  async replaceRule(text: string, past: string, rule: string): Promise<string | null> {
    return replaceRule(text, past, rule);
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

/** Throws what is wrong with the text. */
function runTask(task: CompilerTask): unknown {
  switch (task.kind) {
    case 'compile':
      return compileDefinitions(task.text);
    case 'check':
      return checkText(task.inForce, task.text, task.allowDrop);
    case 'replaceRule':
      return replaceRule(task.text, task.past, task.rule);
  }
}

/** The answer to a task, an error packed: what a thread sends back. */
export function answerCompiler({ id, task }: ToCompiler): FromCompiler {
  try {
    return { id, value: runTask(task), failure: null };
  } catch (error) {
    return { id, value: null, failure: packError(error) };
  }
}
