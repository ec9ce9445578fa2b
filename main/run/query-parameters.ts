import { RingwatchError } from '../../core/errors.ts';
import { nearestHint } from '../../core/nearest-name.ts';
import { parseText } from '../../core/parse-value.ts';
import type { Value } from '../../core/types.ts';
import type { Program, QueryPlan } from '../../language/plan.ts';

/** The query of a name. UNKNOWN_NAME with the nearest one, or all there are. */
export function findQuery(program: Program, name: string): QueryPlan {
  const folded = name.toLowerCase();
  const found =
    program.queries.find((query) => query.name === name) ??
    program.queries.find((query) => query.name.toLowerCase() === folded);
  if (found !== undefined) return found;
  const names = program.queries.map((query) => query.name);
  throw new RingwatchError(
    'UNKNOWN_NAME',
    { what: 'query', name },
    { hint: nearestOf(name, names, 'queries') },
  );
}

/**
 * Values for the parameters of a query, in their order, from `name=value` texts. Throws OPTION_INVALID (form, a name
 * twice), UNKNOWN_NAME, ARGUMENT_MISSING for a parameter without default, and VALUE_… for a text of the wrong type.
 */
export function parseQueryParameters(query: QueryPlan, texts: readonly string[]): Value[] {
  const given = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) throw wrong(text, 'it is not of the form name=value');
    const name = text.slice(0, equals).toLowerCase();
    if (given.has(name)) throw wrong(text, `${name} is given twice`);
    given.set(name, text.slice(equals + 1));
  }
  const names = query.parameters.map((parameter) => parameter.name);
  for (const name of given.keys()) {
    if (names.some((known) => known.toLowerCase() === name)) continue;
    throw new RingwatchError(
      'UNKNOWN_NAME',
      { what: 'parameter', name },
      { hint: nearestOf(name, names, 'parameters') },
    );
  }
  return query.parameters.map((parameter) => {
    const text = given.get(parameter.name.toLowerCase());
    if (text !== undefined) return parseText(parameter.type, text);
    if (parameter.hasDefault) return parameter.default;
    throw new RingwatchError('ARGUMENT_MISSING', {
      command: `query … ${query.name}`,
      argument: `the parameter ${parameter.name}: ${parameter.name}=VALUE`,
    });
  });
}

function wrong(text: string, reason: string): RingwatchError {
  return new RingwatchError('OPTION_INVALID', { option: text, reason });
}

function nearestOf(name: string, names: readonly string[], what: string): string {
  const known = names.length === 0 ? `There are no ${what}.` : `There are the ${what} ${names.join(', ')}.`;
  return nearestHint(name, names) ?? known;
}
