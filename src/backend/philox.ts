/**
 * Philox4x32-10, the counter-based generator behind every random number of the library: Salmon, Moraes, Dror & Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3" (2011). `kernels/random.c` is the same function over vectors.
 */

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers. Every partial product stays below 2^53. */
function multiplyHigh(a: number, b: number): number {
  const high = Math.floor(a / 0x10000) * b;
  const low = (a % 0x10000) * b;
  return Math.floor((high + Math.floor(low / 0x10000)) / 0x10000);
}

export type Block = [number, number, number, number];

/** The four random 32-bit words of the block at a 128-bit counter (lowest word first) under a 64-bit key. */
export function philox(counter: Readonly<Block>, key: readonly [low: number, high: number]): Block {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A 64-bit counter in two words, moved on by `blocks` (any number below 2^53). */
export function advanceCounter(low: number, high: number, blocks: number): [low: number, high: number] {
  const sum = low + (blocks % 0x100000000);
  const carry = Math.floor(blocks / 0x100000000) + (sum >= 0x100000000 ? 1 : 0);
  return [sum >>> 0, (high + (carry % 0x100000000)) >>> 0];
}
