import { fingerprintOf } from '../fingerprint.ts';
import type { Column, Fingerprint } from '../plan.ts';

/**
 * The fingerprint of a rule or query: its own content, columns of the triggering row by name and properties without
 * their places. Columns added to relations, which it does not use, leave it as it is.
 */
export function jobFingerprint(plan: object, columns: readonly Pick<Column, 'name'>[]): Fingerprint {
  return fingerprintOf(named(plan, columns));
}

function named(value: unknown, columns: readonly Pick<Column, 'name'>[]): unknown {
  if (Array.isArray(value)) return value.map((item) => named(item, columns));
  if (typeof value !== 'object' || value === null) return value;
  const node = value as Readonly<Record<string, unknown>>;
  if (node.kind === 'column' || node.kind === 'oldColumn') {
    return [node.kind, node.type, columns[node.index as number]?.name];
  }
  const members = Object.entries(node).map(([key, member]): [string, unknown] => {
    // Places of properties in their tables, and the triggering row's columns that nothing names.
    if (key === 'columns' && !('table' in node)) return [key, null];
    if (key === 'eventTime' || (key === 'key' && 'event' in node)) return [key, columnNames(member, columns)];
    return [key, named(member, columns)];
  });
  return Object.fromEntries(members);
}

function columnNames(member: unknown, columns: readonly Pick<Column, 'name'>[]): unknown {
  if (typeof member === 'number') return columns[member]?.name;
  return Array.isArray(member) ? member.map((index: number) => columns[index]?.name) : null;
}
