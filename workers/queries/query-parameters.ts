import { RingwatchError } from '../../core/errors.ts';
import { nearestHint } from '../../core/nearest-name.ts';
import { parseText } from '../../core/parse-value.ts';
import type { JsonValue, QueryRequest } from '../../core/ports/engine.ts';
import type { SqlType, Value } from '../../core/types.ts';
import type { QueryPlan } from '../../language/plan.ts';

/** What decides on the types of a text's parameters: their names and the forms of their values. */
export function typesKey(parameters: QueryRequest['parameters']): string {
  return JSON.stringify(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value,
      Number.isInteger(value),
      typeof value === 'number' && Math.abs(value) < 2 ** 31,
    ]),
  );
}

/** Values in the order of the plan's parameters. Throws PARAMETER_INVALID, UNKNOWN_NAME, VALUE_…. */
export function readParameters(plan: QueryPlan, given: Readonly<Record<string, JsonValue>>): Value[] {
  const byName = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const values = plan.parameters.map(({ name, type, hasDefault, default: otherwise }): Value => {
    const json = byName.get(name.toLowerCase());
    byName.delete(name.toLowerCase());
    if (json !== undefined) return readParameter(name, type, json);
    if (hasDefault) return otherwise;
    throw new RingwatchError('PARAMETER_INVALID', { name, reason: 'it is missing' });
  });
  for (const name of byName.keys()) {
    const hint = nearestHint(
      name,
      plan.parameters.map((parameter) => parameter.name),
    );
    throw new RingwatchError('UNKNOWN_NAME', { what: 'parameter', name: name.slice(0, 64) }, { hint });
  }
  return values;
}

/** A JSON value as one of the type: exact numbers beyond 32 bits are texts. */
function readParameter(name: string, type: SqlType, json: JsonValue): Value {
  if (json === null) return null;
  if (typeof json === 'object')
    throw new RingwatchError('PARAMETER_INVALID', { name, reason: 'it is no single value' });
  if (typeof json === 'boolean' && type.kind === 'boolean') return json;
  return parseText(type, String(json));
}
