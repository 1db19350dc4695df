/** Numbers to test with: the same every time, and exact in float32. */

const made = new Map<string, readonly number[]>();

/** `n` floats between `from` and `to`. */
export function floats(n: number, seed = 1, from = -2, to = 2): readonly number[] {
  const key = `${n} ${seed} ${from} ${to}`;
  const known = made.get(key);
  if (known) return known;
  const values = makeFloats(n, seed, from, to);
  made.set(key, values);
  return values;
}

function makeFloats(n: number, seed: number, from: number, to: number): number[] {
  let state = seed * 2654435761;
  return Array.from({ length: n }, () => {
    // A step of mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.fround(from + ((to - from) * ((bits ^ (bits >>> 14)) >>> 0)) / 2 ** 32);
  });
}

/** `n` integers from `from` up to, not including, `to`. */
export function integers(n: number, seed: number, from: number, to: number): number[] {
  return floats(n, seed, 0, 1).map((value) => Math.min(to - 1, from + Math.floor(value * (to - from))));
}

/** Around every width of a vector and of a tile: nothing, one, one below, one above, primes. */
export const SIZES: readonly number[] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67, 131, 257];

/** Long enough for several threads whatever an element costs. */
export const LARGE = 260_003;

export const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Where functions tend to break: zeros, denormals, the ends of the range, infinities, NaN. */
export const SPECIALS: readonly number[] = [
  0, -0, 1, -1, 2 ** -149, -(2 ** -149), 1e-40, -1e-40, 2 ** -126, -(2 ** -126), LARGEST, -LARGEST, Infinity, -Infinity, NaN,
  88.5, -88.5, 104, -104, 1e10, -1e10,
].map(Math.fround);
