import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { LIMITS } from '../../core/limits.ts';
import { type EngineHost, MEMORY_PARTS } from '../../core/ports/engine.ts';
import type { DecisionServices } from '../decide/ask-decision.ts';
import type { TransferServices } from '../transfers/send-transfers.ts';
import type { WriteResult } from '../ingest/append-body.ts';

/**
 * What /metrics says. Labels have few values, known beforehand: routes by pattern, statuses, outcomes, phases; never a
 * tenant, a source or anything that a request holds. Where the operator wants it, the memory of the largest graph views
 * is told by tenant and name, LIMITS.metricsViewsMax of them.
 */
export class GatewayMetrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #seconds: Histogram<'route'>;
  readonly #rows: Counter<'outcome'>;
  readonly #bodyBytes: Counter;
  readonly #decisions: Histogram<'way' | 'end'>;
  readonly #transfers: Counter<'outcome' | 'code'>;
  readonly #transferSeconds: Histogram<'way'>;

  constructor(engines: EngineHost, open: OpenBodies, namesViews: boolean) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'ringwatch_' });
    this.#requests = new Counter({
      name: 'ringwatch_http_requests_total',
      help: 'Requests answered.',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'ringwatch_http_request_seconds',
      help: 'From a request to the end of its answer; bodies of rows take as long as they are.',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.#rows = new Counter({
      name: 'ringwatch_rows_total',
      help: 'Rows that came in bodies: durable (accepted) or rejected.',
      labelNames: ['outcome'],
      registers,
    });
    this.#bodyBytes = new Counter({
      name: 'ringwatch_body_bytes_total',
      help: 'Bytes of bodies of rows, unpacked.',
      registers,
    });
    this.#decisions = new Histogram({
      name: 'ringwatch_decision_seconds',
      help: 'From an event that is to be decided to what its caller was told, by the way it came.',
      labelNames: ['way', 'end'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#transfers = new Counter({
      name: 'ringwatch_transfer_outcomes_total',
      help: 'Transfers by what became of them; of those that were not applied with the code of why.',
      labelNames: ['outcome', 'code'],
      registers,
    });
    this.#transferSeconds = new Histogram({
      name: 'ringwatch_transfer_seconds',
      help: 'From handing over what came together to what became of it, by the way it came.',
      labelNames: ['way'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    observeBodies(open, registers);
    observeEngines(engines, registers);
    observeMemory(engines, registers);
    if (namesViews) observeViews(engines, registers);
  }

  /** Counts every request of the gateway. */
  observe(app: FastifyInstance): void {
    app.addHook('onResponse', (request, reply, done) => {
      const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
      const method = request.is404 ? 'any' : request.method;
      this.#requests.inc({ route, method, status: reply.statusCode });
      this.#seconds.observe({ route }, reply.elapsedTime / 1000);
      done();
    });
  }

  /** Counts what came of a body. */
  rows(result: WriteResult, bytes: number): void {
    this.#rows.inc({ outcome: 'accepted' }, result.accepted);
    this.#rows.inc({ outcome: 'rejected' }, result.rejectedCount);
    this.#bodyBytes.inc(bytes);
  }

  /** Times what an event that was to be decided came to. */
  readonly decisionEnded: DecisionServices['decisionEnded'] = (way, end, ms) =>
    this.#decisions.observe({ way, end }, ms / 1000);

  /** Counts and times transfers that were sent together. */
  readonly transfersEnded: TransferServices['transfersEnded'] = (way, transfers, ms) => {
    for (const { outcome, code, duplicate } of transfers)
      this.#transfers.inc({ outcome: duplicate ? 'repeated' : outcome, code: code ?? 'none' });
    this.#transferSeconds.observe({ way }, ms / 1000);
  };

  /** All of it, as Prometheus reads it. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

/** Bodies that are open, as they are asked for. */
export interface OpenBodies {
  readonly ofRows: () => number;
  readonly ofDecisions: () => number;
}

function observeBodies({ ofRows, ofDecisions }: OpenBodies, registers: Registry[]): void {
  new Gauge({
    name: 'ringwatch_bodies_reading',
    help: 'Bodies of rows that are being read.',
    registers,
    collect() {
      this.set(ofRows());
    },
  });
  new Gauge({
    name: 'ringwatch_decision_streams',
    help: 'Streams of events to be decided that are open.',
    registers,
    collect() {
      this.set(ofDecisions());
    },
  });
}

const PHASES = ['opening', 'running', 'stopped', 'closed'] as const;

function observeEngines(engines: EngineHost, registers: Registry[]): void {
  new Gauge({
    name: 'ringwatch_tenants',
    help: 'Tenants by how their engine stands.',
    labelNames: ['phase'],
    registers,
    collect() {
      const { tenants } = engines.describe();
      for (const phase of PHASES) {
        this.set({ phase }, tenants.filter((tenant) => tenant.phase === phase).length);
      }
    },
  });
  new Gauge({
    name: 'ringwatch_frames_in_flight',
    help: 'Frames handed to engines and not folded, of all tenants.',
    registers,
    collect() {
      this.set(engines.describe().tenants.reduce((sum, tenant) => sum + tenant.framesInFlight, 0));
    },
  });
  new Gauge({
    name: 'ringwatch_bytes_in_flight',
    help: 'Bytes of frames handed to engines and not folded, of all tenants.',
    registers,
    collect() {
      this.set(engines.describe().tenants.reduce((sum, tenant) => sum + tenant.bytesInFlight, 0));
    },
  });
}

function observeMemory(engines: EngineHost, registers: Registry[]): void {
  new Gauge({
    name: 'ringwatch_memory_bytes',
    help: 'Bytes that the state of all tenants holds in memory, by what they are for.',
    labelNames: ['part'],
    registers,
    collect() {
      const bytes = new Map<string, number>(MEMORY_PARTS.map((part) => [part, 0]));
      for (const { memory } of engines.describe().tenants) {
        for (const item of memory?.items ?? [])
          bytes.set(item.part, (bytes.get(item.part) ?? 0) + item.bytes);
      }
      for (const [part, value] of bytes) this.set({ part }, value);
    },
  });
  new Gauge({
    name: 'ringwatch_tenants_short_of_memory',
    help: 'Tenants that take no rows in, by whether their quota or the share of all is reached.',
    labelNames: ['limit'],
    registers,
    collect() {
      const { tenants } = engines.describe();
      for (const limit of ['tenant', 'engine'] as const)
        this.set({ limit }, tenants.filter(({ memory }) => memory?.short === limit).length);
    },
  });
}

/** What is told of the views that are not told one by one. */
const OTHERS = 'others';

function observeViews(engines: EngineHost, registers: Registry[]): void {
  new Gauge({
    name: 'ringwatch_view_memory_bytes',
    help: 'Bytes that graph views hold in memory; the largest one by one, all others together.',
    labelNames: ['tenant', 'view', 'part'],
    registers,
    collect() {
      const views = new Map<
        string,
        { tenant: string; view: string; bytes: number; parts: Map<string, number> }
      >();
      for (const { tenant, memory } of engines.describe().tenants) {
        for (const { graph, part, bytes } of memory?.items ?? []) {
          if (graph === null) continue;
          const key = `${tenant} ${graph}`;
          const known = views.get(key) ?? { tenant, view: graph, bytes: 0, parts: new Map<string, number>() };
          known.bytes += bytes;
          known.parts.set(part, bytes);
          views.set(key, known);
        }
      }
      // One that is gone must not be told for ever.
      this.reset();
      const largest = [...views.values()].sort((a, b) => b.bytes - a.bytes);
      for (const [place, { tenant, view, parts }] of largest.entries()) {
        const isNamed = place < LIMITS.metricsViewsMax;
        const labels = isNamed ? { tenant, view } : { tenant: OTHERS, view: OTHERS };
        for (const [part, bytes] of parts) this.inc({ ...labels, part }, bytes);
      }
    },
  });
}
