import { describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import { RingwatchError } from '../../../core/errors.ts';
import { randomEdges } from '../../../tests/graph/random-edges.ts';
import { Random } from '../../../tests/model/random.ts';
import { kernelModule } from '../../../workers/graph/kernel-module.ts';
import { createKernels } from '../../kernels/create-kernels.ts';
import { buildEdgeSegment } from './build-edges.ts';
import { GraphMemory } from './graph-memory.ts';
import { EdgeSegment } from './open-edges.ts';
import { buildVertexSegment, VertexSegment } from './vertex-segment.ts';

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

const sampleSegment = (seed: number): Uint8Array =>
  buildEdgeSegment(randomEdges(new Random(seed), { columns: seed % 3 > 0, timed: seed % 3 > 1 }));

describe('damaged bytes of a segment', () => {
  it('are found by their checksum and named, whichever bit was hit', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed);
      const bytes = sampleSegment(1 + (seed % 6));
      const hit = damaged(random, bytes);
      const isSame = Buffer.compare(hit, bytes) === 0;
      const { opened } = open(() => new EdgeSegment(new GraphMemory(), hit));
      // Zeros between sections are covered by no checksum, and nothing reads them.
      const isPadding = opened !== null && !isSame && onlyPaddingDiffers(bytes, hit);
      expect({ seed, taken: opened !== null }).toEqual({ seed, taken: isSame || isPadding });
    }
  });

  it('are read within their bounds even when their checksums were made right again', () => {
    let taken = 0;
    for (let seed = 1; seed <= 1500; seed++) {
      const random = new Random(seed);
      const hit = damaged(random, sampleSegment(1 + (seed % 6)));
      if (hit.length < 32) continue;
      sealAgain(hit);
      const memory = new GraphMemory();
      const { opened } = open(() => new EdgeSegment(memory, hit));
      if (opened === null) continue;
      taken++;
      readEverything(opened, memory);
    }
    // Some changes make another graph, which is as good as any.
    expect(taken).toBeGreaterThan(0);
  });

  it('of vertices are found by their checksum, and with it made right never read outside', () => {
    const bytes = buildVertexSegment({
      kind: 'texts',
      texts: Array.from({ length: 300 }, (_, n) => `k${n * n}`),
    });
    for (let seed = 1; seed <= 600; seed++) {
      const hit = damaged(new Random(seed), bytes);
      if (hit.length < 32) continue;
      const isSealed = seed % 2 === 0;
      if (isSealed) sealAgain(hit);
      const { opened } = open(() => new VertexSegment(new GraphMemory(), hit));
      if (opened === null) continue;
      if (!isSealed) expect({ seed, taken: onlyPaddingDiffers(bytes, hit) }).toEqual({ seed, taken: true });
      for (let n = 0; n < opened.count; n++) expect(opened.find(opened.key(n))).toBeLessThan(opened.count);
    }
  });

  it('that never were a segment are refused', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const bytes = Uint8Array.from({ length: random.below(400) }, () => random.below(256));
      if (random.chance(0.5) && bytes.length >= 32) bytes.set([0x52, 0x57, 0x53, 0x47, 1, 0, 1, 0]);
      if (bytes.length >= 32) sealAgain(bytes);
      expect(open(() => new EdgeSegment(new GraphMemory(), bytes)).opened).toBeNull();
    }
  });
});

/** Reads every list and column by both kernels, and holds what they give against each other. */
function readEverything(segment: EdgeSegment, memory: GraphMemory): void {
  const { vertices, edges, out, into, columns } = segment.about;
  const longest = Math.max(out.longest, into.longest);
  const [target, numbers] = [memory.allocate(4 * (longest + 8)), memory.allocate(4 * (longest + 8))];
  const [compiled, reference] = [createKernels(memory, kernelModule()), createKernels(memory, null)];
  const digest = (kernels: typeof compiled): number => {
    let sum = 0;
    for (let vertex = 0; vertex < vertices; vertex++) {
      for (const lists of [segment.out, segment.into]) {
        const count = kernels.decodeEdges(lists, vertex, target, numbers);
        const words = memory.words(target, count);
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
  expect(digest(compiled)).toBe(digest(reference));
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
