import type { BitCoder } from './range-coder.ts';
import { corrupt } from './segment-file.ts';

/** Numbers have at most so many bits. */
const BITS_MAX = 53;
/** A tree of 6 decisions says how many bits a number has. */
const TREE_LEVELS = 6;
const TREE = 1 << TREE_LEVELS;
const RAW_BITS = 16;
/** Powers of 2, so that no number goes through a function whose result depends on the engine. */
const POWERS = Float64Array.from({ length: BITS_MAX + 1 });
POWERS.forEach((_, n) => {
  POWERS[n] = n === 0 ? 1 : 2 * (POWERS[n - 1] as number);
});

/** Numbers from 0 to less than 2 to the power of 53, whose size depends on a context: small ones and usual ones are cheap. */
export class NumberModel {
  private readonly coder: BitCoder;
  private readonly trees: number;
  private readonly tops: number;
  private readonly signs: number;

  /** `contexts`: how many there are. */
  constructor(coder: BitCoder, contexts: number) {
    this.coder = coder;
    this.trees = coder.contexts(contexts * TREE);
    this.tops = coder.contexts(4 * TREE);
    this.signs = coder.contexts(TREE);
  }

  /** The bits that the number has are learnt by context, its two bits after the first by how many there are. */
  code(context: number, value: number): number {
    const { coder } = this;
    const bits = this.size(context, value);
    if (bits < 2) return bits;
    const tops = this.tops + 4 * bits;
    let left = bits - 1;
    // The bits read so far; the first is a one.
    let prefix = 1;
    prefix = 2 * prefix + coder.bit(tops, bitAt(value, --left));
    if (left > 0) prefix = 2 * prefix + coder.bit(tops + prefix - 1, bitAt(value, --left));
    while (left > 0) {
      const width = Math.min(left, RAW_BITS);
      left -= width;
      prefix = prefix * (POWERS[width] as number) + coder.raw(width, fieldAt(value, left, width));
    }
    return prefix;
  }

  /** The same with a sign. -0 is 0. */
  codeSigned(context: number, value: number): number {
    const magnitude = this.code(context, Math.abs(value));
    if (magnitude === 0) return 0;
    return this.coder.bit(this.signs + bitsIn(magnitude), value < 0 ? 1 : 0) === 1 ? -magnitude : magnitude;
  }

  private size(context: number, value: number): number {
    const bits = bitsIn(value);
    const tree = this.trees + context * TREE;
    let node = 1;
    for (let level = TREE_LEVELS - 1; level >= 0; level--)
      node = 2 * node + this.coder.bit(tree + node, (bits >>> level) & 1);
    if (node - TREE > BITS_MAX) throw corrupt('a number has too many bits');
    return node - TREE;
  }
}

/** Bits that a number takes, 0 for 0; any number of a decoder, which means nothing, too. */
export function bitsIn(value: number): number {
  if (value < 0x1_0000_0000) return 32 - Math.clz32(value);
  return 64 - Math.clz32(value / 0x1_0000_0000);
}

function bitAt(value: number, at: number): number {
  return at < 31 && value < 0x8000_0000 ? (value >>> at) & 1 : Math.floor(value / (POWERS[at] as number)) % 2;
}

function fieldAt(value: number, at: number, width: number): number {
  return value < 0x8000_0000
    ? (value >>> at) & ((1 << width) - 1)
    : Math.floor(value / (POWERS[at] as number)) % (POWERS[width] as number);
}
