import type { CreateRule } from '../ast.ts';
import type { RulePlan } from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';

/** The rules that each rule may start. */
type Followers = (rule: RulePlan) => readonly RulePlan[];

/**
 * A rule that inserts into a table, or moves between its rows, starts the rules on that table. RECURSIVE_DEFINITION where that comes round to a
 * table again: one record would never be done. Each circle is said once, at the INSERT of its first rule by name.
 *
 * A change of a row may take it out of a view, and so starts rules on deletes from views: that counts in circles with a transfer in
 * them. Circles of INSERTs alone are taken without it, as they always were; the fold bounds what they do.
 */
export function checkInsertCycles(
  rules: readonly RulePlan[],
  statements: readonly CreateRule[],
  diagnostics: Diagnostics,
): void {
  const started = rulesByTable(rules);
  const byInserts: Followers = ({ actions }) =>
    actions.inserts.flatMap(({ table }) => started.get(table) ?? []);
  const byTransfers: Followers = ({ actions }) =>
    (actions.transfers ?? []).flatMap(({ table }) => (started.get(table) ?? []).filter(isOnUpdates));
  const all: Followers = (rule) => [...byInserts(rule), ...byTransfers(rule)];
  const withoutDeletes: Followers = (rule) => all(rule).filter(({ trigger }) => trigger.event !== 'delete');
  const said = new Set<string>();
  for (const start of rules.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (said.has(start.name)) continue;
    const path = pathBack(start, withoutDeletes, withoutDeletes) ?? pathBack(start, byTransfers, all);
    if (path === null || path.some((name) => said.has(name))) continue;
    for (const name of path) said.add(name);
    const statement = statements.find((candidate) => candidate.name.name === start.name);
    const insert = statement?.actions.find(({ kind }) => kind === 'insert' || kind === 'transfer');
    const at = insert?.at ?? statement?.at;
    if (at === undefined) continue;
    const cycle = [...path, start.name].join(' -> ');
    diagnostics.report('RECURSIVE_DEFINITION', { name: `rule ${start.name}`, cycle }, at);
  }
}

/** Whether an update of a row may start the rule: it may bring the row into a view. */
function isOnUpdates({ trigger }: RulePlan): boolean {
  return trigger.event !== 'insert' || trigger.relation.kind !== 'table';
}

/** Rules that an upsert into a table may start, by table: also those on rows that leave a view of it. */
function rulesByTable(rules: readonly RulePlan[]): ReadonlyMap<string, readonly RulePlan[]> {
  const started = new Map<string, RulePlan[]>();
  for (const rule of rules) {
    const { root, event, relation } = rule.trigger;
    if (root.kind !== 'table' || (event === 'delete' && relation.kind === 'table')) continue;
    const known = started.get(root.name);
    if (known === undefined) started.set(root.name, [rule]);
    else known.push(rule);
  }
  return started;
}

/** The shortest chain of rules, each inserting into the table that starts the next, from a rule back to itself; `first` are its own. */
function pathBack(start: RulePlan, first: Followers, followers: Followers): readonly string[] | null {
  const before = new Map<string, RulePlan | null>([[start.name, null]]);
  const queue = [start];
  for (let rule = queue.shift(); rule !== undefined; rule = queue.shift()) {
    for (const next of (rule === start ? first : followers)(rule)) {
      if (next.name === start.name) return chain(rule, before);
      if (before.has(next.name)) continue;
      before.set(next.name, rule);
      queue.push(next);
    }
  }
  return null;
}

function chain(last: RulePlan, before: ReadonlyMap<string, RulePlan | null>): readonly string[] {
  const names: string[] = [];
  for (let rule: RulePlan | null = last; rule !== null; rule = before.get(rule.name) ?? null)
    names.push(rule.name);
  return names.reverse();
}
