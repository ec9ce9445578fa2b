import { describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import { RingwatchError } from '../../../core/errors.ts';
import { randomEdges } from '../../../tests/graph/random-edges.ts';
import { Random } from '../../../tests/model/random.ts';
import { createKernels } from '../../kernels/create-kernels.ts';
import { buildEdgeSegment } from './build-edges.ts';
import { coldEdgeSegment, coldSizes, hotEdgeSegment } from './cold-edges.ts';
import { GraphMemory } from './graph-memory.ts';
import { EdgeSegment } from './open-edges.ts';
import { orderedEdges } from './ordered-edges.ts';

const RUNS = Number(process.env.RINGWATCH_RUNS ?? 25);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);

const SHAPES = [
  { columns: false, timed: false },
  { columns: true, timed: false },
  { columns: true, timed: true },
];

const memory = new GraphMemory();
const kernels = createKernels(memory, null);

function coldOf(hot: Uint8Array): Uint8Array {
  const segment = new EdgeSegment(memory, hot);
  const cold = coldEdgeSegment(orderedEdges(segment, memory, kernels));
  segment.release();
  return cold;
}

function forEachSeed(count: number, check: (random: Random) => void): void {
  for (let seed = SEED; seed < SEED + count; seed++) {
    try {
      check(new Random(seed));
    } catch (error) {
      throw new Error(`RINGWATCH_SEED=${seed}`, { cause: error });
    }
  }
}

describe('an edge segment at rest', () => {
  it.each(SHAPES)('becomes the hot segment again, byte for byte: %j', (shape) => {
    forEachSeed(RUNS, (random) => {
      const hot = buildEdgeSegment(randomEdges(random, shape));
      expect(Buffer.compare(hotEdgeSegment(coldOf(hot)), hot)).toBe(0);
    });
  });

  it('is smaller than one direction of the hot segment, and holds both', () => {
    const random = new Random(3);
    const count = 20_000;
    const vertices = 5000;
    const sources = Uint32Array.from({ length: count }, () => random.below(vertices));
    const destinations = sources.map((source) => (source + random.below(60)) % vertices);
    const hot = buildEdgeSegment({ vertices, sources, destinations, columns: [], eventTime: -1 });
    const opened = new EdgeSegment(memory, hot);
    const outBytes = opened.sizes.out;
    opened.release();
    const cold = coldOf(hot);
    expect(coldSizes(cold)).toMatchObject({ columns: 0, ties: 0, total: cold.length });
    expect(cold.length).toBeLessThan(outBytes);
    // About 2.3 bits of each 8-bit gap, and degrees, are all that is to be known.
    expect((8 * cold.length) / count).toBeGreaterThan(4);
  });

  it('that was damaged is named, and with checksums made right again becomes a segment that is sound or none', () => {
    const samples = SHAPES.map((shape, n) =>
      coldOf(buildEdgeSegment(randomEdges(new Random(n + 40), shape))),
    );
    let sound = 0;
    forEachSeed(8 * RUNS, (random) => {
      const bytes = random.pick(samples).slice();
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      const isSealed = random.chance(0.7);
      if (isSealed) seal(bytes);
      try {
        new EdgeSegment(memory, hotEdgeSegment(bytes)).release();
        sound++;
      } catch (error) {
        if (!(error instanceof RingwatchError)) throw error;
        expect(['SEGMENT_CORRUPT', 'SEGMENT_UNSUPPORTED']).toContain(error.code);
      }
    });
    expect(sound).toBeGreaterThan(0);
  });
});

/** Makes all checksums of a segment right. */
function seal(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(view.getUint32(12, true), Math.floor((bytes.length - 32) / 16));
  for (let at = 32; at < 32 + 16 * count; at += 16) {
    const offset = view.getUint32(at + 8, true);
    const end = offset + view.getUint32(at + 12, true);
    if (end <= bytes.length) view.setUint32(at + 4, crc32(bytes.subarray(offset, end)), true);
  }
  view.setUint32(16, crc32(bytes.subarray(32, 32 + 16 * count)), true);
  view.setUint32(20, crc32(bytes.subarray(0, 20)), true);
}
