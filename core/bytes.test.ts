import { describe, expect, it } from '@jest/globals';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Integer } from './integer.ts';

const INTEGERS: Integer[] = [
  0,
  1,
  -1,
  63,
  64,
  -63,
  -64,
  65,
  8191,
  8192,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  1_790_000_000_000_000,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
  2n ** 53n,
  -(2n ** 53n),
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 200n + 12345n,
  -(10n ** 300n),
];

describe('ByteWriter and ByteReader', () => {
  it('give back integers of any size, in canonical form', () => {
    const writer = new ByteWriter(1);
    for (const value of INTEGERS) writer.integer(value);
    const reader = new ByteReader(writer.finish());
    for (const value of INTEGERS) expect(reader.integer()).toBe(value);
    expect(reader.at).toBe(reader.end);
  });

  it('give back every integer near a change of length', () => {
    const writer = new ByteWriter();
    const values: number[] = [];
    for (let bits = 0; bits < 53; bits++)
      for (let d = -2; d <= 2; d++) values.push(2 ** bits + d, -(2 ** bits) + d);
    const inRange = values.filter((value) => Number.isSafeInteger(value));
    for (const value of inRange) {
      writer.integer(value);
      if (value >= 0) writer.varint(value);
    }
    const reader = new ByteReader(writer.finish());
    for (const value of inRange) {
      expect(reader.integer()).toBe(value);
      if (value >= 0) expect(reader.varint()).toBe(value);
    }
  });

  it('store a small integer in one byte, a time of our days in eight', () => {
    const size = (value: Integer): number => {
      const writer = new ByteWriter();
      writer.integer(value);
      return writer.length;
    };
    expect([size(63), size(-63), size(64), size(1_790_000_000_000_000)]).toEqual([1, 1, 2, 8]);
  });

  it('give back texts of every length and script', () => {
    const texts = ['', ...Array.from({ length: 200 }, (_, n) => 'abcdefghij'.repeat(20).slice(0, n + 1))];
    texts.push('é', 'naïve', '漢字', '😀', `${'x'.repeat(63)}é`, '\u0000', 'é'.repeat(5000), 'ÿ'.repeat(11));
    const writer = new ByteWriter(1);
    for (const text of texts) writer.text(text);
    const reader = new ByteReader(writer.finish());
    for (const text of texts) expect(reader.text()).toBe(text);
    expect(reader.at).toBe(reader.end);
  });

  it('give back doubles, numbers of fixed width and raw bytes', () => {
    const writer = new ByteWriter(1);
    writer.f64(-0.1);
    writer.u32(4_294_967_295);
    writer.u8(255);
    writer.raw(Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
    writer.textBytes(Buffer.from('xabcx'), 1, 4);
    const reader = new ByteReader(writer.finish());
    expect([reader.f64(), reader.u32(), reader.u8()]).toEqual([-0.1, 4_294_967_295, 255]);
    expect(Array.from(reader.raw(3))).toEqual([1, 2, 3]);
    expect(reader.text()).toBe('abc');
  });

  it('passes the end rather than throw when bytes are missing', () => {
    const reader = new ByteReader(new Uint8Array(3));
    reader.f64();
    expect(reader.at).toBeGreaterThan(reader.end);
  });
});
