import { present } from '../core/assert.ts';
import type { Row } from '../core/types.ts';
import { keepsEdges, type Program } from '../language/plan.ts';
import type { EvaluationErrors } from './expression/evaluate.ts';
import type { GraphView } from './graph/graph-view.ts';
import type { LogHistory } from './log-history.ts';
import { padded } from './stream/complete-row.ts';
import { columnsOf, type TableRuntime } from './stream/pipeline.ts';
import { compileRowChain } from './stream/row-stages.ts';

/** What graphs are filled from when definitions bring them. */
export interface GraphFilling {
  readonly program: Program;
  readonly tables: ReadonlyMap<string, TableRuntime>;
  readonly errors: EvaluationErrors;
  /** Of the definitions. */
  readonly position: number;
}

/** Gives a new graph the rows that its tables hold, and its history where it is filled from the log. */
export function fillGraph(graph: GraphView, filling: GraphFilling, history: LogHistory | null): void {
  const { name, vertexTables, edgeTables, backfill } = graph.plan;
  vertexTables.forEach(({ relation }, table) => {
    for (const row of tableRows(relation.name, filling)) graph.upsertVertex(table, row);
  });
  edgeTables.forEach(({ relation, fromSource }, table) => {
    const filled = backfill ? (history?.edges.get(name)?.[table] ?? []) : [];
    const width = columnsOf(filling.program, relation.name).length;
    for (const row of fromSource ? filled : tableRows(relation.name, filling)) {
      graph.insertEdge(table, padded(row, width), filling.position);
    }
  });
}

/** Gives a new graph the source-fed edges of the one that had its name; others begin with the next event. */
export function keepEdges(
  graph: GraphView,
  old: GraphView,
  programBefore: Program,
  { program, position }: GraphFilling,
): void {
  graph.plan.edgeTables.forEach((next, table) => {
    if (!next.fromSource) return;
    const width = columnsOf(program, next.relation.name).length;
    const same = old.plan.edgeTables.findIndex((before) =>
      keepsEdges(before, columnsOf(programBefore, before.relation.name).length, next),
    );
    if (same < 0) return;
    old.forEachEdgeRow(same, (row) => {
      graph.insertEdge(table, padded(row, width), position);
    });
  });
}

/** Rows of a table, or of a view over one, in the key order of the table. */
function tableRows(relation: string, filling: GraphFilling): Row[] {
  const table = filling.tables.get(relation);
  if (table !== undefined) return [...table.state.sortedRows()];
  const view = present(
    filling.program.views.find(({ name }) => name === relation),
    `view ${relation}`,
  );
  const chain = compileRowChain(view.operators, filling.errors);
  const rows: Row[] = [];
  for (const row of tableRows(view.input.name, filling)) {
    const out = chain(row);
    if (out !== null) rows.push(out);
  }
  return rows;
}
