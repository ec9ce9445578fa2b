const TWO_TO_32 = 4_294_967_296;

/** Two words of hash that `hashKeyInto` has made. */
export interface KeyHash {
  high: number;
  low: number;
}

/**
 * Hashes a key (a safe integer, or text by its UTF-16 code units) to 64 bits, spread over both words. The mixing is
 * MurmurHash3's (Appleby, public domain) and lowbias32's (Wellons, public domain).
 */
export function hashKeyInto(hash: KeyHash, key: number | string, seed: number): void {
  if (typeof key === 'number') {
    hash.high = numberHashHigh(key, seed);
    hash.low = numberHashLow(key, seed);
    return;
  }
  let a = seed ^ 0x2c1b3c6d;
  let b = seed ^ 0x297a2d39;
  for (let n = 0; n < key.length; n++) {
    const code = key.charCodeAt(n);
    a = Math.imul(a ^ code, 0x5bd1e995);
    a ^= a >>> 15;
    b = Math.imul(b ^ code, 0x01000193) + n;
  }
  b ^= Math.imul(a, 0x85ebca6b);
  hash.high = mix(a ^ (b >>> 16)) >>> 0;
  hash.low = mix(b ^ Math.imul(a, 0xc2b2ae35)) >>> 0;
}

/** The upper word of a whole number's hash: by itself, so that nothing is stored on the way to a vertex. */
export function numberHashHigh(key: number, seed: number): number {
  return mix((key | 0) ^ mix(Math.floor(key / TWO_TO_32) ^ seed ^ 0x2c1b3c6d)) >>> 0;
}

/** The lower word of a whole number's hash. */
export function numberHashLow(key: number, seed: number): number {
  return mixOtherwise((key | 0) + mix(Math.floor(key / TWO_TO_32) + (seed ^ 0x297a2d39))) >>> 0;
}

function mix(word: number): number {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixOtherwise(word: number): number {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x7feb352d);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x846ca68b);
  return hash ^ (hash >>> 16);
}
