import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const TEMPLATE = path.join(import.meta.dirname, 'rules/cycles.sql');

/** Writes the rule for rings of `lengths` (both ends included) within an interval, and gives its path. */
export function writeCycleRules(folder: string, lengths: readonly [number, number], within: string): string {
  const text = readFileSync(TEMPLATE, 'utf8')
    .replaceAll('{1,5}', `{${lengths[0] - 1},${lengths[1] - 1}}`)
    .replaceAll('14 days', within);
  const file = path.join(folder, 'rules.sql');
  writeFileSync(file, text);
  return file;
}

/** Rings by number of transfers. */
export function countByLength(rings: Iterable<readonly unknown[]>): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const ring of rings) counts[ring.length] = (counts[ring.length] ?? 0) + 1;
  return counts;
}
