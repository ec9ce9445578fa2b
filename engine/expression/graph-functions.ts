import { present } from '../../core/assert.ts';
import type { CompiledCall } from './compiled-call.ts';
import type { ElementReader, Evaluate, PathValue } from './evaluate.ts';

/** Functions over paths, vertices, edges and lists. NULL for NULL. */
export function compileGraphFunction({ call, args, context }: CompiledCall): Evaluate | null {
  const a = args[0] as Evaluate;
  const kind = call.args[0]?.type.kind;
  switch (call.name) {
    case 'pathLength':
      return notNull(a, (path) => (path as PathValue).edges.length);
    case 'vertices':
      return notNull(a, (path) => (path as PathValue).vertices);
    case 'edges':
      return notNull(a, (path) => (path as PathValue).edges);
    case 'listLength':
      return notNull(a, (list) => (list as readonly unknown[]).length);
    case 'elementKey':
    case 'elementLabel':
      return notNull(a, elementText(call.name, kind === 'vertex', present(context.elements, 'the graph')));
    case 'elementLabels': {
      const elements = present(context.elements, 'the graph');
      const { vertexTables, edgeTables } = elements.plan;
      return notNull(
        a,
        kind === 'vertex'
          ? (vertex) => vertexTables[elements.vertexTable(vertex as number)]?.labels ?? null
          : (edge) => edgeTables[elements.edgeTable(edge as number)]?.labels ?? null,
      );
    }
    case 'inList':
      return inList(a, args[1] as Evaluate);
    case 'startVertex':
    case 'endVertex':
      return notNull(
        a,
        endpoint(call.name === 'startVertex', kind === 'path', present(context.elements, 'the graph')),
      );
    case 'isSource':
    case 'isDestination': {
      const elements = present(context.elements, 'the graph');
      const edge = args[1] as Evaluate;
      const isSource = call.name === 'isSource';
      return (row, slots, old) => {
        const vertex = a(row, slots, old);
        const bound = firstOf(edge(row, slots, old));
        if (vertex === null || bound === null) return null;
        return vertex === (isSource ? elements.edgeSource(bound) : elements.edgeDestination(bound));
      };
    }
    default:
      return null;
  }
}

/** Values of one type are the same where they are identical, and so are dense ids of vertices and edges. */
function inList(argument: Evaluate, of: Evaluate): Evaluate {
  return (row, slots, old) => {
    const value = argument(row, slots, old);
    const list = of(row, slots, old) as readonly unknown[] | null;
    if (value === null || list === null) return null;
    if (list.includes(value)) return true;
    return list.includes(null) ? null : false;
  };
}

function notNull(argument: Evaluate, apply: (value: unknown) => unknown): Evaluate {
  return (row, slots, old) => {
    const value = argument(row, slots, old);
    return value === null ? null : apply(value);
  };
}

/** An edge; of a merged hop its first, whose endpoints all share. */
function firstOf(edge: unknown): number | null {
  if (Array.isArray(edge)) return (edge[0] as number | undefined) ?? null;
  return edge as number | null;
}

function elementText(name: string, ofVertex: boolean, elements: ElementReader): (value: unknown) => unknown {
  if (ofVertex) {
    return name === 'elementKey'
      ? (vertex) => elements.vertexKey(vertex as number)
      : (vertex) => elements.vertexLabel(vertex as number);
  }
  if (name === 'elementLabel') return (edge) => elements.edgeLabel(firstOf(edge) as number);
  return (edge) =>
    Array.isArray(edge)
      ? edge.map((one) => elements.edgeKey(one as number)).join(',')
      : elements.edgeKey(edge as number);
}

function endpoint(start: boolean, ofPath: boolean, elements: ElementReader): (value: unknown) => unknown {
  if (ofPath) {
    return (value) => {
      const { vertices } = value as PathValue;
      return vertices[start ? 0 : vertices.length - 1] ?? null;
    };
  }
  return (edge) => {
    const first = firstOf(edge);
    if (first === null) return null;
    return start ? elements.edgeSource(first) : elements.edgeDestination(first);
  };
}
