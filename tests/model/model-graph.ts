import type { Column, GraphPlan, LabelExpr, RelationRef } from '../../language/plan.ts';
import { keyText } from './model-functions.ts';
import { compareLists, type Edge, type Scalar, type Vertex } from './model-values.ts';

/** A row that feeds an edge table, with its place in the order of arrival. */
export interface StoredEdge {
  readonly row: readonly Scalar[];
  readonly arrival: number;
}

/** A whole graph at one position, as lists. */
export interface Snapshot {
  readonly plan: GraphPlan;
  readonly vertices: readonly Vertex[];
  readonly edges: readonly Edge[];
}

/** What a snapshot is made from. */
export interface GraphContent {
  columnsOf(relation: RelationRef): readonly Column[];
  /** Rows of a table or of a view over one. */
  rowsOf(relation: RelationRef): readonly (readonly Scalar[])[];
  /** Live rows of a source-fed edge table, by its number. */
  storedEdges(edgeTable: number): readonly StoredEdge[];
}

/** Builds the graph: vertices are the table rows and the endpoints of the live edges. */
export function buildSnapshot(plan: GraphPlan, content: GraphContent): Snapshot {
  const vertices: Vertex[] = [];
  const findOrAdd = (table: number, key: readonly Scalar[], row: readonly Scalar[] | null): Vertex => {
    const known = vertices.find((vertex) => vertex.table === table && compareLists(vertex.key, key) === 0);
    if (known !== undefined) return known;
    const vertexTable = plan.vertexTables[table];
    if (vertexTable === undefined) throw new Error(`no vertex table ${table}`);
    const columns = content.columnsOf(vertexTable.relation);
    const types = vertexTable.key.map((column) => (columns[column] as Column).type);
    const filled = columns.map((_, column): Scalar => {
      const place = vertexTable.key.indexOf(column);
      return row !== null ? (row[column] ?? null) : place < 0 ? null : (key[place] ?? null);
    });
    const { labels } = vertexTable;
    const text = keyText(types, key);
    const vertex: Vertex = { form: 'vertex', table, key, text, label: labels[0] ?? '', labels, row: filled };
    vertices.push(vertex);
    return vertex;
  };
  plan.vertexTables.forEach((vertexTable, table) => {
    for (const row of content.rowsOf(vertexTable.relation)) {
      findOrAdd(
        table,
        vertexTable.key.map((column) => row[column] ?? null),
        row,
      );
    }
  });
  const edges = plan.edgeTables.flatMap((edgeTable, table): Edge[] => {
    const columns = content.columnsOf(edgeTable.relation);
    const types = edgeTable.key.map((column) => (columns[column] as Column).type);
    const stored = edgeTable.fromSource
      ? content.storedEdges(table)
      : content.rowsOf(edgeTable.relation).map((row) => ({ row, arrival: 0 }));
    return stored.flatMap(({ row, arrival }): Edge[] => {
      const ends = [edgeTable.source, edgeTable.destination].map((end) =>
        end.columns.map((column) => row[column] ?? null),
      );
      if (ends.some((key) => key.includes(null))) return [];
      const key = edgeTable.key.map((column) => row[column] ?? null);
      const plain = keyText(types, key);
      return [
        {
          form: 'edge',
          table,
          key,
          text: plan.edgeTables.length > 1 ? `${edgeTable.name}:${plain}` : plain,
          label: edgeTable.labels[0] ?? '',
          labels: edgeTable.labels,
          row,
          time: edgeTable.eventTime === null ? null : (row[edgeTable.eventTime] ?? null),
          arrival,
          source: findOrAdd(edgeTable.source.vertexTable, ends[0] as Scalar[], null),
          destination: findOrAdd(edgeTable.destination.vertexTable, ends[1] as Scalar[], null),
        },
      ];
    });
  });
  return { plan, vertices, edges };
}

/** Whether an element with these labels satisfies the label expression. */
export function hasLabel(labels: readonly string[], expression: LabelExpr | null): boolean {
  if (expression === null) return true;
  switch (expression.kind) {
    case 'any':
      return true;
    case 'label':
      return labels.includes(expression.name);
    case 'not':
      return !hasLabel(labels, expression.argument);
    case 'and':
      return hasLabel(labels, expression.left) && hasLabel(labels, expression.right);
    case 'or':
      return hasLabel(labels, expression.left) || hasLabel(labels, expression.right);
  }
}
