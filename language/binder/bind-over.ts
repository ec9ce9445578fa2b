import { assert } from '../../core/assert.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Select, WindowDefinition } from '../ast.ts';
import { canonicalJson, fingerprintOf } from '../fingerprint.ts';
import type { Aggregate, Expr, Frame, OverOperator } from '../plan.ts';
import { bindAggregate } from './aggregates.ts';
import { constantCount, constantInterval } from './bind-literal.ts';
import type { Diagnostics } from './diagnostics.ts';
import { ExpressionBinder } from './expression-binder.ts';
import type { CallNode } from './expression-binding.ts';
import { mapExpr } from './expression-tree.ts';
import type { Pipeline, PipelineColumn } from './pipeline.ts';
import { noAggregates } from './row-scope.ts';

/** Columns that do not exist yet have indices from here on, until they are put in place. */
export const PENDING_COLUMNS = 1 << 20;

interface BoundWindow {
  readonly partition: readonly Expr[];
  readonly time: number;
  readonly frame: Frame;
}

interface PendingAggregate {
  readonly window: BoundWindow;
  readonly aggregate: Aggregate;
}

/**
 * Gathers the aggregates with OVER of a SELECT list. Each stands for a pending column; `finish` adds one operator for
 * all windows with the same partition and order, and says where the columns went.
 */
export class OverCollector {
  readonly #named: Select['windows'];
  readonly #pipeline: Pipeline;
  readonly #windowed: boolean;
  readonly #diagnostics: Diagnostics;
  readonly #bound = new Map<WindowDefinition, BoundWindow | null>();
  readonly #pending: PendingAggregate[] = [];
  readonly #indices = new Map<string, number>();

  /** `windowed`: the rows come from a TUMBLE or HOP. */
  constructor(named: Select['windows'], pipeline: Pipeline, windowed: boolean, diagnostics: Diagnostics) {
    this.#windowed = windowed;
    this.#named = named;
    this.#pipeline = pipeline;
    this.#diagnostics = diagnostics;
    const names = new Set<string>();
    for (const { name } of named) {
      if (names.has(name.name)) diagnostics.duplicate('window', name);
      names.add(name.name);
    }
  }

  /** The column of an aggregate with OVER; null after reporting. */
  add(call: CallNode, name: string): Expr | null {
    const { over } = call;
    if (over !== null && this.#windowed) {
      return this.#diagnostics.notBuilt('OVER the rows of a window', call.at);
    }
    if (over === null) {
      return this.#diagnostics.invalid(
        `${name.toUpperCase()} needs a window`,
        call.at,
        'Add OVER (PARTITION BY … ORDER BY … RANGE BETWEEN … PRECEDING AND CURRENT ROW), or read FROM TUMBLE(…).',
      );
    }
    const inside = this.#rowBinder('an aggregate');
    const bound = bindAggregate(call, name, inside, this.#diagnostics);
    const definition = 'window' in over ? over.window : this.#definition(over.name);
    const window = definition === null ? null : this.#window(definition);
    if (bound === null || window === null) return null;
    if (bound.name === 'collect') {
      return this.#diagnostics.notBuilt('collecting values over a window', call.at);
    }
    const aggregate: Aggregate = { ...bound, name: bound.name };
    const key = canonicalJson([window, aggregate]);
    const index = this.#indices.get(key) ?? this.#pending.push({ window, aggregate }) - 1;
    this.#indices.set(key, index);
    return { kind: 'column', type: aggregate.type, index: PENDING_COLUMNS + index };
  }

  /** Windows that no aggregate names are checked all the same. */
  checkUnused(): void {
    for (const { window } of this.#named) this.#window(window);
  }

  #rowBinder(where: string): ExpressionBinder {
    const scope = this.#pipeline.scope(this.#diagnostics, noAggregates(this.#diagnostics, where));
    return new ExpressionBinder(this.#diagnostics, scope);
  }

  #definition(name: { readonly name: string; readonly at: SourcePosition }): WindowDefinition | null {
    const found = this.#named.find((named) => named.name.name === name.name);
    if (found !== undefined) return found.window;
    const known = this.#named.map((named) => named.name.name);
    return this.#diagnostics.unknown('window', name.name, name.at, known);
  }

  #window(definition: WindowDefinition): BoundWindow | null {
    const known = this.#bound.get(definition);
    if (known !== undefined) return known;
    const window = this.#bindWindow(definition);
    this.#bound.set(definition, window);
    return window;
  }

  #bindWindow(definition: WindowDefinition): BoundWindow | null {
    const binder = this.#rowBinder('PARTITION BY');
    const partition = binder.placeAll(definition.partitionBy);
    const time = this.#bindOrder(definition, binder);
    const frame = this.#bindFrame(definition);
    if (partition === null || time === null || frame === null) return null;
    return { partition: partition.map(({ expr }) => expr), time, frame };
  }

  /** ORDER BY: one column, the event time, ascending. */
  #bindOrder(definition: WindowDefinition, binder: ExpressionBinder): number | null {
    const [order, second] = definition.orderBy;
    if (order === undefined) {
      return this.#diagnostics.invalid('a window needs ORDER BY its event time', definition.at);
    }
    if (second !== undefined) {
      return this.#diagnostics.invalid('a window is ordered by one column', second.value.at);
    }
    if (order.descending) {
      return this.#diagnostics.invalid('a window looks back in time: its order is ascending', order.value.at);
    }
    const expr = binder.bind(order.value);
    if (expr === null) return null;
    if (expr.type.kind !== 'timestamptz') {
      return this.#diagnostics.mismatch('ORDER BY of a window', 'TIMESTAMPTZ', expr.type, order.value.at);
    }
    const { eventTime, columns } = this.#pipeline;
    const hint = eventTime === null ? null : `Write ORDER BY ${columns[eventTime]?.name ?? ''}.`;
    if (expr.kind !== 'column') {
      return this.#diagnostics.invalid(
        'a window is ordered by a column, not by an expression',
        order.value.at,
        hint,
      );
    }
    if (eventTime !== null && expr.index !== eventTime) {
      return this.#diagnostics.invalid(
        'a window is ordered by the event time, of which the watermark speaks',
        order.value.at,
        hint,
      );
    }
    return expr.index;
  }

  #bindFrame(definition: WindowDefinition): Frame | null {
    const { frame } = definition;
    if (frame === null) return { kind: 'range', precedingMicros: null };
    if (frame.kind === 'rows') {
      if (frame.preceding === null) return { kind: 'rows', preceding: null };
      const preceding = constantCount(frame.preceding, 'ROWS … PRECEDING', this.#diagnostics);
      return preceding === null ? null : { kind: 'rows', preceding };
    }
    if (frame.preceding === null) return { kind: 'range', precedingMicros: null };
    const precedingMicros = constantInterval(frame.preceding, 'RANGE … PRECEDING', this.#diagnostics);
    return precedingMicros === null ? null : { kind: 'range', precedingMicros };
  }

  /** Adds the operators; the result puts pending columns in their places. */
  finish(): (expr: Expr) => Expr {
    const places: number[] = [];
    const groups = new Map<string, number[]>();
    for (const [index, { window }] of this.#pending.entries()) {
      const group = canonicalJson([window.partition, window.time]);
      const members = groups.get(group) ?? [];
      members.push(index);
      groups.set(group, members);
    }
    for (const members of groups.values()) this.#addOperator(members, places);
    return (expr) =>
      mapExpr(expr, (part) => {
        if (part.kind !== 'column') return null;
        if (part.index < PENDING_COLUMNS) return part;
        const index = places[part.index - PENDING_COLUMNS];
        assert(index !== undefined, 'every pending column has a place');
        return { ...part, index };
      });
  }

  /** One operator; its columns are those of its frames in turn. */
  #addOperator(members: readonly number[], places: number[]): void {
    const pipeline = this.#pipeline;
    const first = this.#pending[members[0] as number] as PendingAggregate;
    const frames = new Map<string, { frame: Frame; indices: number[] }>();
    for (const index of members) {
      const { frame } = (this.#pending[index] as PendingAggregate).window;
      const entry = frames.get(canonicalJson(frame)) ?? { frame, indices: [] };
      entry.indices.push(index);
      frames.set(canonicalJson(frame), entry);
    }
    const { partition, time } = first.window;
    const windows: OverOperator['windows'] = [...frames.values()].map(({ frame, indices }) => ({
      frame,
      aggregates: indices.map((index) => (this.#pending[index] as PendingAggregate).aggregate),
    }));
    const identity = [
      'over',
      pipeline.rows,
      partition.map((expr) => pipeline.contentOf(expr)),
      pipeline.columns[time]?.content,
    ];
    const contents = windows.map(({ frame, aggregates }) => [
      frame,
      aggregates.map((aggregate) => this.#aggregateContent(aggregate)),
    ]);
    const columns: PipelineColumn[] = [];
    for (const { frame, indices } of frames.values()) {
      for (const index of indices) {
        const { aggregate } = this.#pending[index] as PendingAggregate;
        places[index] = pipeline.columns.length + columns.length;
        columns.push({
          name: '',
          qualifier: '',
          type: aggregate.type,
          nullable: aggregate.name !== 'count',
          content: fingerprintOf([identity, frame, this.#aggregateContent(aggregate)]),
        });
      }
    }
    pipeline.operators.push({
      kind: 'over',
      fingerprint: fingerprintOf([pipeline.view, identity, contents]),
      partition,
      time,
      windows,
    });
    pipeline.append(columns);
  }

  #aggregateContent(aggregate: Aggregate): unknown {
    const { argument, filter } = aggregate;
    return {
      ...aggregate,
      argument: argument === null ? null : this.#pipeline.contentOf(argument),
      filter: filter === null ? null : this.#pipeline.contentOf(filter),
    };
  }
}
