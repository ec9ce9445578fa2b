import { typeName } from '../../core/types.ts';
import type {
  ColumnSchema,
  DecisionSchema,
  Definitions,
  ElementTableSchema,
  GraphSchema,
  QuerySchema,
  RelationSchema,
  RuleStanding,
} from '../../core/ports/engine.ts';
import type { Fold } from '../../engine/fold.ts';
import {
  type Column,
  type DecisionPlan,
  type EdgeTablePlan,
  type GraphPlan,
  type Program,
  type QueryPlan,
  type SourcePlan,
  type TablePlan,
  type TransferPlan,
  transferPlans,
  type VertexTablePlan,
} from '../../language/plan.ts';

/** The sources and tables of a program, and the transfers that it allows, for whoever encodes rows of them. */
export function describeRelations(program: Program): RelationSchema[] {
  const plans = [...program.sources, ...program.tables, ...transferPlans(program)];
  return plans.map((plan) => describeRelation(plan, program));
}

/** The definitions in force, or null before the first. */
export function describeDefinitions(fold: Fold): Definitions | null {
  const { program } = fold;
  const current = fold.definitionHistory()[0];
  if (current === undefined) return null;
  const relations = describeRelations(program);
  return {
    text: current.text,
    version: current.version,
    position: current.position,
    sources: relations.filter(({ kind }) => kind === 'source'),
    tables: relations.filter(({ kind }) => kind === 'table'),
    views: program.views.map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => describeColumn(column, false, false)),
    })),
    graphs: program.graphs.map(describeGraph),
    decisions: program.decisions.map(describeDecision),
    rules: describeRules(fold),
    queries: program.queries.map(describeQuery),
  };
}

/** The rules in force, with what each has done since the beginning of the log. */
export function describeRules(fold: Fold): RuleStanding[] {
  return fold.program.rules.map(({ name, trigger, job, actions }) => ({
    name,
    version: fold.ruleVersion(name),
    enabled: fold.isRuleEnabled(name),
    on: trigger.relation.name,
    graph: job?.graph ?? null,
    severity: actions.alert?.severity ?? null,
    title: actions.alert?.title ?? null,
    ...fold.counters.rule(name),
  }));
}

function describeRelation(plan: SourcePlan | TablePlan | TransferPlan, program: Program): RelationSchema {
  const decision = program.decisions.find(({ source }) => source === plan.name);
  return {
    kind: plan.kind,
    name: plan.name,
    fingerprint: plan.fingerprint,
    columns: plan.columns.map((column, index) =>
      describeColumn(column, plan.generated[index] !== null, plan.key.includes(index)),
    ),
    decision: decision === undefined ? null : describeDecision(decision),
    plan,
  };
}

function describeColumn({ name, type, nullable }: Column, generated: boolean, key: boolean): ColumnSchema {
  return { name, type, typeName: typeName(type), nullable, generated, key };
}

function describeDecision(plan: DecisionPlan): DecisionSchema {
  const { name, source, outcomes, fallback, deadlineMicros } = plan;
  const deadlineMs = deadlineMicros === null ? null : Math.ceil(deadlineMicros / 1000);
  return { name, source, outcomes, default: plan.default, fallback, deadlineMs };
}

function describeGraph(plan: GraphPlan): GraphSchema {
  const vertexName = (index: number): string => plan.vertexTables[index]?.name ?? '';
  return {
    name: plan.name,
    vertexTables: plan.vertexTables.map(describeElements),
    edgeTables: plan.edgeTables.map((table) => ({
      ...describeElements(table),
      source: vertexName(table.source.vertexTable),
      destination: vertexName(table.destination.vertexTable),
    })),
    retainMs: plan.retainMicros === null ? null : Math.floor(plan.retainMicros / 1000),
  };
}

function describeElements({ name, labels, properties }: VertexTablePlan | EdgeTablePlan): ElementTableSchema {
  return {
    name,
    labels,
    properties: properties.map((property) => ({ name: property.name, typeName: typeName(property.type) })),
  };
}

function describeQuery({ name, job, parameters }: QueryPlan): QuerySchema {
  return {
    name,
    graph: job.graph,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      type: parameter.type,
      typeName: typeName(parameter.type),
      optional: parameter.hasDefault,
    })),
  };
}
