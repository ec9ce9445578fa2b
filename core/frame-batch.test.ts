import { expect, it } from '@jest/globals';
import { FrameWriter } from './frame.ts';
import { TEXT } from './types.ts';
import { decodeBatch, encodeBatch } from './frame-batch.ts';

function frameOf(records: number): Uint8Array {
  const writer = new FrameWriter();
  for (let n = 0; n < records; n++) writer.event('s', [`row ${n}`], [TEXT], n);
  return writer.finish();
}

it('gives back the frames of a batch in their order, in memory of their own', () => {
  const frames = [frameOf(1), frameOf(3), frameOf(2)];
  const value = encodeBatch(frames);
  const decoded = decodeBatch(value);
  value.fill(0);
  expect(decoded.map(({ records }) => records)).toEqual([1, 3, 2]);
  for (const [n, { bytes }] of decoded.entries()) expect(bytes).toEqual(frames[n]);
});

it('finds each byte that is damaged, and each length that is wrong', () => {
  const value = encodeBatch([frameOf(1), frameOf(2)]);
  expect(decodeBatch(value)).toHaveLength(2);
  for (let at = 0; at < value.length; at++) {
    const damaged = Buffer.from(value);
    damaged[at] = (damaged[at] as number) ^ 0x10;
    expect(() => decodeBatch(damaged)).toThrow();
    expect(() => decodeBatch(value.subarray(0, at))).toThrow();
  }
  expect(() => decodeBatch(Buffer.concat([value, Buffer.of(0)]))).toThrow('it is not as long as it says');
});
