import { RingwatchError } from '../../core/errors.ts';
import type { Option } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseIntervalLiteral } from './literal.ts';

/** `WITH (name = value, …)`, or nothing. Values are strings, numbers, booleans and intervals (their text). */
export function parseOptions(cursor: Cursor): Option[] {
  if (!cursor.acceptWord('WITH')) return [];
  cursor.expectSymbol('(');
  const seen = new Set<string>();
  const options = cursor.commaList(() => {
    const option = parseOption(cursor);
    if (seen.has(option.name.name)) {
      throw new RingwatchError(
        'DUPLICATE_NAME',
        { what: 'the option', name: option.name.name },
        { position: option.at },
      );
    }
    seen.add(option.name.name);
    return option;
  });
  cursor.expectSymbol(')');
  return options;
}

function parseOption(cursor: Cursor): Option {
  const name = cursor.expectMember('the name of an option');
  cursor.expectSymbol('=');
  const valueAt = cursor.position();
  return { name, value: parseValue(cursor), at: name.at, valueAt };
}

function parseValue(cursor: Cursor): Option['value'] {
  const interval = parseIntervalLiteral(cursor);
  if (interval?.kind === 'literal' && interval.value.kind === 'interval') return interval.value.text;
  const token = cursor.peek();
  switch (token.kind) {
    case 'text':
      return cursor.advance().text;
    case 'integer':
    case 'decimal':
      return Number(cursor.advance().text);
    case 'word':
      if (token.keyword === 'TRUE' || token.keyword === 'FALSE') return cursor.advance().keyword === 'TRUE';
      return cursor.fail('a value', 'Put text in single quotes.');
    default:
      return cursor.fail('a value');
  }
}
