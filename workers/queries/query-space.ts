import { present, unreachable } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { pack } from '../../core/pack.ts';
import { LIMITS } from '../../core/limits.ts';
import type { QueryAnswer, QueryRequest } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { typeName } from '../../core/types.ts';
import { type CompiledQuery, compileQuery } from '../../engine/dag/query-runner.ts';
import { applyGraphChanges } from '../../engine/graph/graph-changes.ts';
import { GraphView } from '../../engine/graph/graph-view.ts';
import type { StateEntry } from '../../engine/graph/state-bytes.ts';
import type { WorkWatch } from '../../engine/kernels/work-budget.ts';
import type { Statement } from '../../language/ast.ts';
import { parseDefinitions } from '../../language/parse.ts';
import type { QueryPlan } from '../../language/plan.ts';
import { packError } from '../host/engine-messages.ts';
import { CONTROL, type FromQueries, type ToQueries } from './query-messages.ts';
import { readParameters, typesKey } from './query-parameters.ts';
import { bindQueryText, bindSavedQuery } from './query-text.ts';

/** A copy of a graph; null while it is being made. */
interface Copy {
  view: GraphView;
  entries: StateEntry[] | null;
}

interface Prepared {
  readonly plan: QueryPlan;
  /** Null until it is run: what it is run on. */
  compiled: CompiledQuery | null;
  on: GraphView | null;
}

/** What is known of one tenant. */
interface Tenant {
  text: string;
  statements: readonly Statement[] | null;
  readonly graphs: Map<string, Copy>;
  readonly prepared: Map<string, Prepared>;
}

/** For each edge of its budget, hops that a query given as text may try over edges that it has read. */
const HOPS_PER_EDGE = 10;

/**
 * Answers queries on copies of graphs that those who own the graphs keep equal to them: one query at a time, on what the
 * copies held when it began. Queries are compiled here too, and kept compiled until definitions change.
 */
export class QuerySpace {
  readonly #send: (message: FromQueries, transfer: readonly ArrayBuffer[]) => void;
  readonly #control: Int32Array;
  readonly #tenants = new Map<TenantId, Tenant>();
  #evaluationErrors: Record<string, number> = {};
  #running = 0;
  readonly #watch: WorkWatch = {
    slice: LIMITS.querySliceWork,
    mayGoOn: (visited) => {
      Atomics.store(this.#control, CONTROL.visited, visited);
      Atomics.add(this.#control, CONTROL.slices, 1);
      return Atomics.load(this.#control, CONTROL.cancelled) !== this.#running;
    },
  };

  constructor(
    control: SharedArrayBuffer,
    send: (message: FromQueries, transfer: readonly ArrayBuffer[]) => void,
  ) {
    this.#control = new Int32Array(control);
    this.#send = send;
  }

  /** Carries a message out. */
  take(message: ToQueries): void {
    const tenant = this.#tenant(message.tenant);
    switch (message.kind) {
      case 'definitions':
        tenant.text = message.text;
        tenant.statements = null;
        tenant.prepared.clear();
        return;
      case 'graph': {
        const { plan, columns } = message;
        const view = new GraphView(plan, (relation) => present(columns[relation], `columns of ${relation}`));
        tenant.graphs.set(plan.name, { view, entries: [] });
        return;
      }
      case 'image':
        this.#fill(tenant, message);
        return;
      case 'changes': {
        const { graph, bytes } = message;
        applyGraphChanges(this.#copy(tenant, graph).view, bytes);
        this.#send({ kind: 'took', tenant: message.tenant, graph, bytes: bytes.length }, []);
        return;
      }
      case 'drop':
        if (message.graph === null) this.#tenants.delete(message.tenant);
        else tenant.graphs.delete(message.graph);
        return;
      case 'run':
        this.#run(tenant, message);
        return;
      default:
        unreachable(message);
    }
  }

  #tenant(id: TenantId): Tenant {
    let tenant = this.#tenants.get(id);
    if (tenant === undefined) {
      tenant = { text: '', statements: null, graphs: new Map(), prepared: new Map() };
      this.#tenants.set(id, tenant);
    }
    return tenant;
  }

  #copy(tenant: Tenant, graph: string): Copy {
    return present(tenant.graphs.get(graph), `the copy of graph ${graph}`);
  }

  #fill(tenant: Tenant, message: Extract<ToQueries, { readonly kind: 'image' }>): void {
    const copy = this.#copy(tenant, message.graph);
    const entries = present(copy.entries, 'entries that are being collected');
    entries.push(...message.entries);
    if (!message.isLast) return;
    copy.view.restore(entries);
    copy.entries = null;
  }

  #run(tenant: Tenant, { id, request, position }: Extract<ToQueries, { readonly kind: 'run' }>): void {
    this.#running = id;
    Atomics.store(this.#control, CONTROL.visited, 0);
    this.#evaluationErrors = {};
    try {
      const prepared = this.#prepare(tenant, request);
      const parameters = readParameters(prepared.plan, request.parameters);
      const { graph } = prepared.plan.job;
      const copy = tenant.graphs.get(graph);
      if (copy === undefined) {
        this.#send({ kind: 'missing', id, graph }, []);
        return;
      }
      copy.view.tidy();
      const compiled = this.#compiled(prepared, copy.view, request.query.kind === 'text');
      const { interrupted, elements, columns, ...result } = compiled.run(parameters, {
        rowsMax: Math.min(request.rowsMax ?? LIMITS.queryRowsMax, LIMITS.queryRowsMax),
        charsMax: LIMITS.queryAnswerCharsMax,
        elementsMax: request.graph === true ? LIMITS.queryElementsMax : null,
      });
      if (interrupted) throw new RingwatchError('QUERY_CANCELLED', { edges: result.edgesVisited });
      const answer: QueryAnswer = {
        ...result,
        columns: columns.map(({ name, type }) => ({ name, type, typeName: typeName(type) })),
        graph: elements,
        position,
        evaluationErrors: this.#evaluationErrors,
      };
      const bytes = pack(answer);
      this.#send({ kind: 'answer', id, bytes }, [bytes.buffer as ArrayBuffer]);
    } catch (error) {
      this.#send({ kind: 'failure', id, failure: packError(error) }, []);
    }
  }

  #prepare(tenant: Tenant, { query, parameters }: QueryRequest): Prepared {
    const types = query.kind === 'text' ? typesKey(parameters) : '';
    const key = JSON.stringify([query, types]);
    const known = tenant.prepared.get(key);
    // What was used last goes last.
    tenant.prepared.delete(key);
    const prepared = known ?? { plan: this.#bind(tenant, { query, parameters }), compiled: null, on: null };
    tenant.prepared.set(key, prepared);
    if (tenant.prepared.size > LIMITS.queriesCompiledMax) {
      const [oldest] = tenant.prepared.keys();
      if (oldest !== undefined) tenant.prepared.delete(oldest);
    }
    return prepared;
  }

  #bind(tenant: Tenant, { query, parameters }: QueryRequest): QueryPlan {
    tenant.statements ??= parseDefinitions(tenant.text).statements;
    return query.kind === 'saved'
      ? bindSavedQuery(query.name, tenant.statements)
      : bindQueryText(query, parameters, tenant.statements);
  }

  #compiled(prepared: Prepared, view: GraphView, isText: boolean): CompiledQuery {
    if (prepared.compiled !== null && prepared.on === view) return prepared.compiled;
    const { plan } = prepared;
    const errors = {
      count: (code: string): void => {
        this.#evaluationErrors[code] = (this.#evaluationErrors[code] ?? 0) + 1;
      },
    };
    const hopsMax = HOPS_PER_EDGE * (plan.job.budgetEdges ?? LIMITS.queryEdgesDefault);
    prepared.compiled = compileQuery(plan, view, errors, isText ? hopsMax : undefined, this.#watch);
    prepared.on = view;
    return prepared.compiled;
  }
}
