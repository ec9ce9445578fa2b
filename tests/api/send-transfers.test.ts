import { describe, expect, it } from '@jest/globals';
import type { TenantContext } from '../../api/request-context.ts';
import {
  type SentStretch,
  sendTransfers,
  type TransferEnd,
  type TransferServices,
} from '../../api/transfers/send-transfers.ts';
import type { TransferTarget } from '../../api/transfers/transfer-relation.ts';
import type { BodyFrame, BodyReading } from '../../core/ports/body-encoder.ts';
import type { Transferred, TransferOutcome } from '../../core/ports/engine.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { type TransferPlan, transferPlans } from '../../language/plan.ts';

const { tables } = compileDefinitions('CREATE TABLE users (id TEXT PRIMARY KEY, n INTEGER CHECK (n >= 0));');
const [plan] = transferPlans({ tables } as Parameters<typeof transferPlans>[0]) as [TransferPlan];
const TARGET = { relation: { name: plan.name }, plan, key: ['id'] } as unknown as TransferTarget;

/** An outcome that its place in the body is told by. */
function outcome(place: number): TransferOutcome {
  return { code: null, duplicate: false, position: place, fromBalance: 0, toBalance: 0 };
}

const FRAME = { records: 2, rows: 2, rejected: [] } as const;

/** Frames of two rows each, after which the body may end with an error. */
function reading(frames: number, failure: Error | null): BodyReading {
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<BodyFrame> {
      for (let n = 0; n < frames; n++) yield { ...FRAME, frame: Uint8Array.of(n), firstIndex: 2 * n };
      if (failure !== null) throw failure;
    },
    unknownFields: () => ({}),
  };
}

/** What is told of a body until it ends or fails: of each transfer its place as numbered, and as it was. */
async function told(
  body: BodyReading,
  transfer: (frame: number) => Promise<Transferred>,
  scopes: readonly string[] = ['ingest', 'query'],
  heard: (stretch: SentStretch) => void = () => undefined,
) {
  const usage = { recordsDelayMs: () => 0, admitRecords: () => undefined, count: () => undefined };
  const context = {
    engine: { transfer: ([frame]: Uint8Array) => transfer(frame as number) },
    tenant: { usage },
    principal: { kind: 'key', scopes },
  } as unknown as TenantContext;
  const ends: string[] = [];
  const places: (readonly [told: number, is: number | null])[] = [];
  const note = ({ firstIndex, transfers }: SentStretch): void =>
    transfers.forEach(({ position }, n) => {
      places.push([firstIndex + n, position]);
    });
  try {
    const ended = (_way: string, transfers: readonly TransferEnd[]): void => {
      ends.push(...transfers.map(({ outcome: end }) => end));
    };
    const services = {
      senders: { note: () => undefined },
      transfersEnded: ended,
    } as unknown as TransferServices;
    const sent = { way: 'rest', target: TARGET, reading: body, bytes: () => 0 } as const;
    for await (const stretch of sendTransfers(services, context, sent)) {
      note(stretch);
      heard(stretch);
    }
    return { places, ends, failure: null };
  } catch (error) {
    return { places, ends, failure: error };
  }
}

function done(frame: number): Transferred {
  const outcomes = [outcome(2 * frame), outcome(2 * frame + 1)];
  return { offset: frame, position: frame, outcomes, commitMs: 0, foldMs: 0 };
}

describe('transfers of a body', () => {
  const lost = new Error('lost');

  it.each([3, 8])('are told up to a frame that fails, and none behind it (of %i frames)', async (frames) => {
    const { places, failure } = await told(reading(frames, null), (frame) =>
      frame === 1 ? Promise.reject(lost) : Promise.resolve(done(frame)),
    );
    expect(places).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(failure).toBe(lost);
  });

  it('are counted as what they became, those of a frame that fails as unanswered', async () => {
    const { ends } = await told(reading(2, null), (frame) =>
      frame === 1 ? Promise.reject(lost) : Promise.resolve(done(frame)),
    );
    expect(ends).toEqual(['applied', 'applied', 'unanswered', 'unanswered']);
  });

  it('are each told, also where less came back than was sent', async () => {
    const { places } = await told(reading(2, null), (frame) =>
      Promise.resolve({ ...done(frame), outcomes: frame === 0 ? [outcome(0)] : done(frame).outcomes }),
    );
    expect(places).toEqual([
      [0, 0],
      [1, null],
      [2, 2],
      [3, 3],
    ]);
  });

  it('are told with balances to whom may read them, and else without', async () => {
    const balances = async (scopes: readonly string[]) => {
      const stretches: unknown[] = [];
      await told(
        reading(1, null),
        (frame) => Promise.resolve(done(frame)),
        scopes,
        ({ transfers }) =>
          stretches.push(
            ...transfers.map(({ outcome: came, fromBalance, toBalance }) => [came, fromBalance, toBalance]),
          ),
      );
      return stretches[0];
    };
    expect(await balances(['ingest', 'query'])).toEqual(['applied', 0, 0]);
    expect(await balances(['ingest'])).toEqual(['applied', null, null]);
  });

  it('are told as each is done, to whom waits for that before sending more', async () => {
    const waiting: (() => void)[] = [];
    const one = (n: number): BodyFrame => ({ ...FRAME, frame: Uint8Array.of(n), firstIndex: 2 * n });
    const body: BodyReading = {
      async *[Symbol.asyncIterator](): AsyncGenerator<BodyFrame> {
        for (let n = 0; n < 3; n++) {
          const answered = new Promise<void>((resolve) => waiting.push(resolve));
          yield one(n);
          await answered;
        }
      },
      unknownFields: () => ({}),
    };
    const { places } = await told(
      body,
      (frame) => Promise.resolve(done(frame)),
      ['query'],
      () => waiting.shift()?.(),
    );
    expect(places).toHaveLength(6);
  });

  it('are all told that were sent before the body itself fails', async () => {
    const { places, failure } = await told(reading(6, lost), (frame) => Promise.resolve(done(frame)));
    expect(places).toEqual(Array.from({ length: 12 }, (_, n) => [n, n]));
    expect(failure).toBe(lost);
  });
});
