import { RingwatchError } from '../../core/errors.ts';
import { parseText } from '../../core/parse-value.ts';
import type { RelationSchema, TenantEngine } from '../../core/ports/engine.ts';
import type { Row } from '../../core/types.ts';
import type { TablePlan, TransferPlan } from '../../language/plan.ts';
import { relationOf } from '../relation-of.ts';

/** The transfers over a column of a table, and how its rows are named. */
export interface TransferTarget {
  readonly relation: RelationSchema;
  readonly plan: TransferPlan;
  /** The PRIMARY KEY's columns, in its order. */
  readonly key: readonly string[];
}

/** `column` null: the only one of the table. Throws UNKNOWN_NAME, TRANSFER_COLUMN_UNKNOWN, FIELD_INVALID. */
export async function transferTarget(
  engine: TenantEngine,
  table: string,
  column: string | null,
): Promise<TransferTarget> {
  const { plan: tablePlan } = await relationOf(engine, 'table', table);
  const { key, columns } = tablePlan as TablePlan;
  const all = (await engine.relations()).filter(({ kind }) => kind === 'transfer');
  const ofTable = all.filter(({ plan }) => (plan as TransferPlan).table === table);
  const wanted = ofTable.filter(
    ({ plan }) => column === null || (plan as TransferPlan).columnName === column,
  );
  const [relation, second] = wanted;
  if (relation === undefined) {
    const name = column === null ? table : `${table}.${column}`;
    throw new RingwatchError('TRANSFER_COLUMN_UNKNOWN', { name: name.slice(0, 130) });
  }
  if (second !== undefined) {
    throw new RingwatchError('FIELD_INVALID', { field: 'column', reason: 'the table has several' });
  }
  const names = key.map((index) => columns[index]?.name ?? '');
  return { relation, plan: relation.plan as TransferPlan, key: names };
}

/** The values that name a row, in the order of the key. Throws FIELD_INVALID. */
export function keyOfRow(
  { plan, key }: TransferTarget,
  row: Readonly<Record<string, unknown>>,
  field: string,
): Row {
  checkNames(key, row, field);
  return key.map((name, n) => {
    const given = row[name];
    const type = plan.columns[n]?.type ?? { kind: 'null' };
    try {
      return parseText(type, typeof given === 'string' ? given : JSON.stringify(given));
    } catch (error) {
      const reason = error instanceof RingwatchError ? error.message : 'it is no value';
      throw new RingwatchError('FIELD_INVALID', { field, reason }, { cause: error });
    }
  });
}

/** The fields that the row that gives or takes has in a line of transfers. Throws FIELD_INVALID. */
export function fieldsOfRow(
  { plan, key }: TransferTarget,
  row: Readonly<Record<string, unknown>>,
  side: 'from' | 'to',
): Readonly<Record<string, unknown>> {
  checkNames(key, row, side);
  const first = side === 'from' ? 0 : plan.keyWidth;
  return Object.fromEntries(key.map((name, n) => [plan.columns[first + n]?.name ?? '', row[name]]));
}

function checkNames(key: readonly string[], row: Readonly<Record<string, unknown>>, field: string): void {
  const isKey = Object.keys(row).every((name) => key.includes(name));
  if (isKey && key.every((name) => Object.hasOwn(row, name) && row[name] !== null)) return;
  throw new RingwatchError('FIELD_INVALID', {
    field,
    reason: `it does not name ${key.join(', ')}, and no more`,
  });
}
