/**
 * Philox4x32-10, the counter-based generator behind every random number of the library: Salmon, Moraes, Dror & Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3" (2011). `kernels/random.c` is the same function over vectors.
 */

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers, from products of their halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const first = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const second = (Math.imul(aLow, bHigh) >>> 0) + (first & 0xffff);
  return (Math.imul(aHigh, bHigh) + (first >>> 16) + (second >>> 16)) | 0;
}

export type Block = [number, number, number, number];

/** The four random 32-bit words of the block at a 128-bit counter (lowest word first) under a 64-bit key. */
export function philox(counter: Readonly<Block>, key: readonly [low: number, high: number]): Block {
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** A 64-bit counter in two words, moved on by `blocks` (any number below 2^53). */
export function advanceCounter(low: number, high: number, blocks: number): [low: number, high: number] {
  const sum = low + (blocks % 0x100000000);
  const carry = Math.floor(blocks / 0x100000000) + (sum >= 0x100000000 ? 1 : 0);
  return [sum >>> 0, (high + (carry % 0x100000000)) >>> 0];
}
