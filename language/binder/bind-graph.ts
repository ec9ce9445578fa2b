import type { SourcePosition } from '../../core/source-position.ts';
import { typeName } from '../../core/types.ts';
import type { CreateGraph, EdgeTable, ElementTable, Endpoint, Identifier } from '../ast.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { EdgeTablePlan, ElementProperty, EndpointPlan, GraphPlan, VertexTablePlan } from '../plan.ts';
import type { BoundGraph, BoundRelation, Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { BACKFILL, Options } from './options.ts';
import { sameForm } from './type-rules.ts';

/** CREATE PROPERTY GRAPH. Element tables that failed are left out, and the graph is not complete then. */
export function bindGraph(statement: CreateGraph, catalog: Catalog, diagnostics: Diagnostics): BoundGraph {
  return new GraphBinder(statement, catalog, diagnostics).bind();
}

class GraphBinder {
  readonly #statement: CreateGraph;
  readonly #catalog: Catalog;
  readonly #diagnostics: Diagnostics;
  readonly #names = new Set<string>();
  readonly #failed = new Set<string>();
  /** Errors hide the type of some property. */
  #hidden = false;
  readonly #vertexRelations: BoundRelation[] = [];
  readonly #vertexTables: VertexTablePlan[] = [];

  constructor(statement: CreateGraph, catalog: Catalog, diagnostics: Diagnostics) {
    this.#statement = statement;
    this.#catalog = catalog;
    this.#diagnostics = diagnostics;
  }

  bind(): BoundGraph {
    const errorsBefore = this.#diagnostics.count;
    const options = new Options(
      this.#statement.options,
      {
        event_time: { kind: 'text' },
        retain: { kind: 'interval' },
        backfill: BACKFILL,
      },
      'a property graph',
      this.#diagnostics,
    );
    for (const element of this.#statement.vertexTables) this.#bindVertexTable(element);
    const eventTime = options.text('event_time');
    const edgeTables = this.#statement.edgeTables.flatMap(
      (element) => this.#bindEdgeTable(element, eventTime) ?? [],
    );
    const complete = this.#failed.size === 0 && !this.#hidden;
    if (this.#checkEventTime(options, edgeTables, complete)) this.#checkRetain(options, edgeTables);
    const plan: Omit<GraphPlan, 'fingerprint'> = {
      name: this.#statement.name.name,
      vertexTables: this.#vertexTables,
      edgeTables,
      retainMicros: options.micros('retain'),
      backfill: options.text('backfill') === 'log',
    };
    const vertices = this.#vertexTables.map((table, n) => [table, this.#vertexRelations[n]?.rows]);
    const fingerprint = fingerprintOf([
      plan.name,
      vertices,
      edgeTables.map((table) => table.fingerprint),
      plan,
    ]);
    return { plan: { ...plan, fingerprint }, complete: complete && this.#diagnostics.count === errorsBefore };
  }

  #bindVertexTable(element: ElementTable): void {
    const relation = this.#relationOf(element);
    if (relation === null) return;
    if (!relation.changes && relation.root !== null) {
      this.#fail(element);
      this.#diagnostics.invalid(
        `vertices are rows of a table, but ${relation.ref.name} is a stream`,
        element.relation.at,
        'Declare a table with the KEY of the vertices; endpoints of edges are vertices even without a row.',
      );
      return;
    }
    const key = this.#bindKey(element, relation);
    const properties = this.#bindProperties(element, relation, key ?? []);
    if (key === null) return this.#fail(element);
    if (relation.ref.kind === 'table' && relation.key.length === 0) return this.#fail(element);
    const whole = key.length === relation.key.length && relation.key.every((column) => key.includes(column));
    if (!whole && relation.root !== null) {
      this.#fail(element);
      const names = relation.key.map((column) => relation.columns[column]?.name ?? '');
      this.#diagnostics.invalid(
        `the KEY of ${nameOf(element).name} does not identify rows of ${relation.ref.name}`,
        element.key?.[0]?.at ?? element.at,
        names.length > 0 ? `Its PRIMARY KEY is (${names.join(', ')}).` : 'Keep the PRIMARY KEY in the view.',
      );
      return;
    }
    this.#vertexTables.push({
      name: nameOf(element).name,
      relation: relation.ref,
      labels: this.#bindLabels(element),
      key,
      properties,
    });
    this.#vertexRelations.push(relation);
  }

  #bindEdgeTable(element: EdgeTable, eventTimeName: string | null): EdgeTablePlan | null {
    const relation = this.#relationOf(element);
    const source = this.#bindEndpoint(element.source, relation);
    const destination = this.#bindEndpoint(element.destination, relation);
    if (relation === null) return null;
    if (relation.windowed) {
      this.#fail(element);
      return this.#diagnostics.notBuilt('an edge table over the rows of a window', element.relation.at);
    }
    const key = this.#bindKey(element, relation);
    const properties = this.#bindProperties(element, relation, key ?? []);
    if (key === null || source === null || destination === null) {
      this.#fail(element);
      return null;
    }
    if (relation.changes && !relation.key.every((column) => key.includes(column))) {
      this.#fail(element);
      const names = relation.key.map((column) => relation.columns[column]?.name ?? '');
      return this.#diagnostics.invalid(
        `the KEY of ${nameOf(element).name} does not identify rows of ${relation.ref.name}`,
        element.key?.[0]?.at ?? element.at,
        `Its PRIMARY KEY is (${names.join(', ')}).`,
      );
    }
    const plan: Omit<EdgeTablePlan, 'fingerprint'> = {
      name: nameOf(element).name,
      relation: relation.ref,
      labels: this.#bindLabels(element),
      key,
      source,
      destination,
      properties,
      eventTime: eventTimeOf(relation, eventTimeName),
      fromSource: !relation.changes,
    };
    return { ...plan, fingerprint: edgeFingerprint(this.#statement.name.name, plan, relation) };
  }

  /** The relation of an element table; its name is checked for being the only one. Null after reporting. */
  #relationOf(element: ElementTable): BoundRelation | null {
    const name = nameOf(element);
    if (this.#names.has(name.name)) {
      this.#diagnostics.report(
        'DUPLICATE_NAME',
        { what: 'element table', name: name.name },
        name.at,
        'Name one of them with AS.',
      );
      this.#failed.add(name.name);
      return null;
    }
    this.#names.add(name.name);
    const relation = this.#catalog.relation(element.relation);
    if (relation === null) this.#fail(element);
    return relation;
  }

  #fail(element: ElementTable): void {
    this.#failed.add(nameOf(element).name);
  }

  #bindKey(element: ElementTable, relation: BoundRelation): readonly number[] | null {
    if (element.key === null) {
      if (relation.key.length > 0) return relation.key;
      if (relation.root === null || relation.open) return null;
      return this.#diagnostics.invalid(
        `${relation.ref.name} has no key that could be the KEY of ${nameOf(element).name}`,
        element.at,
        'Write KEY (column) after the relation.',
      );
    }
    const key = this.#columns(element.key, relation);
    if (key === null) return null;
    const again = element.key.find((_, n) => key.indexOf(key[n] as number) !== n);
    return again === undefined ? key : this.#diagnostics.duplicate('key column', again);
  }

  #columns(names: readonly Identifier[], relation: BoundRelation): readonly number[] | null {
    const columns = names.map((name) => this.#catalog.column(relation, name));
    return columns.includes(null) ? null : (columns as number[]);
  }

  #bindLabels(element: ElementTable): readonly string[] {
    const labels = new Set<string>();
    for (const label of element.labels) {
      if (labels.has(label.name)) this.#diagnostics.duplicate('label', label);
      else labels.add(label.name);
    }
    return labels.size === 0 ? [nameOf(element).name] : [...labels];
  }

  /** KEY columns, and those that PROPERTIES exposes. */
  #bindProperties(element: ElementTable, relation: BoundRelation, key: readonly number[]): ElementProperty[] {
    const chosen: { name: string; column: number; at: SourcePosition }[] = [];
    const { properties } = element;
    if (properties.kind === 'all') {
      if (relation.open) this.#hidden = true;
      const except = new Set(this.#columns(properties.except, relation) ?? []);
      for (const [column, { name }] of relation.columns.entries()) {
        if (!except.has(column)) chosen.push({ name, column, at: element.at });
      }
    } else if (properties.kind === 'list') {
      for (const item of properties.items) {
        const column = this.#catalog.column(relation, item.column);
        if (column === null) this.#hidden = true;
        else chosen.push({ name: (item.alias ?? item.column).name, column, at: item.column.at });
      }
    }
    const made: ElementProperty[] = [];
    for (const { name, column, at } of chosen) {
      const type = relation.columns[column]?.type ?? null;
      if (made.some((property) => property.name === name)) {
        this.#diagnostics.report('DUPLICATE_NAME', { what: 'property', name }, at);
      } else if (type !== null) made.push({ name, type, column });
      else this.#hidden = true;
    }
    for (const column of key) {
      const { name, type } = relation.columns[column] ?? { name: '', type: null };
      const known = made.some((property) => property.name === name);
      if (!known && type !== null) made.push({ name, type, column });
    }
    return made;
  }

  /** Columns of the edge in the order of the vertex table's KEY. */
  #bindEndpoint(endpoint: Endpoint, relation: BoundRelation | null): EndpointPlan | null {
    const columns = relation === null ? null : this.#columns(endpoint.columns, relation);
    const name = endpoint.vertexTable;
    const index = this.#vertexTables.findIndex((table) => table.name === name.name);
    const table = this.#vertexTables[index];
    const vertices = this.#vertexRelations[index];
    if (table === undefined || vertices === undefined) {
      if (this.#failed.has(name.name)) return null;
      const known = this.#vertexTables.map((candidate) => candidate.name);
      return this.#diagnostics.unknown('vertex table', name.name, name.at, known);
    }
    const references =
      endpoint.references === null ? table.key : this.#columns(endpoint.references, vertices);
    if (columns === null || references === null || relation === null) return null;
    const keyNames = table.key.map((column) => vertices.columns[column]?.name ?? '').join(', ');
    const sameKey =
      references.length === table.key.length && table.key.every((column) => references.includes(column));
    if (!sameKey) {
      return this.#diagnostics.invalid(
        `REFERENCES has to name the KEY of ${table.name}, which is (${keyNames})`,
        endpoint.references?.[0]?.at ?? endpoint.at,
      );
    }
    if (columns.length !== table.key.length) {
      return this.#diagnostics.invalid(
        `the KEY of ${table.name} is (${keyNames}), but ${columns.length} columns refer to it`,
        endpoint.columns[0]?.at ?? endpoint.at,
      );
    }
    const ordered = table.key.map((column) => columns[references.indexOf(column)] as number);
    const fits = ordered.map((column, n) => {
      const at = endpoint.columns[references.indexOf(table.key[n] as number)]?.at ?? endpoint.at;
      return this.#checkEndpointType(relation, column, vertices, table.key[n] as number, at);
    });
    return fits.includes(false) ? null : { columns: ordered, vertexTable: index };
  }

  #checkEndpointType(
    edges: BoundRelation,
    column: number,
    vertices: BoundRelation,
    key: number,
    at: SourcePosition,
  ): boolean {
    const found = edges.columns[column];
    const expected = vertices.columns[key];
    if (found?.type == null || expected?.type == null) return false;
    const whole = new Set(['integer', 'bigint']);
    const fits =
      sameForm(found.type, expected.type) || (whole.has(found.type.kind) && whole.has(expected.type.kind));
    if (!fits) {
      this.#diagnostics.mismatch(
        `the endpoint column ${found.name}`,
        `${typeName(expected.type)} like ${vertices.ref.name}.${expected.name}`,
        found.type,
        at,
        'Give both columns one type.',
      );
    }
    return fits;
  }

  /** `event_time` names a TIMESTAMPTZ column of one edge table at least; false after reporting. */
  #checkEventTime(options: Options, edgeTables: readonly EdgeTablePlan[], complete: boolean): boolean {
    const errorsBefore = this.#diagnostics.count;
    const name = options.text('event_time');
    const written = options.written('event_time');
    if (name === null || written === null) return true;
    let known = false;
    for (const element of this.#statement.edgeTables) {
      const relation = this.#catalog.relations.get(element.relation.name);
      const column = relation?.columns.find((candidate) => candidate.name === name);
      if (column === undefined) continue;
      known = true;
      if (column.type !== null && column.type.kind !== 'timestamptz') {
        this.#diagnostics.mismatch(
          `the event time ${relation?.ref.name}.${name}`,
          'TIMESTAMPTZ',
          column.type,
          written.valueAt,
        );
      }
    }
    if (known || !complete) return this.#diagnostics.count === errorsBefore;
    const names = edgeTables.flatMap(({ relation }) => {
      const columns = this.#catalog.relations.get(relation.name)?.columns ?? [];
      return columns.flatMap((column) => (column.type?.kind === 'timestamptz' ? [column.name] : []));
    });
    this.#diagnostics.unknown('TIMESTAMPTZ column of an edge table', name, written.valueAt, [
      ...new Set(names),
    ]);
    return false;
  }

  /** Retention needs a watermark and an event time wherever edges come from a source. */
  #checkRetain(options: Options, edgeTables: readonly EdgeTablePlan[]): void {
    const written = options.written('retain');
    if (written === null || options.micros('retain') === null) return;
    for (const table of edgeTables.filter(({ fromSource }) => fromSource)) {
      const root = this.#catalog.relations.get(table.relation.name)?.root;
      const plan = root ? this.#catalog.relations.get(root.name)?.plan : null;
      if (plan && 'maxAheadMicros' in plan && plan.eventTime === null) {
        this.#diagnostics.invalid(
          `retain drops edges by the watermark, which the source ${plan.name} does not have`,
          written.at,
          `Add WATERMARK FOR column to ${plan.name}.`,
        );
        return;
      }
      if (plan && table.eventTime === null) {
        this.#diagnostics.invalid(
          `retain drops edges by their event time, which ${table.name} does not have`,
          written.at,
          "Name it: WITH (event_time = 'at'), and keep the column in the view.",
        );
        return;
      }
    }
  }
}

function nameOf(element: ElementTable): Identifier {
  return element.alias ?? element.relation;
}

/** The named column where the relation has it; without a name the event time that the relation carries. */
function eventTimeOf(relation: BoundRelation, name: string | null): number | null {
  if (name === null) return relation.eventTime;
  const index = relation.columns.findIndex((column) => column.name === name);
  return index >= 0 && relation.columns[index]?.type?.kind === 'timestamptz' ? index : null;
}

/**
 * Edges are kept under the flow of their rows, KEY, endpoints and event time. Sources and tables only gain columns
 * at the end, so their columns do not count; those of a view do.
 */
function edgeFingerprint(
  graph: string,
  plan: Omit<EdgeTablePlan, 'fingerprint'>,
  relation: BoundRelation,
): string {
  const content = (column: number | null) => (column === null ? null : relation.columns[column]?.content);
  return fingerprintOf([
    graph,
    plan.name,
    relation.rows,
    plan.key.map(content),
    plan.source.columns.map(content),
    plan.source.vertexTable,
    plan.destination.columns.map(content),
    plan.destination.vertexTable,
    content(plan.eventTime),
    relation.ref.kind === 'view' ? relation.columns.map((column) => column.content) : null,
  ]);
}
