import type { CreateRule } from '../ast.ts';
import type { RulePlan } from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';

/**
 * A rule that inserts into a table starts the rules on that table. RECURSIVE_DEFINITION where that comes round to a
 * table again: one record would never be done. Each circle is said once, at the INSERT of its first rule by name.
 */
export function checkInsertCycles(
  rules: readonly RulePlan[],
  statements: readonly CreateRule[],
  diagnostics: Diagnostics,
): void {
  const ordered = rules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const said = new Set<string>();
  for (const start of ordered) {
    const path = pathBack(start, ordered);
    if (path === null || path.some((name) => said.has(name))) continue;
    for (const name of path) said.add(name);
    const statement = statements.find((candidate) => candidate.name.name === start.name);
    const insert = statement?.actions.find((action) => action.kind === 'insert');
    const at = insert?.at ?? statement?.at;
    if (at === undefined) continue;
    diagnostics.report(
      'RECURSIVE_DEFINITION',
      { name: `rule ${start.name}`, cycle: [...path, start.name].join(' -> ') },
      at,
    );
  }
}

/** The shortest chain of rules, each inserting into the table that starts the next, from a rule back to itself. */
function pathBack(start: RulePlan, rules: readonly RulePlan[]): readonly string[] | null {
  const paths = [[start]];
  const visited = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const last = path.at(-1) as RulePlan;
    for (const { table } of last.actions.inserts) {
      for (const next of rules) {
        if (next.trigger.root.kind !== 'table' || next.trigger.root.name !== table) continue;
        if (next.trigger.event === 'delete') continue;
        if (next.name === start.name) return path.map(({ name }) => name);
        if (!visited.has(next.name)) paths.push([...path, next]);
        visited.add(next.name);
      }
    }
  }
  return null;
}
