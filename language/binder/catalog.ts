import { LIMITS } from '../../core/limits.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { SqlType } from '../../core/types.ts';
import type { Identifier } from '../ast.ts';
import type {
  DecisionPlan,
  GraphPlan,
  RelationPlan,
  RelationRef,
  SourcePlan,
  TablePlan,
  ViewPlan,
} from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';

/** A column as others see it. `type` null: its definition has errors, which were reported. */
export interface BoundColumn {
  readonly name: string;
  readonly type: SqlType | null;
  readonly nullable: boolean;
  /** What the column stands for, down to the columns of sources and tables: equal content is equal data. */
  readonly content: string;
}

/** A source, table or view as others see it, errors or not. */
export interface BoundRelation {
  readonly ref: RelationRef;
  readonly at: SourcePosition;
  readonly columns: readonly BoundColumn[];
  /** Errors hide some of its columns: an unknown name may be one of them, and is not reported. */
  readonly open: boolean;
  /** Rows retract (it descends from a table). */
  readonly changes: boolean;
  /** The source or table at the bottom; null where errors hide it. */
  readonly root: RelationRef | null;
  /** Index of the event-time column. */
  readonly eventTime: number | null;
  readonly key: readonly number[];
  /** Rows come from a TUMBLE or HOP window. */
  readonly windowed: boolean;
  /** What the rows stand for, columns aside. */
  readonly rows: string;
  /** The plan; null where errors hide it. */
  readonly plan: SourcePlan | TablePlan | ViewPlan | null;
}

/** A graph as rules and queries see it. `complete` false: errors hide some of it. */
export interface BoundGraph {
  readonly plan: GraphPlan;
  readonly complete: boolean;
}

/** Everything that the statements bound so far define, and what failed to bind. */
export class Catalog {
  readonly relations = new Map<string, BoundRelation>();
  readonly graphs = new Map<string, BoundGraph>();
  readonly decisions = new Map<string, DecisionPlan>();
  /** Names whose definitions failed: what refers to them stays silent. */
  readonly failed = new Set<string>();
  readonly #diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics, failed: readonly string[]) {
    this.#diagnostics = diagnostics;
    for (const name of failed) this.failed.add(name);
  }

  /** The relation of a name; null (reported) where there is none. */
  relation(name: Identifier, what = 'source, table or view'): BoundRelation | null {
    const relation = this.relations.get(name.name);
    if (relation !== undefined) return relation;
    if (this.failed.has(name.name)) return null;
    const hint = this.graphs.has(name.name)
      ? `${name.name} is a property graph; a rule names it with USE.`
      : null;
    return this.#diagnostics.unknown(what, name.name, name.at, [...this.relations.keys()], hint);
  }

  graph(name: Identifier): BoundGraph | null {
    const graph = this.graphs.get(name.name);
    if (graph !== undefined) return graph;
    if (this.failed.has(name.name)) return null;
    const hint = this.relations.has(name.name)
      ? `${name.name} is a relation; USE takes a property graph.`
      : null;
    return this.#diagnostics.unknown('property graph', name.name, name.at, [...this.graphs.keys()], hint);
  }

  /** Index of a column; null (reported, unless errors hide columns) where there is none. */
  column(relation: BoundRelation, name: Identifier): number | null {
    const index = relation.columns.findIndex((column) => column.name === name.name);
    if (index >= 0) return index;
    if (relation.open) return null;
    return this.#diagnostics.unknown(
      `column of ${relation.ref.name}`,
      name.name,
      name.at,
      relation.columns.map((column) => column.name),
    );
  }
}

/** INVALID_DEFINITION for a relation of more than LIMITS.relationColumnsMax columns. */
export function reportTooManyColumns(at: SourcePosition, diagnostics: Diagnostics): null {
  return diagnostics.invalid(`a relation has at most ${LIMITS.relationColumnsMax} columns`, at);
}

/** The relation that a plan of a source or a table is to others. */
export function relationOf(
  plan: RelationPlan & (SourcePlan | TablePlan),
  columns: readonly BoundColumn[],
  at: SourcePosition,
): Omit<BoundRelation, 'open' | 'plan'> {
  const ref: RelationRef = { kind: plan.kind, name: plan.name };
  return {
    ref,
    at,
    columns,
    changes: plan.kind === 'table',
    root: ref,
    eventTime: plan.kind === 'source' ? (plan.eventTime?.column ?? null) : null,
    key: plan.key,
    windowed: false,
    rows: `${plan.kind} ${plan.name}`,
  };
}
