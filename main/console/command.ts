import type { Terminal } from './terminal.ts';

/** One command of `ringwatch`. */
export interface Command {
  readonly name: string;
  /** What follows `ringwatch NAME`: `FILE.sql [--explain]`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Whole paragraphs and examples, after usage and options. */
  readonly details: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** How many arguments beside the options it takes. */
  readonly positionals: { readonly min: number; readonly max: number; readonly names: readonly string[] };
  /** Does the work and resolves with an exit code of EXIT. Throws RingwatchError and DefinitionErrors. */
  run(parsed: ParsedArguments, terminal: Terminal): Promise<number>;
}

/** One option. `value` names what follows it in the help; null for a flag. */
export interface OptionSpec {
  readonly value: string | null;
  readonly multiple?: boolean;
  readonly text: string;
}

/** What the process says to its caller when it ends. docs/operations.md lists them. */
export const EXIT = {
  ok: 0,
  /** An operating error: definitions, input, files, the data folder. */
  error: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** A bug of ours. */
  bug: 70,
  /** Stopped cleanly by SIGINT or SIGTERM. */
  interrupted: 130,
  terminated: 143,
} as const;

/** A command line, checked against the command's options. */
export interface ParsedArguments {
  readonly positionals: readonly string[];
  has(option: string): boolean;
  /** The last value given, or null. */
  value(option: string): string | null;
  values(option: string): readonly string[];
}
