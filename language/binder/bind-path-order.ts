import { INTERVAL, type SqlType } from '../../core/types.ts';
import type { QueryClause } from '../ast.ts';
import type { PathPattern } from '../plan.ts';
import { bindLiteral, constantInterval } from './bind-literal.ts';
import { type JobContext, propertyOf } from './job-scope.ts';
import { coerce, isNumber } from './type-rules.ts';

type MatchNode = Extract<QueryClause, { kind: 'match' }>;

/** ASCENDING BY property WITHIN bound, over the edge tables of each edge of one path. Null after reporting. */
export function bindAscending(
  node: NonNullable<MatchNode['ascending']>,
  edgeTables: readonly (readonly number[])[],
  context: JobContext,
): PathPattern['ascending'] {
  const tables = [...new Set(edgeTables.flat())].sort((a, b) => a - b);
  if (tables.length === 0) return null;
  const { diagnostics, graph, complete } = context;
  const property = propertyOf(
    context,
    'edge',
    { name: 'edge', slot: -1, type: { kind: 'edge', merged: false }, tables, element: null },
    node.property,
  );
  if (property?.kind !== 'property') return null;
  const lacking = tables.find((table) => (property.columns[table] ?? -1) < 0);
  if (lacking !== undefined && complete) {
    return diagnostics.unknown(
      `property of ${graph?.edgeTables[lacking]?.labels[0] ?? 'the edge'}`,
      node.property.name,
      node.property.at,
      [],
      'ASCENDING BY needs the property on every edge of the path.',
    );
  }
  const { type } = property;
  if (type.kind !== 'timestamptz' && !isNumber(type)) {
    return diagnostics.mismatch(
      'the property of ASCENDING BY',
      'TIMESTAMPTZ or a number',
      type,
      node.property.at,
    );
  }
  const within = node.within === null ? undefined : bindWithin(node.within, type, context);
  if (within === null) return null;
  return { columns: property.columns, name: property.name, type, within: within ?? null };
}

/** WITHIN: an interval for times, else a number in the property's own unit. */
function bindWithin(
  node: NonNullable<NonNullable<MatchNode['ascending']>['within']>,
  type: SqlType,
  context: JobContext,
): number | null {
  const { diagnostics } = context;
  if (type.kind === 'timestamptz') return constantInterval(node, 'WITHIN', diagnostics);
  const literal = node.kind === 'literal' ? bindLiteral(node.value, node.at, diagnostics) : null;
  if (literal === null || literal.type.kind === INTERVAL.kind) {
    return diagnostics.mismatch(
      'WITHIN',
      'a number written out, as the property is one',
      'something else',
      node.at,
    );
  }
  const value = coerce({ expr: literal, at: node.at }, type, diagnostics);
  if (value?.kind !== 'literal' || value.value === null) {
    return value === null
      ? null
      : diagnostics.mismatch('WITHIN', 'a number like the property', literal.type, node.at);
  }
  return Number(value.value);
}

/** KEEP LATEST n needs an event time on every edge of the path. */
export function checkKeepLatest(
  node: MatchNode['keepLatest'],
  edgeTables: readonly (readonly number[])[],
  context: JobContext,
): number | null {
  if (node === null) return null;
  const { diagnostics, graph, complete } = context;
  if (node.count < 1) return diagnostics.invalid('KEEP LATEST keeps at least 1 edge', node.at);
  const lacking = edgeTables
    .flat()
    .map((table) => graph?.edgeTables[table])
    .find((table) => table !== undefined && table.eventTime === null);
  if (lacking !== undefined && complete) {
    return diagnostics.invalid(
      `KEEP LATEST orders edges by event time, which ${lacking.name} does not have`,
      node.at,
      "Name it in the graph: WITH (event_time = 'at').",
    );
  }
  return node.count;
}
