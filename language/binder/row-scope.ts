import type { SourcePosition } from '../../core/source-position.ts';
import type { SqlType } from '../../core/types.ts';
import type { Identifier } from '../ast.ts';
import type { Expr } from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { CallNode, ExpressionBinding, Scope } from './expression-binding.ts';

/** A column of the row at hand, by the names it goes by. */
export interface ScopeColumn {
  readonly name: string;
  /** The relation's name or alias. */
  readonly qualifier: string;
  readonly type: SqlType | null;
}

/** What a row scope does with an aggregate. */
export type AggregateRule = (call: CallNode, name: string, binder: ExpressionBinding) => Expr | null;

/**
 * Names that are columns of one row: SQL bodies, generated columns, watermarks. Index in `columns` is the index in
 * the row. `open` qualifiers have columns that errors hide.
 */
export class RowScope implements Scope {
  readonly columns: readonly ScopeColumn[];
  readonly #diagnostics: Diagnostics;
  readonly #open: ReadonlySet<string>;
  readonly #aggregate: AggregateRule;
  readonly #byName = new Map<string, number[]>();
  #indexed = 0;
  /** Where each column expression was written, for errors found after the rows are known. */
  readonly places = new WeakMap<Expr, SourcePosition>();

  constructor(
    diagnostics: Diagnostics,
    columns: readonly ScopeColumn[],
    open: ReadonlySet<string>,
    aggregate: AggregateRule,
  ) {
    this.#diagnostics = diagnostics;
    this.columns = columns;
    this.#open = open;
    this.#aggregate = aggregate;
  }

  name(parts: readonly Identifier[], at: SourcePosition): Expr | null {
    const [first, second] = parts;
    if (first === undefined || parts.length > 2) {
      return this.#diagnostics.invalid('a column is named by its name, or by relation.column', at);
    }
    return second === undefined ? this.#bare(first, at) : this.#qualified(first, second, at);
  }

  #bare(name: Identifier, at: SourcePosition): Expr | null {
    const found = this.#indicesOf(name.name);
    if (found.length > 1) {
      const qualifiers = found.map((index) => this.columns[index]?.qualifier ?? '');
      return this.#diagnostics.invalid(
        `${name.name} may be a column of ${qualifiers.join(' or ')}`,
        at,
        `Write ${qualifiers[0]}.${name.name} or ${qualifiers[1]}.${name.name}.`,
      );
    }
    const [index] = found;
    if (index !== undefined) return this.column(index, at);
    if (this.#open.size > 0) return null;
    const names = this.columns.map((column) => column.name);
    return this.#diagnostics.unknown('column', name.name, name.at, names);
  }

  /** Columns of a name. The list of columns may have grown since the last call. */
  #indicesOf(name: string): readonly number[] {
    for (; this.#indexed < this.columns.length; this.#indexed++) {
      const column = this.columns[this.#indexed]?.name ?? '';
      const known = this.#byName.get(column);
      if (known === undefined) this.#byName.set(column, [this.#indexed]);
      else known.push(this.#indexed);
    }
    return this.#byName.get(name) ?? [];
  }

  #qualified(qualifier: Identifier, name: Identifier, at: SourcePosition): Expr | null {
    const found = this.#indicesOf(name.name).find(
      (index) => this.columns[index]?.qualifier === qualifier.name,
    );
    if (found !== undefined) return this.column(found, at);
    const known = this.columns.filter((column) => column.qualifier === qualifier.name);
    if (known.length === 0 && !this.#open.has(qualifier.name)) {
      const qualifiers = [...new Set(this.columns.map((column) => column.qualifier))];
      return this.#diagnostics.unknown('relation in FROM', qualifier.name, qualifier.at, qualifiers);
    }
    if (this.#open.has(qualifier.name)) return null;
    return this.#diagnostics.unknown(
      `column of ${qualifier.name}`,
      name.name,
      name.at,
      known.map((column) => column.name),
    );
  }

  /** The column at an index; null where its own definition failed. */
  column(index: number, at: SourcePosition): Expr | null {
    const type = this.columns[index]?.type ?? null;
    if (type === null) return null;
    const expr: Expr = { kind: 'column', type, index };
    this.places.set(expr, at);
    return expr;
  }

  dollar(parts: readonly Identifier[], at: SourcePosition): Expr | null {
    const name = parts.map((part) => part.name).join('.');
    return this.#diagnostics.invalid(
      `$${name} has no meaning here`,
      at,
      `$ belongs to rules and queries; write ${name}.`,
    );
  }

  aggregate(call: CallNode, name: string, binder: ExpressionBinding): Expr | null {
    return this.#aggregate(call, name, binder);
  }
}

/** Refuses aggregates, e.g. in WHERE. `where` names the place. */
export function noAggregates(diagnostics: Diagnostics, where: string): AggregateRule {
  return (call, name) =>
    diagnostics.invalid(
      `${name.toUpperCase()} aggregates rows, which ${where} cannot`,
      call.at,
      'Aggregate in a view, and use its column.',
    );
}
