import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineHost } from '../../core/ports/engine.ts';
import type { WriteResult } from '../ingest/append-body.ts';

/**
 * What /metrics says. Labels have few values, known beforehand: routes by pattern, statuses, outcomes, phases; never a
 * tenant, a source or anything that a request holds.
 */
export class GatewayMetrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #seconds: Histogram<'route'>;
  readonly #rows: Counter<'outcome'>;
  readonly #bodyBytes: Counter;

  constructor(engines: EngineHost, bodiesReading: () => number) {
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
    new Gauge({
      name: 'ringwatch_bodies_reading',
      help: 'Bodies of rows that are being read.',
      registers,
      collect() {
        this.set(bodiesReading());
      },
    });
    observeEngines(engines, registers);
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

  /** All of it, as Prometheus reads it. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
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
