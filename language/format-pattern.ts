import { formatExpression, type ExpressionNames } from './format-expression.ts';
import type { EdgePattern, LabelExpr, PathPattern, VertexPattern } from './plan.ts';

/** A path pattern as a definition writes it, on one line. */
export function formatPattern(path: PathPattern, names: ExpressionNames): string {
  const parts: string[] = [];
  for (const [n, vertex] of path.vertices.entries()) {
    parts.push(formatVertex(vertex, names));
    const edge = path.edges[n];
    if (edge !== undefined) parts.push(formatEdge(edge, names));
  }
  const mode = path.mode === 'walk' ? '' : `${path.mode.toUpperCase()} `;
  return `${path.name === null ? '' : `${path.name} = `}${mode}${parts.join('')}`;
}

function formatVertex(vertex: VertexPattern, names: ExpressionNames): string {
  return `(${inside(names.slot(vertex.slot), vertex.labels, vertex.where, names)})`;
}

function formatEdge(edge: EdgePattern, names: ExpressionNames): string {
  const named: ExpressionNames = {
    ...names,
    slot: (slot) => names.slot(slot === edge.element ? edge.slot : slot),
  };
  const body = `[${inside(names.slot(edge.slot), edge.labels, edge.where, named)}]`;
  const arrow =
    edge.direction === 'in' ? `<-${body}-` : edge.direction === 'out' ? `-${body}->` : `-${body}-`;
  return `${arrow}${edge.quantifier === null ? '' : formatQuantifier(edge.quantifier)}`;
}

function formatQuantifier({ min, max }: NonNullable<EdgePattern['quantifier']>): string {
  if (min === max) return `{${min}}`;
  return max === null ? `{${min},}` : `{${min},${max}}`;
}

function inside(
  name: string,
  labels: LabelExpr | null,
  where: VertexPattern['where'],
  names: ExpressionNames,
): string {
  const label = labels === null ? '' : `:${formatLabels(labels)}`;
  const condition = where === null ? '' : ` WHERE ${formatExpression(where, names)}`;
  return `${name}${label}${condition}`;
}

function formatLabels(labels: LabelExpr): string {
  switch (labels.kind) {
    case 'label':
      return labels.name;
    case 'any':
      return '%';
    case 'not':
      return `!${grouped(labels.argument)}`;
    case 'and':
      return `${grouped(labels.left)}&${grouped(labels.right)}`;
    case 'or':
      return `${formatLabels(labels.left)}|${formatLabels(labels.right)}`;
  }
}

function grouped(labels: LabelExpr): string {
  return labels.kind === 'or' || labels.kind === 'and' ? `(${formatLabels(labels)})` : formatLabels(labels);
}
