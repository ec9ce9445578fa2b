import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Statement } from './ast.ts';
import { tokenize, utf8Bytes } from './lexer.ts';
import { Cursor } from './parser/cursor.ts';
import { EXPRESSION_GRAMMAR } from './parser/expression.ts';
import { parseStatement, skipToStatement } from './parser/statement.ts';
import { SourceText } from './source-text.ts';

/** What a text says: the statements that were read, in written order, and every error, in order of position. */
export interface Definitions {
  readonly statements: readonly Statement[];
  readonly errors: readonly RingwatchError[];
}

/**
 * Reads a definition text. Never throws for input: a statement that does not parse adds its first error and is left
 * out, and reading goes on after its `;`, for at most LIMITS.definitionErrorsMax errors. Errors are SYNTAX, NOT_BUILT,
 * NESTING_TOO_DEEP, TEXT_TOO_LARGE, INVALID_DEFINITION and DUPLICATE_NAME, each with its position and, where there is
 * one, a hint. The text is of Unicode; bytes that are no UTF-8 are the caller's to refuse.
 */
export function parseDefinitions(text: string): Definitions {
  const size = text.length > LIMITS.definitionBytesMax ? text.length : utf8Bytes(text);
  if (size > LIMITS.definitionBytesMax) {
    const position = { line: 1, column: 1, offset: 0 };
    const details = { size, limit: LIMITS.definitionBytesMax };
    return { statements: [], errors: [new RingwatchError('TEXT_TOO_LARGE', details, { position })] };
  }
  const source = new SourceText(text);
  const cursor = new Cursor(source, tokenize(source), EXPRESSION_GRAMMAR);
  const statements: Statement[] = [];
  const errors: RingwatchError[] = [];
  let more = true;
  while (more && errors.length < LIMITS.definitionErrorsMax) {
    if (cursor.atEnd()) {
      more = cursor.nextStatement();
      continue;
    }
    const start = cursor.index;
    try {
      statements.push(parseStatement(cursor));
      more = cursor.nextStatement();
    } catch (error) {
      if (!(error instanceof RingwatchError)) throw error;
      errors.push(error);
      more = skipToStatement(cursor, start);
    }
  }
  return { statements, errors };
}
