import { assert } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import { INTEGER, TIMESTAMPTZ, typeName } from '../../core/types.ts';
import type { Expression, FromItem, Select } from '../ast.ts';
import { canonicalJson, fingerprintOf } from '../fingerprint.ts';
import type { Aggregate, Expr } from '../plan.ts';
import { bindAggregate } from './aggregates.ts';
import { constantInterval } from './bind-literal.ts';
import { PENDING_COLUMNS } from './bind-over.ts';
import type { BoundRelation } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { ExpressionBinder } from './expression-binder.ts';
import type { CallNode } from './expression-binding.ts';
import { mapExpr } from './expression-tree.ts';
import type { Pipeline, PipelineColumn } from './pipeline.ts';
import { noAggregates, RowScope } from './row-scope.ts';
import { bindItems, projectItems } from './select-items.ts';

type WindowFrom = Extract<FromItem, { kind: 'window' }>;

const WINDOW_COLUMNS: readonly PipelineColumn[] = (
  [
    ['window_start', TIMESTAMPTZ],
    ['window_end', TIMESTAMPTZ],
    ['revision', INTEGER],
  ] as const
).map(([name, type]) => ({ name, qualifier: '', type, nullable: false, content: name }));

/** SELECT … FROM TUMBLE or HOP: groups by window and GROUP BY, then HAVING and the SELECT list over the groups. */
export function bindWindowView(
  select: Select,
  from: WindowFrom,
  input: BoundRelation,
  pipeline: Pipeline,
  diagnostics: Diagnostics,
): void {
  if (input.windowed) {
    diagnostics.notBuilt('a window over the rows of a window', from.at);
  }
  if (select.distinct) diagnostics.notBuilt('SELECT DISTINCT in a view', select.at);
  const time = bindTime(from, input, pipeline, diagnostics);
  const shape = bindShape(from, diagnostics);
  new GroupedSelect(select, pipeline, diagnostics).bind(time, shape);
}

interface WindowShape {
  readonly sizeMicros: number;
  readonly slideMicros: number;
  readonly offsetMicros: number;
}

function bindTime(
  from: WindowFrom,
  input: BoundRelation,
  pipeline: Pipeline,
  diagnostics: Diagnostics,
): number | null {
  const index = input.columns.findIndex((column) => column.name === from.time.name);
  const column = input.columns[index];
  if (column === undefined) {
    if (input.open) return null;
    const names = input.columns.map(({ name }) => name);
    return diagnostics.unknown(`column of ${input.ref.name}`, from.time.name, from.time.at, names);
  }
  if (column.type === null) return null;
  if (column.type.kind !== 'timestamptz') {
    return diagnostics.mismatch('the time of a window', 'TIMESTAMPTZ', typeName(column.type), from.time.at);
  }
  if (pipeline.eventTime === null) {
    return diagnostics.invalid(
      `${input.ref.name} has no event time, so its windows would never end`,
      from.time.at,
      'Add WATERMARK FOR to the source, and keep the column in the views between.',
    );
  }
  if (index !== pipeline.eventTime) {
    const name = pipeline.columns[pipeline.eventTime]?.name ?? '';
    return diagnostics.invalid(
      'a window runs over the event time, of which the watermark speaks',
      from.time.at,
      `Write ${name}.`,
    );
  }
  return index;
}

/** TUMBLE(size [, offset]) or HOP(slide, size [, offset]). */
function bindShape(from: WindowFrom, diagnostics: Diagnostics): WindowShape | null {
  const isHop = from.function === 'hop';
  const name = from.function.toUpperCase();
  const needed = isHop ? 2 : 1;
  if (from.intervals.length < needed || from.intervals.length > needed + 1) {
    const shape = isHop
      ? 'HOP(relation, time, slide, size [, offset])'
      : 'TUMBLE(relation, time, size [, offset])';
    return diagnostics.invalid(`${name} is written ${shape}`, from.at);
  }
  const words = isHop ? ['slide', 'size', 'offset'] : ['size', 'offset'];
  const micros = from.intervals.map((node, n) =>
    constantInterval(node, `the ${words[n] ?? 'offset'} of ${name}`, diagnostics),
  );
  if (micros.includes(null)) return null;
  const [first = 0, second = 0, third = 0] = micros as number[];
  const size = isHop ? second : first;
  const slide = first;
  const offset = isHop ? third : second;
  const zero = micros.findIndex((value, n) => value === 0 && n < needed);
  if (zero >= 0) {
    return diagnostics.invalid(
      `the ${words[zero]} of ${name} must be more than zero`,
      (from.intervals[zero] as Expression).at,
    );
  }
  if (slide > size) {
    return diagnostics.invalid(
      'the slide of HOP must not exceed its size: events between windows would be in none',
      (from.intervals[0] as Expression).at,
    );
  }
  const windows = Math.ceil(size / slide);
  if (windows > LIMITS.windowsPerRowMax) {
    return diagnostics.invalid(
      `a row would belong to ${windows} windows, more than ${LIMITS.windowsPerRowMax}`,
      (from.intervals[0] as Expression).at,
      'Give HOP a longer slide or a shorter size, or use OVER, which has a row for each event.',
    );
  }
  return { sizeMicros: size, slideMicros: slide, offsetMicros: offset };
}

/** The SELECT list, GROUP BY and HAVING of a window. */
class GroupedSelect {
  readonly #select: Select;
  readonly #pipeline: Pipeline;
  readonly #diagnostics: Diagnostics;
  readonly #aggregates: Aggregate[] = [];
  readonly #indices = new Map<string, number>();
  readonly #scope: RowScope;

  constructor(select: Select, pipeline: Pipeline, diagnostics: Diagnostics) {
    this.#select = select;
    this.#pipeline = pipeline;
    this.#diagnostics = diagnostics;
    this.#scope = this.#windowScope((call, name) => this.#aggregate(call, name));
  }

  bind(time: number | null, shape: WindowShape | null): void {
    const group = this.#bindGroup();
    const binder = new ExpressionBinder(this.#diagnostics, this.#scope);
    const items = bindItems(this.#select, this.#pipeline, binder, this.#diagnostics);
    const { having } = this.#select;
    const condition = having === null ? null : binder.bindCondition(having, 'HAVING');
    if (group.length === 0 && this.#aggregates.length === 0 && this.#select.groupBy.length === 0) {
      this.#diagnostics.invalid(
        'a window needs aggregates or GROUP BY',
        this.#select.from.at,
        'Write e.g. SELECT payer, window_end, COUNT(*) AS n … GROUP BY payer, window_end.',
      );
    }
    const place = this.#placer(group);
    const placed = items.map((item) => ({ ...item, expr: item.expr === null ? null : place(item.expr) }));
    const filter = condition === null ? null : place(condition);
    this.#addOperator(group, time, shape);
    if (filter !== null) this.#pipeline.filter(filter);
    projectItems(placed, this.#pipeline);
  }

  /** Window columns hide columns of the input with their names. */
  #windowScope(aggregates: ConstructorParameters<typeof RowScope>[3]): RowScope {
    const hidden = new Set(WINDOW_COLUMNS.map(({ name }) => name));
    const columns = this.#pipeline.columns.map((column) =>
      hidden.has(column.name) ? { ...column, name: '' } : column,
    );
    const scope = new WindowScope(this.#diagnostics, columns, this.#pipeline.open, aggregates);
    return scope;
  }

  /** GROUP BY: expressions over the input, positions in the SELECT list, or names of its columns. */
  #bindGroup(): Expr[] {
    const group = new Map<string, Expr>();
    const scope = this.#windowScope(noAggregates(this.#diagnostics, 'GROUP BY'));
    const binder = new ExpressionBinder(this.#diagnostics, scope);
    for (const node of this.#select.groupBy) {
      const expr = binder.bind(this.#selected(node, scope) ?? node);
      // The window itself is always grouped by; `revision` is the same for the whole row.
      if (expr === null || (expr.kind === 'column' && expr.index >= PENDING_COLUMNS)) continue;
      group.set(canonicalJson(expr), expr);
    }
    return [...group.values()];
  }

  /** What a position or an output name in GROUP BY stands for; null where the node stands for itself. */
  #selected(node: Expression, scope: RowScope): Expression | null {
    const { items } = this.#select;
    if (node.kind === 'literal' && node.value.kind === 'integer') {
      const item = items[Number(node.value.text) - 1];
      if (item?.kind === 'expression') return item.value;
      this.#diagnostics.invalid(`there is no column ${node.value.text} in the SELECT list`, node.at);
      return null;
    }
    if (node.kind !== 'name' || node.parts.length !== 1) return null;
    const name = node.parts[0]?.name;
    if (scope.columns.some((column) => column.name === name)) return null;
    const item = items.find((candidate) => candidate.kind === 'expression' && candidate.alias?.name === name);
    return item?.kind === 'expression' ? item.value : null;
  }

  #aggregate(call: CallNode, name: string): Expr | null {
    if (call.over !== null) {
      return this.#diagnostics.notBuilt('OVER in a view with TUMBLE or HOP', call.at);
    }
    const scope = this.#pipeline.scope(this.#diagnostics, noAggregates(this.#diagnostics, 'an aggregate'));
    const inside = new ExpressionBinder(this.#diagnostics, scope);
    const bound = bindAggregate(call, name, inside, this.#diagnostics);
    if (bound === null) return null;
    if (bound.name === 'collect') {
      return this.#diagnostics.notBuilt('collecting values over a window', call.at);
    }
    const aggregate: Aggregate = { ...bound, name: bound.name };
    const json = canonicalJson(aggregate);
    const index = this.#indices.get(json) ?? this.#aggregates.push(aggregate) - 1;
    this.#indices.set(json, index);
    return { kind: 'column', type: aggregate.type, index: PENDING_COLUMNS + WINDOW_COLUMNS.length + index };
  }

  /** Puts group values, window columns and aggregates where the operator's output has them. */
  #placer(group: readonly Expr[]): (expr: Expr) => Expr | null {
    const keys = new Map(group.map((expr, index) => [canonicalJson(expr), index]));
    return (expr) => {
      let failed = false;
      const placed = mapExpr(expr, (part) => {
        const index = keys.get(canonicalJson(part));
        if (index !== undefined) return { kind: 'column', type: part.type, index };
        if (part.kind !== 'column') return null;
        if (part.index >= PENDING_COLUMNS)
          return { ...part, index: part.index - PENDING_COLUMNS + group.length };
        failed = true;
        this.#refuseUngrouped(part);
        return part;
      });
      return failed ? null : placed;
    };
  }

  #refuseUngrouped(column: Extract<Expr, { kind: 'column' }>): void {
    const name = this.#pipeline.columns[column.index]?.name ?? '';
    this.#diagnostics.invalid(
      `${name} is neither in GROUP BY nor in an aggregate`,
      this.#scope.places.get(column) ?? this.#select.at,
      `Add ${name} to GROUP BY, or aggregate it, e.g. MAX(${name}).`,
    );
  }

  #addOperator(group: readonly Expr[], time: number | null, shape: WindowShape | null): void {
    const pipeline = this.#pipeline;
    const content = (expr: Expr | null) => (expr === null ? null : pipeline.contentOf(expr));
    const identity = ['window', pipeline.rows, shape, group.map(content)];
    const aggregates = this.#aggregates.map((aggregate) => ({
      ...aggregate,
      argument: content(aggregate.argument),
      filter: content(aggregate.filter),
    }));
    const columns: PipelineColumn[] = [
      ...group.map((expr) => this.#groupColumn(expr)),
      ...WINDOW_COLUMNS.map((column) => ({ ...column, content: fingerprintOf([identity, column.name]) })),
      ...this.#aggregates.map((aggregate, index) => ({
        name: '',
        qualifier: '',
        type: aggregate.type,
        nullable: aggregate.name !== 'count',
        content: fingerprintOf([identity, aggregates[index]]),
      })),
    ];
    if (shape !== null && time !== null) {
      const fingerprint = fingerprintOf([pipeline.view, identity, aggregates]);
      pipeline.operators.push({
        kind: 'window',
        fingerprint,
        ...shape,
        time,
        group,
        aggregates: this.#aggregates,
      });
    }
    pipeline.rows = fingerprintOf(identity);
    pipeline.columns = columns;
    pipeline.eventTime = group.length + 1;
    pipeline.key = [...group.keys(), group.length + 1];
    assert(columns.length >= WINDOW_COLUMNS.length, 'a window has its own columns');
  }

  #groupColumn(expr: Expr): PipelineColumn {
    const known = expr.kind === 'column' ? this.#pipeline.columns[expr.index] : undefined;
    return {
      name: known?.name ?? '',
      qualifier: known?.qualifier ?? '',
      type: expr.type,
      nullable: known?.nullable ?? true,
      content: this.#pipeline.contentOf(expr),
    };
  }
}

/** A row scope in which window_start, window_end and revision are columns of their own. */
class WindowScope extends RowScope {
  override name(parts: Parameters<RowScope['name']>[0], at: Parameters<RowScope['name']>[1]): Expr | null {
    const index = WINDOW_COLUMNS.findIndex((column) => column.name === parts.at(-1)?.name);
    const column = WINDOW_COLUMNS[index];
    if (column?.type === undefined || column.type === null) return super.name(parts, at);
    return { kind: 'column', type: column.type, index: PENDING_COLUMNS + index };
  }
}
