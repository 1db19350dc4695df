/** What skip-gram draws, read off the rows that it changes: radii of windows, and negatives. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend, type Backend } from "../../backend/index.js";
import { WORD2VEC_EXACT, WORD2VEC_SENTENCE } from "../../backend/generated/kernels.js";
import { SENTENCE_END } from "../../data/index.js";
import { aliasTable, noiseDistribution } from "./noise.js";

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend({ threads: 1 });
});

const place = (values: ArrayLike<number>, kind: "floats" | "ints" = "floats") => {
  const at = backend.memory.allocate(4 * values.length);
  backend.memory[kind](at, values.length).set(values);
  return at;
};

/** The 0.999 quantiles of chi², by degrees of freedom. */
const CHI2 = { 3: 16.27, 4: 18.47 } as const;
const chi2 = (counts: readonly number[], expected: readonly number[]) =>
  counts.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0);

it("an offset d of a window of 5 is used with probability (5 - d + 1) / 5, to both sides", () => {
  // Every position is a word of its own; its input says where it stands, modulo 11, and ends up in the outputs of those that it is a context of.
  const [positions, window, stride] = [100_000, 5, 16];
  const offsets = 2 * window + 1;
  const input = new Float32Array(positions * stride);
  for (let p = 0; p < positions; p++) input[p * stride + (p % offsets)] = 1;
  const output = place(new Float32Array(positions * stride));
  backend.kernels.word2vecTrain(
    place(input), output, stride, offsets, place(Int32Array.from({ length: positions }, (_, p) => p), "ints"), positions, 0,
    place(new Int32Array(2 * positions), "ints"), positions, window, 0, 0, 1, 0, 0, 7, 8, 0, 0, place([0, 0, 0, 0]),
  );
  const rows = backend.memory.floats(output, positions * stride);
  const isContext = (centre: number, offset: number) => rows[centre * stride + ((centre + offset + offsets) % offsets)] !== 0;
  const radii = new Array<number>(window).fill(0);
  const used = new Array<number>(window).fill(0);
  let [centres, uneven] = [0, 0];
  for (let p = 0; p < positions; p++) {
    const inSentence = p % WORD2VEC_SENTENCE;
    if (inSentence < window || inSentence >= WORD2VEC_SENTENCE - window) continue; // where a sentence is cut, so are windows
    centres++;
    let radius = 0;
    while (radius < window && isContext(p, radius + 1)) radius++;
    for (let d = 1; d <= window; d++) if (isContext(p, d) !== d <= radius || isContext(p, -d) !== d <= radius) uneven++;
    radii[radius - 1]!++;
    for (let d = 0; d < radius; d++) used[d]!++;
  }
  expect(uneven).toBe(0);
  expect(chi2(radii, radii.map(() => centres / window))).toBeLessThan(CHI2[4]);
  used.forEach((count, i) => expect(Math.abs(count / centres - [1, 0.8, 0.6, 0.4, 0.2][i]!)).toBeLessThan(0.006));
});

describe.each([["shared", 0], ["for each pair", WORD2VEC_EXACT]])("negatives, %s", (_, flags) => {
  it("come as often as their noise says", () => {
    // Sentences of twice the same word, which is never a negative: each window has one context. At this rate products stay 0 and every
    // draw takes as much from the output of its word.
    const [windows, negatives, lr] = [20_000, 5, 2 ** -30];
    const noise = noiseDistribution([100, 50, 10, 1]);
    const word = noise.length;
    const rows = (value: (id: number) => number) => place(Float32Array.from({ length: 16 * (word + 1) }, (_, i) => (i % 16 === 0 ? value(i / 16) : 0)));
    const output = rows(() => 0);
    const tokens = Array.from({ length: (windows / 2) * 3 }, (_, i) => (i % 3 === 2 ? SENTENCE_END : word));
    backend.kernels.word2vecTrain(
      rows(() => 1), output, 16, 1, place(tokens, "ints"), tokens.length, 0, place(aliasTable([...noise, 0]), "ints"), word + 1, 5, negatives,
      flags, lr, 0, 0, 3, 4, 0, 0, place([0, 0, 0, 0]),
    );
    const drawn = Array.from(noise, (_, id) => -backend.memory.floats(output, 16 * word)[16 * id]! / (lr / 2));
    const total = windows * negatives;
    expect(Math.abs(drawn.reduce((sum, count) => sum + count, 0) - total)).toBeLessThan(total * 1e-4);
    expect(chi2(drawn, Array.from(noise, (p) => p * total))).toBeLessThan(CHI2[3]);
  });
});
