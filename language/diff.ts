import { RingwatchError } from '../core/errors.ts';
import { typeName } from '../core/types.ts';
import { canonicalJson } from './fingerprint.ts';
import {
  type EdgeTablePlan,
  type GraphPlan,
  keepsEdges,
  type Operator,
  type Program,
  type SourcePlan,
  type TablePlan,
  type ViewPlan,
} from './plan.ts';
import { sameType } from './binder/type-rules.ts';

/** What a new text changes: for the dry run, and to refuse what may not change. */
export interface ProgramDiff {
  /** Every statement of either program, in the order of the new one; dropped ones last. */
  readonly statements: readonly StatementChange[];
  /** What happens to the state of operators and graphs. */
  readonly state: readonly StateChange[];
  /** Changes that no option allows: INCOMPATIBLE_CHANGE. Without positions: they are about two texts. */
  readonly errors: readonly RingwatchError[];
  /** The whole as text, one line a change; what stays as it is, is left out. */
  readonly text: string;
}

export interface StatementChange {
  readonly what: 'source' | 'table' | 'view' | 'property graph' | 'decision' | 'rule' | 'query';
  readonly name: string;
  readonly change: 'added' | 'changed' | 'dropped' | 'unchanged';
}

/**
 * `filled`: it starts with what it would hold had it been there from the beginning; `empty`: without what came before;
 * `dropped`: it is gone. Vertices and edges that are rows of tables are in a graph at once, and not listed.
 */
export interface StateChange {
  /** `window (OVER) of view velocity`, `edges settled of property graph capital_flow`, … */
  readonly what: string;
  readonly action: 'kept' | 'filled' | 'empty' | 'dropped';
}

/** What changes from one program (null: none yet) to the next. */
export function diff(old: Program | null, next: Program): ProgramDiff {
  const statements = statementChanges(old, next);
  const state = stateChanges(old, next);
  const errors = old === null ? [] : incompatibilities(old, next);
  return { statements, state, errors, text: renderDiff(statements, state, errors) };
}

interface Named {
  readonly name: string;
  readonly fingerprint: string;
}

type Kinds = readonly (readonly [StatementChange['what'], (program: Program) => readonly Named[]])[];

const KINDS: Kinds = [
  ['source', (program) => program.sources],
  ['table', (program) => program.tables],
  ['view', (program) => program.views],
  ['property graph', (program) => program.graphs],
  ['decision', (program) => program.decisions],
  ['rule', (program) => program.rules],
  ['query', (program) => program.queries],
];

function statementChanges(old: Program | null, next: Program): StatementChange[] {
  const present = KINDS.flatMap(([what, of]) => {
    const before = new Map(old === null ? [] : of(old).map(({ name, fingerprint }) => [name, fingerprint]));
    return of(next).map(({ name, fingerprint }): StatementChange => {
      const known = before.get(name);
      const change = known === undefined ? 'added' : known === fingerprint ? 'unchanged' : 'changed';
      return { what, name, change };
    });
  });
  const dropped = KINDS.flatMap(([what, of]) => {
    const after = new Set(of(next).map(({ name }) => name));
    const gone = old === null ? [] : of(old).filter(({ name }) => !after.has(name));
    return gone.map(({ name }): StatementChange => ({ what, name, change: 'dropped' }));
  });
  return [...present, ...dropped];
}

interface Stateful {
  readonly what: string;
  /** Equal ones keep their state. */
  readonly fingerprint: string;
  /** Edges: the graph that they are a part of, and the plan of their table. */
  readonly edges: { readonly graph: GraphPlan; readonly table: EdgeTablePlan } | null;
  /** Whether it is filled from the log when it is new. */
  readonly backfill: boolean;
}

/** Operators and graphs that hold state, by fingerprint: equal ones keep it. */
function statefulParts(program: Program): Stateful[] {
  const ofView = (view: ViewPlan): Stateful[] =>
    view.operators.flatMap((operator: Operator): Stateful[] => {
      if (operator.kind !== 'over' && operator.kind !== 'window') return [];
      const what = `${operator.kind === 'over' ? 'window (OVER)' : 'windows'} of view ${view.name}`;
      const { fingerprint } = operator;
      return [{ what, fingerprint, edges: null, backfill: view.backfill }];
    });
  const ofGraph = (graph: GraphPlan): Stateful[] =>
    graph.edgeTables
      .filter(({ fromSource }) => fromSource)
      .map((table) => ({
        what: `edges ${table.name} of property graph ${graph.name}`,
        fingerprint: table.fingerprint,
        edges: { graph, table },
        backfill: graph.backfill,
      }));
  const named = (what: string, { name }: Named): Stateful => ({
    what: `${what} ${name}`,
    fingerprint: `${what} ${name}`,
    edges: null,
    backfill: false,
  });
  return [
    ...program.sources.map((source) => named('keys of source', source)),
    ...program.tables.map((table) => named('rows of table', table)),
    ...program.views.flatMap(ofView),
    ...program.graphs.flatMap(ofGraph),
  ];
}

function stateChanges(old: Program | null, next: Program): StateChange[] {
  if (old === null) return [];
  const before = new Set(statefulParts(old).map(({ fingerprint }) => fingerprint));
  const parts = statefulParts(next);
  const after = new Set(parts.map(({ fingerprint }) => fingerprint));
  const whats = new Set(parts.map(({ what }) => what));
  const gone = statefulParts(old).filter(
    ({ fingerprint, what }) => !after.has(fingerprint) && !whats.has(what),
  );
  const actionOf = (part: Stateful): StateChange['action'] => {
    const isKept = part.edges === null ? before.has(part.fingerprint) : edgesStay(old, part.edges);
    if (isKept) return 'kept';
    return part.backfill ? 'filled' : 'empty';
  };
  return [
    ...parts.map((part): StateChange => ({ what: part.what, action: actionOf(part) })),
    ...gone.map(({ what }): StateChange => ({ what, action: 'dropped' })),
  ];
}

/** Whether the edges that are there stay in their table of the new graph. */
function edgesStay(old: Program, { graph, table }: NonNullable<Stateful['edges']>): boolean {
  const before = old.graphs.find(({ name }) => name === graph.name);
  if (before === undefined || before.fingerprint === graph.fingerprint) return before !== undefined;
  // A graph that is filled from the log is filled whole.
  if (graph.backfill) return false;
  return before.edgeTables.some((other) => keepsEdges(other, columnCount(old, other.relation.name), table));
}

function columnCount({ sources, tables, views }: Program, relation: string): number {
  return [...sources, ...tables, ...views].find(({ name }) => name === relation)?.columns.length ?? 0;
}

function incompatibilities(old: Program, next: Program): RingwatchError[] {
  const before = [...old.sources, ...old.tables];
  const after = new Map([...next.sources, ...next.tables].map((relation) => [relation.name, relation]));
  return before.flatMap((relation) => {
    const now = after.get(relation.name);
    return now === undefined ? [] : relationErrors(relation, now);
  });
}

/** Sources and tables only gain nullable columns, at the end; rows in the log keep their meaning. */
function relationErrors(old: SourcePlan | TablePlan, next: SourcePlan | TablePlan): RingwatchError[] {
  const refuse = (reason: string) =>
    new RingwatchError('INCOMPATIBLE_CHANGE', { what: old.kind, name: old.name, reason });
  if (old.kind !== next.kind) return [refuse(`it would become a ${next.kind}`)];
  const errors: RingwatchError[] = [];
  for (const [index, column] of old.columns.entries()) {
    const now = next.columns[index];
    if (now === undefined || now.name !== column.name) {
      const moved = next.columns.some(({ name }) => name === column.name);
      errors.push(refuse(`its column ${column.name} would ${moved ? 'change its place' : 'be gone'}`));
      // What follows is shifted, and would only say the same again.
      break;
    }
    if (!sameType(column.type, now.type)) {
      errors.push(
        refuse(
          `its column ${column.name} would change from ${typeName(column.type)} to ${typeName(now.type)}`,
        ),
      );
    }
    if (column.nullable && !now.nullable) errors.push(refuse(`its column ${column.name} would refuse NULL`));
    const stored = old.generated[index] === null;
    if (stored !== (next.generated[index] === null)) {
      errors.push(refuse(`its column ${column.name} would be ${stored ? 'computed' : 'read'} from now on`));
    }
  }
  for (const column of next.columns.slice(old.columns.length)) {
    if (!column.nullable) errors.push(refuse(`its new column ${column.name} would refuse NULL`));
  }
  if (!sameContent(old.key, next.key)) {
    const names = (plan: SourcePlan | TablePlan) =>
      plan.key.map((index) => plan.columns[index]?.name).join(', ');
    errors.push(refuse(`its PRIMARY KEY would change from (${names(old)}) to (${names(next)})`));
  }
  return errors;
}

function sameContent(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}

const STATE_TEXT: Readonly<Record<Exclude<StateChange['action'], 'kept'>, string>> = {
  filled: 'is filled from the log',
  empty: 'starts empty',
  dropped: 'is dropped',
};

function renderDiff(
  statements: readonly StatementChange[],
  state: readonly StateChange[],
  errors: readonly RingwatchError[],
): string {
  const lines = [
    ...statements
      .filter(({ change }) => change !== 'unchanged')
      .map(({ what, name, change }) => `${change} ${what} ${name}`),
    ...state.flatMap(({ what, action }) => (action === 'kept' ? [] : [`${what} ${STATE_TEXT[action]}`])),
    ...errors.map(({ code, message }) => `${code} ${message}`),
  ];
  return lines.length === 0 ? 'nothing changes\n' : `${lines.join('\n')}\n`;
}
