import type { RingwatchError } from '../core/errors.ts';
import type { Statement } from './ast.ts';
import { bindStatements } from './binder/bind.ts';
import { DefinitionErrors } from './definition-errors.ts';
import { parseDefinitions } from './parse.ts';
import type { Program } from './plan.ts';

/** A definition text taken apart and bound: the program, or null where there are errors. */
export interface Compilation {
  readonly program: Program | null;
  readonly statements: readonly Statement[];
  /** All errors of the text, in order of position, each once. */
  readonly errors: readonly RingwatchError[];
}

/** The program of a definition text. Throws DefinitionErrors, which holds every error of the text. */
export function compileDefinitions(text: string): Program {
  const { program, errors } = checkDefinitions(text);
  if (program === null) throw new DefinitionErrors(errors);
  return program;
}

/** Parses and binds a definition text. Never throws for input. */
export function checkDefinitions(text: string): Compilation {
  const { statements, errors: syntaxErrors } = parseDefinitions(text);
  const missing = syntaxErrors.length === 0 ? [] : namesCreated(text);
  const { program, errors: bindErrors } = bindStatements(statements, missing);
  const errors = [...syntaxErrors, ...bindErrors].sort(
    (a, b) => (a.position?.offset ?? 0) - (b.position?.offset ?? 0),
  );
  return { program: errors.length === 0 ? program : null, statements, errors };
}

/** Any word may stand for what is created: it may be what is misspelt. */
const CREATE = /\bCREATE\s+(?:PROPERTY\s+)?\w+\s+(?:"((?:[^"]|"")+)"|([\w$]+))/gi;

/**
 * Names that the text seems to define. Statements that did not parse are among them: what refers to such a name is
 * no error of its own.
 */
function namesCreated(text: string): string[] {
  return [...text.matchAll(CREATE)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare as string).toLowerCase() : quoted.replaceAll('""', '"'),
  );
}
