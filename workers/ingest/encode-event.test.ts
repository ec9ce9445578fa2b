import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { BodyFrame } from '../../core/ports/body-encoder.ts';
import type { RelationSchema } from '../../core/ports/engine.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { recordsOf } from '../../tests/ingest/read-memory.ts';
import { encodeBody } from './encode-body.ts';
import { encodeEvent } from './encode-event.ts';

const PROGRAM = compileDefinitions(`
CREATE SOURCE events (id TEXT PRIMARY KEY, amount NUMERIC(18,2), s BIGINT, at TIMESTAMPTZ AS to_timestamp(s), WATERMARK FOR at);
`);
const [PLAN] = PROGRAM.sources;
const SOURCE = { kind: 'source', name: 'events', plan: PLAN } as unknown as RelationSchema;
const NOW_MICROS = Date.UTC(2026, 0, 2) * 1000;

/** The same line as a body of one row. */
async function asBody(line: string): Promise<BodyFrame | undefined> {
  const frames: BodyFrame[] = [];
  const bytes = (async function* () {
    yield Buffer.from(`${line}\n`);
  })();
  for await (const frame of encodeBody(SOURCE, 'ndjson', bytes)) frames.push(frame);
  return frames[0];
}

describe('one event', () => {
  it('is encoded, or rejected, as it would be in a body, whatever came before it', async () => {
    const lines = [
      '{"id":"a","amount":12.5,"s":1767225600}',
      '{"id":"b","amount":"many","s":1767225600}',
      '{"ID":"c","amount":"7","s":1767225601,"note":{"deep":[1]}}',
      '{"amount":1,"s":1767225601}',
      '{"id":"d","amount":1}',
      '{"id":"e","amount":1,"s":99999999999}',
      '[1]',
      'null',
      '{"id":"ü€","amount":-0.01,"s":1767225602}',
    ];
    for (const line of [...lines, ...lines]) {
      const body = await asBody(line);
      const { frame, rejected } = encodeEvent(SOURCE, Buffer.from(line), NOW_MICROS);
      const [rejection] = body?.rejected ?? [];
      expect(rejected).toEqual(
        rejection === undefined ? null : { code: rejection.code, reason: rejection.reason },
      );
      if (body?.frame == null || frame === null) {
        expect(frame).toBe(body?.frame ?? null);
        continue;
      }
      const [expected] = recordsOf(body.frame, PROGRAM);
      const [found, ...more] = recordsOf(frame, PROGRAM);
      expect({ ...found, arrivalMicros: 0 }).toEqual({ ...expected, arrivalMicros: 0 });
      expect(more).toEqual([]);
    }
  });

  it('that is too long is rejected', () => {
    const line = Buffer.from(JSON.stringify({ id: 'x'.repeat(LIMITS.bodyRowBytesMax), s: 0 }));
    expect(encodeEvent(SOURCE, line, NOW_MICROS)).toMatchObject({
      frame: null,
      rejected: { code: 'ROW_TOO_LONG' },
    });
  });
});
