import type { CreateDecision, Identifier } from '../ast.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { DecisionPlan } from '../plan.ts';
import { constantInterval } from './bind-literal.ts';
import type { Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';

/** What a refused event answers; no outcome may be called so. */
const REFUSED = 'refused';

/** CREATE DECISION. Null after reporting. */
export function bindDecision(
  statement: CreateDecision,
  catalog: Catalog,
  diagnostics: Diagnostics,
): DecisionPlan | null {
  const errorsBefore = diagnostics.count;
  const relation = catalog.relation(statement.on, 'source');
  if (relation !== null && relation.ref.kind !== 'source') {
    const root = relation.root?.kind === 'source' ? relation.root.name : null;
    diagnostics.mismatch(
      `the relation ${relation.ref.name} of a decision`,
      'a source',
      `a ${relation.ref.kind}`,
      statement.on.at,
      root === null ? null : `Write ON ${root}; rules on views of it decide its events.`,
    );
  }
  const other = [...catalog.decisions.values()].find((decision) => decision.source === statement.on.name);
  if (other !== undefined) {
    diagnostics.invalid(`the source ${other.source} has the decision ${other.name} already`, statement.on.at);
  }
  const outcomes = bindOutcomes(statement, diagnostics);
  const whenNone = outcomeOf(statement.default, outcomes, diagnostics);
  const fallback = outcomeOf(statement.fallback, outcomes, diagnostics) ?? whenNone;
  const deadlineMicros =
    statement.deadline === null ? null : constantInterval(statement.deadline, 'DEADLINE', diagnostics);
  if (statement.default === null) {
    diagnostics.invalid(
      `the decision ${statement.name.name} has no DEFAULT`,
      statement.name.at,
      'Say what an event gets that no rule speaks of: DEFAULT approve.',
    );
  }
  if (relation === null || whenNone === null || fallback === null || diagnostics.count > errorsBefore)
    return null;
  const plan: Omit<DecisionPlan, 'fingerprint'> = {
    name: statement.name.name,
    source: statement.on.name,
    outcomes,
    default: whenNone,
    fallback,
    deadlineMicros,
  };
  return { ...plan, fingerprint: fingerprintOf(plan) };
}

function bindOutcomes(statement: CreateDecision, diagnostics: Diagnostics): readonly string[] {
  const outcomes = new Set<string>();
  for (const outcome of statement.outcomes) {
    if (outcome.name === REFUSED) {
      diagnostics.invalid(
        'refused is what an event answers that a rule refused; no outcome is called so',
        outcome.at,
      );
    } else if (outcomes.has(outcome.name)) diagnostics.duplicate('outcome', outcome);
    else outcomes.add(outcome.name);
  }
  return [...outcomes];
}

function outcomeOf(
  outcome: Identifier | null,
  outcomes: readonly string[],
  diagnostics: Diagnostics,
): string | null {
  if (outcome === null) return null;
  if (outcomes.includes(outcome.name)) return outcome.name;
  return diagnostics.unknown('outcome', outcome.name, outcome.at, outcomes);
}
