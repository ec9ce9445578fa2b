import type { CreateQuery } from '../ast.ts';
import type { QueryPlan } from '../plan.ts';
import { bindJob } from './bind-job.ts';
import type { Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { jobFingerprint } from './job-fingerprint.ts';
import { JobContext, JobScope, type Outer } from './job-scope.ts';
import { resolveType } from './type-rules.ts';

type Parameter = QueryPlan['parameters'][number];

/** CREATE QUERY. Null after reporting. */
export function bindQuery(
  statement: CreateQuery,
  catalog: Catalog,
  diagnostics: Diagnostics,
): QueryPlan | null {
  const errorsBefore = diagnostics.count;
  const parameters: (Omit<Parameter, 'type'> & { type: Parameter['type'] | null })[] = [];
  const names = new Set<string>();
  for (const node of statement.parameters) {
    const type = resolveType(node.type, diagnostics);
    if (names.has(node.name.name)) {
      diagnostics.duplicate('parameter', node.name);
      continue;
    }
    names.add(node.name.name);
    const value = node.default === null || type === null ? null : bindDefault(node, type, diagnostics);
    parameters.push({ name: node.name.name, type, default: value, hasDefault: node.default !== null });
  }
  const outer: Outer = { kind: 'query', columns: parameters, open: false, hasOld: false, windowed: false };
  const { plan: job } = bindJob(statement.body, outer, statement.budgetEdges, catalog, diagnostics);
  if (job === null || diagnostics.count > errorsBefore) return null;
  const plan: Omit<QueryPlan, 'fingerprint'> = {
    name: statement.name.name,
    parameters: parameters as Parameter[],
    job,
  };
  return { ...plan, fingerprint: jobFingerprint(plan, []) };
}

/** A default is a constant of the parameter's type. */
function bindDefault(
  node: CreateQuery['parameters'][number],
  type: Parameter['type'],
  diagnostics: Diagnostics,
): Parameter['default'] {
  if (node.default === null) return null;
  const none: Outer = { kind: 'query', columns: [], open: false, hasOld: false, windowed: false };
  const scope = new JobScope(new JobContext(diagnostics, null, false, none), {
    variables: new Map(),
    rows: null,
  });
  const what = `the default of ${node.name.name}`;
  const value = scope.binder().bindAssignment(node.default, type, what);
  if (value === null) return null;
  if (value.kind === 'literal') return value.value;
  return diagnostics.invalid(`${what} must be a constant`, node.default.at);
}
