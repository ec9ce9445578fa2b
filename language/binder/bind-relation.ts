import { LIMITS } from '../../core/limits.ts';
import { MICROS } from '../../core/timestamp.ts';
import { type SqlType, TIMESTAMPTZ, typeName } from '../../core/types.ts';
import type { ColumnDefinition, CreateSource, CreateTable, Identifier } from '../ast.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { Column, EventTimePlan, Expr, RelationPlan, SourcePlan, TablePlan } from '../plan.ts';
import { type BoundColumn, type BoundRelation, relationOf, reportTooManyColumns } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { ExpressionBinder } from './expression-binder.ts';
import { contentOf } from './expression-tree.ts';
import { type OptionKind, Options } from './options.ts';
import { noAggregates, RowScope, type ScopeColumn } from './row-scope.ts';
import { resolveType } from './type-rules.ts';

const CONNECTORS: Readonly<Record<string, OptionKind>> = {
  connector: { kind: 'refused', feature: 'reading from a connector' },
  topic: { kind: 'refused', feature: 'reading from a topic' },
};

const SOURCE_OPTIONS: Readonly<Record<string, OptionKind>> = {
  allowed_lateness: { kind: 'interval' },
  max_ahead: { kind: 'interval' },
  idle_timeout: { kind: 'interval' },
  ...CONNECTORS,
};

/** A column while its relation is being bound. */
interface DraftColumn {
  readonly definition: ColumnDefinition;
  readonly type: SqlType | null;
  readonly generated: Expr | null;
}

/** CREATE SOURCE and CREATE TABLE. What failed is left out of the relation; its plan is null then. */
export function bindRelation(statement: CreateSource | CreateTable, diagnostics: Diagnostics): BoundRelation {
  const errorsBefore = diagnostics.count;
  const drafts = bindColumns(statement, diagnostics);
  const key = bindKey(statement, drafts, diagnostics);
  const notNull = new Set(key);
  const columns = drafts.map(
    ({ definition, type }, index): Column => ({
      name: definition.name.name,
      type: type ?? { kind: 'null' },
      nullable: !definition.notNull && !notNull.has(index),
    }),
  );
  const generated = drafts.map((draft) => draft.generated);
  const base: Omit<RelationPlan, 'fingerprint'> = {
    name: statement.name.name,
    columns,
    stored: drafts.flatMap(({ definition }, index) => (definition.generated === null ? [index] : [])),
    fields: drafts.map(({ definition }) =>
      definition.generated === null ? (definition.from?.text ?? definition.name.name) : null,
    ),
    generated,
    key,
  };
  const bound = boundColumns(statement, drafts, columns);
  const plan =
    statement.kind === 'createSource'
      ? sourcePlan(statement, base, drafts, diagnostics)
      : tablePlan(statement, base, drafts, diagnostics);
  return {
    ...relationOf(plan, bound, statement.name.at),
    open: false,
    plan: diagnostics.count === errorsBefore ? plan : null,
  };
}

function bindColumns(statement: CreateSource | CreateTable, diagnostics: Diagnostics): DraftColumn[] {
  const drafts: DraftColumn[] = [];
  const scope = new GeneratedScope(statement, diagnostics);
  const names = new Set<string>();
  for (const definition of statement.columns) {
    if (names.size >= LIMITS.relationColumnsMax) {
      reportTooManyColumns(definition.name.at, diagnostics);
      break;
    }
    if (names.has(definition.name.name)) {
      diagnostics.duplicate(`column of ${statement.name.name}`, definition.name);
      continue;
    }
    names.add(definition.name.name);
    const type = resolveType(definition.type, diagnostics);
    if (definition.check !== null) checkOfColumn(statement, definition, type, diagnostics);
    if (definition.generated !== null && definition.from !== null) {
      diagnostics.invalid('a generated column is not read from a field', definition.from.at);
    }
    const generated = bindGenerated(definition, type, scope, diagnostics);
    drafts.push({ definition, type, generated });
    scope.add({ name: definition.name.name, qualifier: statement.name.name, type });
  }
  if (drafts.length === 0) diagnostics.invalid(`${statement.name.name} has no columns`, statement.name.at);
  return drafts;
}

/** What may be moved by transfers: a stored number of a table that is no key. */
function checkOfColumn(
  statement: CreateSource | CreateTable,
  { name, generated, check }: ColumnDefinition,
  type: SqlType | null,
  diagnostics: Diagnostics,
): void {
  const at = check ?? name.at;
  if (statement.kind === 'createSource') {
    diagnostics.invalid('CHECK is for columns of tables: events of a source never change', at);
  } else if (generated !== null) {
    diagnostics.invalid(`the generated column ${name.name} takes no CHECK: nothing is moved in it`, at);
  } else if (type !== null && !['integer', 'bigint', 'numeric'].includes(type.kind)) {
    diagnostics.mismatch(`the column ${name.name} of CHECK`, 'INTEGER, BIGINT or NUMERIC', type, at);
  } else if (name.name.includes('.') || statement.name.name.includes('.')) {
    diagnostics.invalid(`a column of CHECK and its table have no dot in their names`, at);
  }
}

/** A generated column sees the columns before it. */
function bindGenerated(
  definition: ColumnDefinition,
  type: SqlType | null,
  before: GeneratedScope,
  diagnostics: Diagnostics,
): Expr | null {
  const { generated } = definition;
  if (generated === null) return null;
  const binder = new ExpressionBinder(diagnostics, before);
  if (type === null) {
    binder.bind(generated);
    return null;
  }
  return binder.bindAssignment(generated, type, `the generated column ${definition.name.name}`);
}

/** The columns so far. Says of one that is declared further on that it cannot be used yet. */
class GeneratedScope extends RowScope {
  readonly #all: ReadonlySet<string>;
  readonly #said: Diagnostics;
  readonly #before: ScopeColumn[];
  readonly #names = new Set<string>();

  constructor(statement: CreateSource | CreateTable, diagnostics: Diagnostics) {
    const before: ScopeColumn[] = [];
    super(diagnostics, before, new Set(), noAggregates(diagnostics, 'a generated column'));
    this.#before = before;
    this.#all = new Set(statement.columns.map(({ name }) => name.name));
    this.#said = diagnostics;
  }

  add(column: ScopeColumn): void {
    this.#before.push(column);
    this.#names.add(column.name);
  }

  override name(parts: readonly Identifier[], at: Identifier['at']): Expr | null {
    const last = parts.at(-1)?.name ?? '';
    if (!this.#names.has(last) && this.#all.has(last)) {
      return this.#said.invalid(
        `${last} is not declared before the column that uses it`,
        at,
        'A generated column uses columns before it: move it down.',
      );
    }
    return super.name(parts, at);
  }
}

function rowScope(
  statement: CreateSource | CreateTable,
  drafts: readonly DraftColumn[],
  diagnostics: Diagnostics,
  where: string,
): RowScope {
  const columns = drafts.map(
    ({ definition, type }): ScopeColumn => ({
      name: definition.name.name,
      qualifier: statement.name.name,
      type,
    }),
  );
  return new RowScope(diagnostics, columns, new Set(), noAggregates(diagnostics, where));
}

function bindKey(
  statement: CreateSource | CreateTable,
  drafts: readonly DraftColumn[],
  diagnostics: Diagnostics,
): readonly number[] {
  const inline = statement.columns.filter((definition) => definition.primaryKey).map(({ name }) => name);
  if (inline.length > 1) {
    diagnostics.invalid(
      `${statement.name.name} has several PRIMARY KEYs`,
      (inline[1] as Identifier).at,
      `Write PRIMARY KEY (${inline.map(({ name }) => name).join(', ')}) after the columns.`,
    );
  }
  if (inline.length > 0 && statement.primaryKey !== null) {
    const at = statement.primaryKey[0]?.at ?? statement.at;
    diagnostics.invalid(`${statement.name.name} has several PRIMARY KEYs`, at);
  }
  const names = statement.primaryKey ?? inline;
  if (names.length === 0 && statement.kind === 'createTable') {
    diagnostics.invalid(
      `the table ${statement.name.name} has no PRIMARY KEY`,
      statement.name.at,
      'Rows of a table are upserted and deleted by their key: write PRIMARY KEY after a column.',
    );
  }
  const key: number[] = [];
  for (const name of names) {
    const index = drafts.findIndex(({ definition }) => definition.name.name === name.name);
    if (index < 0) {
      diagnostics.unknown(
        `column of ${statement.name.name}`,
        name.name,
        name.at,
        drafts.map(({ definition }) => definition.name.name),
      );
    } else if (key.includes(index)) {
      diagnostics.duplicate('key column', name);
    } else {
      if (statement.kind === 'createTable' && drafts[index]?.definition.generated !== null) {
        diagnostics.invalid(
          `the generated column ${name.name} cannot be the PRIMARY KEY of a table`,
          name.at,
          'A delete names the key only; declare the key as a column that is read.',
        );
      }
      key.push(index);
    }
  }
  return key;
}

function boundColumns(
  statement: CreateSource | CreateTable,
  drafts: readonly DraftColumn[],
  columns: readonly Column[],
): BoundColumn[] {
  const contents: string[] = [];
  return drafts.map(({ definition, type, generated }, index) => {
    const content = fingerprintOf([
      'column',
      statement.name.name,
      definition.name.name,
      type,
      generated === null ? null : contentOf(generated, (used) => contents[used] ?? ''),
    ]);
    contents.push(content);
    return {
      name: definition.name.name,
      type,
      nullable: columns[index]?.nullable ?? true,
      content,
    };
  });
}

function sourcePlan(
  statement: CreateSource,
  base: Omit<RelationPlan, 'fingerprint'>,
  drafts: readonly DraftColumn[],
  diagnostics: Diagnostics,
): SourcePlan {
  const options = new Options(statement.options, SOURCE_OPTIONS, 'a source', diagnostics);
  const eventTime = bindEventTime(statement, drafts, options, diagnostics);
  if (statement.watermark === null) {
    for (const name of Object.keys(SOURCE_OPTIONS)) {
      const written = options.written(name);
      if (written === null) continue;
      diagnostics.invalid(
        `the option ${name} speaks of event time, which ${statement.name.name} does not have`,
        written.at,
        'Add WATERMARK FOR column to the columns.',
      );
    }
  }
  const plan = {
    kind: 'source',
    ...base,
    eventTime,
    maxAheadMicros: options.micros('max_ahead') ?? MICROS.day,
  } as const;
  return { ...plan, fingerprint: fingerprintOf(plan) };
}

function bindEventTime(
  statement: CreateSource,
  drafts: readonly DraftColumn[],
  options: Options,
  diagnostics: Diagnostics,
): EventTimePlan | null {
  const { watermark } = statement;
  if (watermark === null) return null;
  const column = timeColumn(statement, drafts, watermark.column, diagnostics);
  const scope = rowScope(statement, drafts, diagnostics, 'WATERMARK');
  const expression =
    watermark.expression === null
      ? column === null
        ? null
        : scope.column(column, watermark.column.at)
      : new ExpressionBinder(diagnostics, scope).bindAs(watermark.expression, TIMESTAMPTZ, 'the watermark');
  if (column === null || expression === null) return null;
  return {
    column,
    watermark: expression,
    allowedLatenessMicros: options.micros('allowed_lateness') ?? 0,
    idleTimeoutMicros: options.micros('idle_timeout'),
  };
}

function timeColumn(
  statement: CreateSource | CreateTable,
  drafts: readonly DraftColumn[],
  name: Identifier,
  diagnostics: Diagnostics,
): number | null {
  const index = drafts.findIndex(({ definition }) => definition.name.name === name.name);
  const draft = drafts[index];
  if (draft === undefined) {
    const names = drafts.map(({ definition }) => definition.name.name);
    return diagnostics.unknown(`column of ${statement.name.name}`, name.name, name.at, names);
  }
  if (draft.type === null) return null;
  if (draft.type.kind !== 'timestamptz') {
    return diagnostics.mismatch(
      `the column ${name.name} of WATERMARK FOR`,
      'TIMESTAMPTZ',
      typeName(draft.type),
      name.at,
      'Add a generated column, e.g. at TIMESTAMPTZ AS to_timestamp(seconds).',
    );
  }
  return index;
}

function tablePlan(
  statement: CreateTable,
  base: Omit<RelationPlan, 'fingerprint'>,
  drafts: readonly DraftColumn[],
  diagnostics: Diagnostics,
): TablePlan {
  new Options(statement.options, CONNECTORS, 'a table', diagnostics);
  const { watermark } = statement;
  const versionTime =
    watermark === null ? null : timeColumn(statement, drafts, watermark.column, diagnostics);
  if (watermark !== null && watermark.expression !== null) {
    const written = watermark.expression;
    const same = written.kind === 'name' && written.parts.at(-1)?.name === watermark.column.name;
    if (!same) {
      diagnostics.invalid(
        'a table has no watermark of its own; WATERMARK FOR only names the time from which a row is valid',
        written.at,
        `Write WATERMARK FOR ${watermark.column.name}.`,
      );
    }
  }
  const checks = drafts.flatMap(({ definition }, index) => (definition.check === null ? [] : [index]));
  for (const index of checks) {
    const { name, check } = (drafts[index] as DraftColumn).definition;
    if (check === null || !base.key.includes(index)) continue;
    diagnostics.invalid(`${name.name} is of the PRIMARY KEY, and nothing is moved in a key`, check);
  }
  // Left out where there is none, so that the table is the one that it was before there were any.
  const plan = { kind: 'table', ...base, versionTime, ...(checks.length === 0 ? {} : { checks }) } as const;
  return { ...plan, fingerprint: fingerprintOf(plan) };
}
