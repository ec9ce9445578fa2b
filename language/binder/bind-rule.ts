import type { CreateRule } from '../ast.ts';
import type { Column, RulePlan } from '../plan.ts';
import { bindActions } from './bind-actions.ts';
import { bindJob } from './bind-job.ts';
import type { BoundRelation, Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { JobContext, JobScope, type Outer } from './job-scope.ts';
import { jobFingerprint } from './job-fingerprint.ts';

/** CREATE RULE. Null after reporting. */
export function bindRule(statement: CreateRule, catalog: Catalog, diagnostics: Diagnostics): RulePlan | null {
  const errorsBefore = diagnostics.count;
  const relation = catalog.relation(statement.on);
  if (relation !== null) checkEvent(statement, relation, diagnostics);
  const outer: Outer = {
    kind: 'rule',
    columns: relation?.columns ?? [],
    open: relation?.open ?? true,
    hasOld: statement.event === 'update' || statement.event === 'delete',
    windowed: relation?.windowed ?? false,
  };
  const before = new JobContext(diagnostics, null, false, outer);
  const when =
    statement.when === null
      ? null
      : new JobScope(before, { variables: new Map(), rows: null, bareColumns: true })
          .binder()
          .bindCondition(statement.when, 'WHEN');
  const job =
    statement.then === null
      ? null
      : bindJob(statement.then, outer, statement.budgetEdges, catalog, diagnostics);
  if (job === null && statement.budgetEdges !== null) {
    diagnostics.invalid('BUDGET bounds a graph job, and the rule has no THEN', statement.budgetEdges.at);
  }
  const context = job?.context ?? before;
  const binder = new JobScope(context, {
    variables: context.outputs,
    rows: null,
    bareColumns: true,
  }).binder();
  const actions = bindActions(statement, { catalog, diagnostics, binder, trigger: relation });
  const root = relation?.root ?? null;
  if (relation === null || root === null || diagnostics.count > errorsBefore) return null;
  if (relation.columns.some(({ type }) => type === null) || (job !== null && job.plan === null)) return null;
  const plan: Omit<RulePlan, 'fingerprint'> = {
    name: statement.name.name,
    trigger: {
      relation: relation.ref,
      event: statement.event,
      root,
      columns: relation.columns.map(({ name, type, nullable }) => ({
        name,
        type: type as Column['type'],
        nullable,
      })),
      eventTime: relation.eventTime,
      key: relation.key,
    },
    when,
    job: job?.plan ?? null,
    actions,
  };
  return { ...plan, fingerprint: jobFingerprint(plan, plan.trigger.columns) };
}

function checkEvent(statement: CreateRule, relation: BoundRelation, diagnostics: Diagnostics): void {
  if (relation.root === null) return;
  const { event } = statement;
  if ((event === 'update' || event === 'delete') && !relation.changes) {
    diagnostics.invalid(
      `rows of ${relation.ref.name} are only ever added, so AFTER ${event.toUpperCase()} never comes`,
      statement.on.at,
      `Write ON ${relation.ref.name}; a reversal is a row of a table.`,
    );
  }
  if (event === 'revision' && !relation.windowed) {
    diagnostics.invalid(
      `${relation.ref.name} has no windows whose rows could be revised`,
      statement.on.at,
      'ON REVISION is for views FROM TUMBLE(…) or HOP(…).',
    );
  }
}
