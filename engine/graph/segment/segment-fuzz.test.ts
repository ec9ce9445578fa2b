import { describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import { RingwatchError } from '../../../core/errors.ts';
import { randomEdges } from '../../../tests/graph/random-edges.ts';
import { Random } from '../../../tests/model/random.ts';
import { kernelModule } from '../../../workers/graph/kernel-module.ts';
import { createKernels } from '../../kernels/create-kernels.ts';
import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import { buildEdgeSegment } from './build-edges.ts';
import { GraphMemory } from './graph-memory.ts';
import { EdgeSegment } from './open-edges.ts';
import { buildVertexSegment, VertexSegment } from './vertex-segment.ts';

/** Damaged segments of each kind; more for a long search. */
const RUNS = Number(process.env.RINGWATCH_RUNS ?? 150);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);

const CODES = ['SEGMENT_CORRUPT', 'SEGMENT_UNSUPPORTED'];

/** What opening the bytes came to: null when they were taken. Anything but a named error fails the test. */
function open<T>(make: () => T): { opened: T | null } {
  try {
    return { opened: make() };
  } catch (error) {
    if (!(error instanceof RingwatchError) || !CODES.includes(error.code)) throw error;
    return { opened: null };
  }
}

/** Makes all checksums of a segment right again, as someone would who wants it to be taken. */
function sealAgain(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(view.getUint32(12, true), Math.floor((bytes.length - 32) / 16));
  for (let n = 0; n < count; n++) {
    const at = 32 + 16 * n;
    const offset = view.getUint32(at + 8, true);
    const length = view.getUint32(at + 12, true);
    if (offset + length <= bytes.length)
      view.setUint32(at + 4, crc32(bytes.subarray(offset, offset + length)), true);
  }
  view.setUint32(16, crc32(bytes.subarray(32, 32 + 16 * count)), true);
  view.setUint32(20, crc32(bytes.subarray(0, 20)), true);
}

function damaged(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const hits = random.between(1, 4);
  for (let hit = 0; hit < hits; hit++) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] as number) ^ (1 << random.below(8));
  }
  if (random.chance(0.1)) return copy.subarray(0, random.below(copy.length));
  return copy;
}

const SAMPLES = Array.from({ length: 6 }, (_, n) =>
  buildEdgeSegment(randomEdges(new Random(n + 1), { columns: n % 3 > 0, timed: n % 3 > 1 })),
);
const sampleSegment = (seed: number): Uint8Array => SAMPLES[seed % SAMPLES.length] as Uint8Array;

// One memory for all: each reserves addresses for 4 GiB.
const MEMORY = new GraphMemory();
const [COMPILED, REFERENCE] = [createKernels(MEMORY, kernelModule()), createKernels(MEMORY, null)];

/** The seeds of a test, said when one fails. */
function forEachSeed(count: number, check: (seed: number) => void): void {
  for (let seed = SEED; seed < SEED + count; seed++) {
    try {
      check(seed);
    } catch (error) {
      throw new Error(`RINGWATCH_SEED=${seed}`, { cause: error });
    }
  }
}

describe('damaged bytes of a segment', () => {
  it('are found by their checksum and named, whichever bit was hit', () => {
    forEachSeed(2 * RUNS, (seed) => {
      const bytes = sampleSegment(seed);
      const hit = damaged(new Random(seed), bytes);
      const isSame = Buffer.compare(hit, bytes) === 0;
      const { opened } = open(() => new EdgeSegment(MEMORY, hit));
      opened?.release();
      // Zeros between sections are covered by no checksum, and nothing reads them.
      const isPadding = opened !== null && !isSame && onlyPaddingDiffers(bytes, hit);
      expect(opened !== null).toBe(isSame || isPadding);
    });
  });

  it('are read within their bounds even when their checksums were made right again', () => {
    let taken = 0;
    forEachSeed(4 * RUNS, (seed) => {
      const hit = damaged(new Random(seed), sampleSegment(seed));
      if (hit.length < 32) return;
      sealAgain(hit);
      const { opened } = open(() => new EdgeSegment(MEMORY, hit));
      if (opened === null) return;
      taken++;
      readEverything(opened);
      opened.release();
    });
    // Some changes make another graph, which is as good as any.
    expect(taken).toBeGreaterThan(0);
  });

  it('of vertices are found by their checksum, and with it made right never read outside', () => {
    const bytes = buildVertexSegment({
      kind: 'texts',
      texts: Array.from({ length: 300 }, (_, n) => `k${n * n}`),
    });
    forEachSeed(2 * RUNS, (seed) => {
      const hit = damaged(new Random(seed), bytes);
      if (hit.length < 32) return;
      const isSealed = seed % 2 === 0;
      if (isSealed) sealAgain(hit);
      const { opened } = open(() => new VertexSegment(MEMORY, hit));
      if (opened === null) return;
      if (!isSealed) expect(onlyPaddingDiffers(bytes, hit)).toBe(true);
      for (let n = 0; n < opened.count; n++) expect(opened.find(opened.key(n))).toBeLessThan(opened.count);
      opened.release();
    });
  });

  it('that never were a segment are refused', () => {
    forEachSeed(2 * RUNS, (seed) => {
      const random = new Random(seed);
      const bytes = Uint8Array.from({ length: random.below(400) }, () => random.below(256));
      if (random.chance(0.5) && bytes.length >= 32) bytes.set([0x52, 0x57, 0x53, 0x47, 1, 0, 1, 0]);
      if (bytes.length >= 32) sealAgain(bytes);
      expect(open(() => new EdgeSegment(MEMORY, bytes)).opened).toBeNull();
    });
  });
});

/** Reads every list and column by both kernels, and holds what they give against each other. */
function readEverything(segment: EdgeSegment): void {
  const { vertices, edges, out, into, columns } = segment.about;
  const longest = Math.max(out.longest, into.longest);
  const [target, numbers] = [MEMORY.allocate(4 * (longest + 8)), MEMORY.allocate(4 * (longest + 8))];
  const digest = (kernels: GraphKernels): number => {
    let sum = 0;
    for (let vertex = 0; vertex < vertices; vertex++) {
      for (const lists of [segment.out, segment.into]) {
        const count = kernels.decodeEdges(lists, vertex, target, numbers);
        const words = MEMORY.words(target, count);
        for (const neighbour of words)
          if (neighbour >= vertices) throw new Error('a neighbour that there is not');
        sum = (sum * 31 + crc32(new Uint8Array(words.buffer))) % 1e9;
      }
    }
    for (let edge = 0; edge < edges; edge += 7) {
      columns.forEach((_, n) => {
        sum = (sum * 31 + kernels.columnCode(segment.column(n), edge)) % 1e9;
      });
    }
    return sum;
  };
  expect(digest(COMPILED)).toBe(digest(REFERENCE));
  MEMORY.release(target);
  MEMORY.release(numbers);
}

/** Whether all bytes that differ lie between sections, or after the header's fields. */
function onlyPaddingDiffers(before: Uint8Array, after: Uint8Array): boolean {
  if (before.length !== after.length) return false;
  const view = new DataView(before.buffer, before.byteOffset, before.byteLength);
  const count = view.getUint32(12, true);
  const covered = new Uint8Array(before.length).fill(1, 0, 24).fill(1, 32, 32 + 16 * count);
  for (let at = 32; at < 32 + 16 * count; at += 16) {
    covered.fill(
      1,
      view.getUint32(at + 8, true),
      view.getUint32(at + 8, true) + view.getUint32(at + 12, true),
    );
  }
  return before.every((byte, n) => byte === after[n] || covered[n] === 0);
}
