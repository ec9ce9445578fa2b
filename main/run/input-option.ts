import { accessSync, constants, statSync } from 'node:fs';
import { RingwatchError } from '../../core/errors.ts';
import { nearestHint } from '../../core/nearest-name.ts';
import type { Program } from '../../language/plan.ts';
import { readError } from '../files.ts';

/** One `--input NAME=FILE`, checked: the relation is declared, the file is there. */
export interface InputOption {
  /** The relation's name as declared. */
  readonly relation: string;
  readonly kind: 'source' | 'table';
  readonly path: string;
  readonly format: 'csv' | 'ndjson';
  readonly bytes: number;
}

/**
 * The inputs of a run, in option order. Throws OPTION_INVALID (form, format, a relation twice), UNKNOWN_NAME with the
 * nearest source or table, FILE_NOT_FOUND and FILE_UNREADABLE.
 */
export function parseInputOptions(values: readonly string[], program: Program): InputOption[] {
  const inputs: InputOption[] = [];
  for (const value of values) {
    const input = parseInputOption(value, program);
    if (inputs.some((other) => other.relation === input.relation)) {
      throw new RingwatchError('OPTION_INVALID', {
        option: '--input',
        reason: `${input.relation} is given twice`,
      });
    }
    inputs.push(input);
  }
  return inputs;
}

function parseInputOption(value: string, program: Program): InputOption {
  const equals = value.indexOf('=');
  if (equals < 1 || equals === value.length - 1) {
    throw new RingwatchError('OPTION_INVALID', {
      option: '--input',
      reason: `'${value}' is not of the form NAME=FILE`,
    });
  }
  const path = value.slice(equals + 1);
  const { relation, kind } = resolveRelation(value.slice(0, equals), program);
  return { relation, kind, path, format: formatOf(path), bytes: sizeOf(path) };
}

/** Names on the command line ignore letter case, as unquoted ones in the text do; an exact match goes first. */
function resolveRelation(name: string, program: Program): Pick<InputOption, 'relation' | 'kind'> {
  const relations = [...program.sources, ...program.tables];
  const folded = name.toLowerCase();
  const found =
    relations.find((relation) => relation.name === name) ??
    relations.find((relation) => relation.name.toLowerCase() === folded);
  if (found !== undefined) return { relation: found.name, kind: found.kind };
  const names = relations.map((relation) => relation.name);
  const hint =
    nearestHint(name, names) ??
    (names.length > 0
      ? `The definitions have ${names.join(', ')}.`
      : 'The definitions have neither sources nor tables.');
  throw new RingwatchError('UNKNOWN_NAME', { what: 'source or table', name }, { hint });
}

function formatOf(path: string): InputOption['format'] {
  if (/\.csv$/i.test(path)) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(path)) return 'ndjson';
  throw new RingwatchError('OPTION_INVALID', {
    option: '--input',
    reason: `${path} ends in none of .csv, .ndjson and .jsonl, which say how to read it`,
  });
}

function sizeOf(path: string): number {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new RingwatchError('FILE_UNREADABLE', { path, reason: 'it is a folder' });
    accessSync(path, constants.R_OK);
    return stats.size;
  } catch (error) {
    if (error instanceof RingwatchError) throw error;
    throw readError(path, error);
  }
}
