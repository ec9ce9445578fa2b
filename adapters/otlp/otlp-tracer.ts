import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Span, Tracer } from '../../core/ports/tracer.ts';

export interface OtlpOptions {
  /** Where traces go, such as `http://localhost:4318`; `/v1/traces` is added where the address has no path. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The version of the service. */
  readonly version: string;
}

/** Spans that wait to be sent at most; further ones are dropped. */
const QUEUE_MAX = 4096;

/** Sends traces by OTLP over HTTP, in batches, beside the work. A receiver that is away costs traces, nothing else. */
export function openOtlpTracer({ endpoint, headers, version }: OtlpOptions): Tracer {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  const exporter = new OTLPTraceExporter({ url: url.href, headers: { ...headers } });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'ringwatch', 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: QUEUE_MAX })],
  });
  const tracer = provider.getTracer('ringwatch', version);
  return {
    request: (name, traceparent): Span => {
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parentOf(traceparent));
      return {
        set: (attributes) => {
          span.setAttributes({ ...attributes });
        },
        end: (failure) => {
          if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
          span.end();
        },
      };
    },
    close: async () => {
      await provider.shutdown().catch(() => undefined);
    },
  };
}

/** W3C Trace Context, section 3.2: `00-<trace id>-<parent id>-<flags>`. What is none begins a trace of its own. */
function parentOf(traceparent: string | undefined): Context {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '');
  const [, traceId = '', spanId = '', flags = ''] = match ?? [];
  if (match === null || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  const sampled = (Number.parseInt(flags, 16) & TraceFlags.SAMPLED) !== 0;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  });
}
