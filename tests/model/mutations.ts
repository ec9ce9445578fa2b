import type { LogRecord } from '../../core/record.ts';
import type { PathPattern, Program } from '../../language/plan.ts';

/**
 * A wrong engine, made from the right one by changing what it is told: a plan or a record that means almost the same.
 * Each stands for a mistake that an engine could make. A property that does not find one is not worth its time.
 */
export interface Mutation {
  readonly mistake: string;
  /** The program as the wrong engine understands it. */
  readonly program?: (program: Program) => Program;
  /** The record as the wrong engine takes it. */
  readonly record?: (record: LogRecord) => LogRecord;
}

/** A copy of plain data in which `change` has had its say on every object of the kind named by its members. */
function everywhere<T>(data: T, change: (node: Record<string, unknown>) => Record<string, unknown>): T {
  if (Array.isArray(data)) return data.map((item) => everywhere(item, change)) as T;
  if (typeof data !== 'object' || data === null) return data;
  const copy = Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, everywhere(value, change)]),
  );
  return change(copy) as T;
}

/** Changes nodes that have a member, by giving it another value; undefined leaves the node as it is. */
function member(name: string, other: (value: unknown, node: Record<string, unknown>) => unknown) {
  return (program: Program): Program =>
    everywhere(program, (node) => {
      if (!Object.hasOwn(node, name)) return node;
      const value = other(node[name], node);
      return value === undefined ? node : { ...node, [name]: value };
    });
}

function number(change: (value: number) => number) {
  return (value: unknown) => (typeof value === 'number' ? change(value) : undefined);
}

function calls(from: string, to: string) {
  return member('name', (value, node) => (node.kind === 'call' && value === from ? to : undefined));
}

function paths(change: (path: PathPattern) => PathPattern) {
  return (program: Program): Program =>
    everywhere(program, (node) =>
      'mergeParallel' in node
        ? (change(node as unknown as PathPattern) as unknown as Record<string, unknown>)
        : node,
    );
}

/** The same pattern read from its other end: equal but for what depends on the direction. */
function backwards(path: PathPattern): PathPattern {
  const turned = { out: 'in', in: 'out', any: 'any' } as const;
  return {
    ...path,
    vertices: [...path.vertices].reverse(),
    edges: [...path.edges].reverse().map((edge) => ({ ...edge, direction: turned[edge.direction] })),
  };
}

export const MUTATIONS: readonly Mutation[] = [
  {
    mistake: 'WITHIN excludes its end',
    program: member(
      'within',
      number((micros) => micros - 1),
    ),
  },
  { mistake: 'WITHIN is ignored', program: member('within', (value) => (value === null ? undefined : null)) },
  {
    mistake: 'ASCENDING is ignored',
    program: member('ascending', (value) => (value === null ? undefined : null)),
  },
  {
    mistake: 'ASCENDING allows ties',
    program: (program) => program,
    // Ties in time do not occur: every event is moved by its key's length and digits.
    record: (record) =>
      record.kind !== 'event' || record.row.length < 3
        ? record
        : {
            ...record,
            row: record.row.map((value, index) =>
              index === 6 && typeof value === 'number'
                ? value + (Number(String(record.row[0]).slice(-1)) || 0)
                : value,
            ),
          },
  },
  {
    mistake: 'KEEP LATEST keeps one more',
    program: member(
      'keepLatest',
      number((count) => count + 1),
    ),
  },
  {
    mistake: 'KEEP LATEST is applied from the other end',
    program: paths((path) => (path.keepLatest === null ? path : backwards(path))),
  },
  {
    mistake: 'MERGE PARALLEL keeps edges apart',
    program: member('mergeParallel', (value) => (value ? false : undefined)),
  },
  {
    mistake: 'SIMPLE does not let the first be the last',
    program: member('mode', (mode) => (mode === 'simple' ? 'acyclic' : undefined)),
  },
  {
    mistake: 'ACYCLIC lets the first be the last',
    program: member('mode', (mode) => (mode === 'acyclic' ? 'simple' : undefined)),
  },
  {
    mistake: 'WALK repeats no edge',
    program: member('mode', (mode) => (mode === 'walk' ? 'trail' : undefined)),
  },
  {
    mistake: 'TRAIL repeats no vertex',
    program: member('mode', (mode) => (mode === 'trail' ? 'simple' : undefined)),
  },
  {
    mistake: 'the longest paths are not found',
    program: member('quantifier', (value) => {
      const quantifier = value as { min: number; max: number | null } | null;
      if (quantifier === null || quantifier.max === null || quantifier.max <= quantifier.min)
        return undefined;
      return { ...quantifier, max: quantifier.max - 1 };
    }),
  },
  {
    mistake: 'paths of no edge are not found',
    program: member('quantifier', (value) => {
      const quantifier = value as { min: number } | null;
      return quantifier?.min === 0 ? { ...quantifier, min: 1 } : undefined;
    }),
  },
  {
    mistake: 'an undirected edge is walked forward only',
    program: member('direction', (value) => (value === 'any' ? 'out' : undefined)),
  },
  {
    mistake: 'labels are not looked at',
    program: paths((path) => ({ ...path, edges: path.edges.map((edge) => ({ ...edge, labels: null })) })),
  },
  {
    mistake: 'an OPTIONAL MATCH drops rows',
    program: member('optional', (value) => (value ? false : undefined)),
  },
  {
    mistake: 'retention keeps an edge one microsecond longer',
    program: member(
      'retainMicros',
      number((micros) => micros + 1),
    ),
  },
  {
    mistake: 'retention is ignored',
    program: member('retainMicros', (value) => (value === null ? undefined : null)),
  },
  {
    mistake: 'lateness excludes its end',
    program: member(
      'allowedLatenessMicros',
      number((micros) => micros - 1),
    ),
  },
  {
    mistake: 'lateness includes a microsecond more',
    program: member(
      'allowedLatenessMicros',
      number((micros) => micros + 1),
    ),
  },
  {
    mistake: 'a silent source is waited for',
    program: member('idleTimeoutMicros', (value) => (value === null ? undefined : null)),
  },
  {
    mistake: 'silence is noticed a microsecond later',
    program: member(
      'idleTimeoutMicros',
      number((micros) => micros + 1),
    ),
  },
  {
    mistake: 'max_ahead excludes its end',
    program: member(
      'maxAheadMicros',
      number((micros) => micros - 1),
    ),
  },
  {
    mistake: 'duplicates are not recognised',
    program: (program) => ({
      ...program,
      sources: program.sources.map((source) => ({ ...source, key: [] })),
    }),
  },
  {
    mistake: 'RANGE excludes its far end',
    program: member(
      'precedingMicros',
      number((micros) => micros - 1),
    ),
  },
  {
    mistake: 'ROWS counts one more',
    program: member(
      'preceding',
      number((rows) => rows + 1),
    ),
  },
  {
    mistake: 'partitions are mixed',
    program: member('partition', (value) => ((value as unknown[]).length > 0 ? [] : undefined)),
  },
  {
    mistake: 'DISTINCT is ignored',
    program: member('distinct', (value) => (value === true ? false : undefined)),
  },
  {
    mistake: 'windows end a microsecond early',
    program: member(
      'offsetMicros',
      number((micros) => micros - 1),
    ),
  },
  { mistake: 'an outer join drops rows', program: member('outer', (value) => (value ? false : undefined)) },
  {
    mistake: 'a join AS OF takes the table as it stands',
    program: member('version', (value) =>
      (value as { kind: string }).kind === 'asOf' ? { kind: 'current' } : undefined,
    ),
  },
  {
    mistake: 'SUPPRESS lasts a microsecond longer',
    program: member(
      'suppressMicros',
      number((micros) => micros + 1),
    ),
  },
  {
    mistake: 'SUPPRESS is ignored',
    program: member('suppressMicros', (value) => (value === null ? undefined : null)),
  },
  { mistake: 'REFUSE refuses nothing', program: member('refuse', (value) => (value ? false : undefined)) },
  {
    mistake: 'the last listed outcome wins',
    program: member('outcomes', (value) => [...(value as unknown[])].reverse()),
  },
  {
    mistake: 'INSERT INTO inserts nothing',
    program: member('inserts', (value) => ((value as unknown[]).length > 0 ? [] : undefined)),
  },
  {
    mistake: 'AFTER UPDATE fires on inserts',
    program: member('event', (value) => (value === 'update' ? 'insert' : undefined)),
  },
  {
    mistake: 'corrections of windows fire like first results',
    program: member('event', (value) => (value === 'revision' ? 'insert' : undefined)),
  },
  {
    mistake: 'rows are cut one early',
    program: member('limit', (value) =>
      value === null ? undefined : { kind: 'literal', type: { kind: 'integer' }, value: 1 },
    ),
  },
  { mistake: 'ORDER BY is turned round', program: member('descending', (value) => !value) },
  {
    mistake: 'rows that a table loses stay',
    record: (record) =>
      record.kind === 'rowDelete' ? { kind: 'tick', arrivalMicros: record.arrivalMicros } : record,
  },
  {
    mistake: 'the end of time fires no windows',
    record: (record) =>
      record.kind === 'endOfTime' ? { kind: 'tick', arrivalMicros: record.arrivalMicros } : record,
  },
  { mistake: '<= means <', program: calls('lessEqual', 'less') },
  { mistake: 'IS NULL is never true', program: calls('isNull', 'isFalse') },
  { mistake: 'AND means OR', program: calls('and', 'or') },
];
