import type { RingwatchError } from '../core/errors.ts';

/** Every error of a definition text, in order of position. Its message has one line an error: `line:column CODE …`. */
export class DefinitionErrors extends Error {
  override readonly name = 'DefinitionErrors';
  readonly errors: readonly RingwatchError[];

  constructor(errors: readonly RingwatchError[]) {
    super(errors.map(describeDefinitionError).join('\n'));
    this.errors = errors;
  }
}

/** One error as one line: `3:14 UNKNOWN_NAME there is no column named payr. Did you mean payer?` */
export function describeDefinitionError(error: RingwatchError): string {
  const place = error.position === null ? '' : `${error.position.line}:${error.position.column} `;
  const hint = error.hint === null ? '' : ` ${error.hint}`;
  return `${place}${error.code} ${error.message}.${hint}`;
}
