/** That shifted PMI is where the objective of skip-gram with negative sampling has its maximum. */
import { expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/index.js";
import { MemoryTokenCorpus, WordVocabulary } from "../../data/index.js";
import { setDefaultBackend } from "../../tensor/index.js";
import { noiseDistribution } from "./noise.js";
import { shiftedPmi } from "./shifted-pmi.js";
import { Word2vec } from "./word2vec.js";

const COUNTS = [10, 2, 1, 2, 8, 4, 1, 4, 6];
const TOTALS = [13, 14, 11];
const NEGATIVES = 5;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Climbs Σ #(w,c) log σ(x) + negatives #(w) P(c) log σ(-x), x = v·u, along its gradient; the products at the end. */
function climb(start: ArrayLike<number>, stride: number, noise: ArrayLike<number>, steps: number, rate: number): number[] {
  const v = TOTALS.map((_, w) => [0, 1, 2].map((q) => start[w * stride + q]!));
  const u = TOTALS.map(() => [0, 0, 0]);
  const product = (w: number, c: number) => v[w]!.reduce((sum, x, q) => sum + x * u[c]![q]!, 0);
  for (let step = 0; step < steps; step++) {
    const slopes = COUNTS.map((count, cell) => {
      const [w, c] = [Math.floor(cell / 3), cell % 3];
      const y = sigmoid(product(w, c));
      return count * (1 - y) - NEGATIVES * TOTALS[w]! * noise[c]! * y;
    });
    const before = v.map((row) => [...row]);
    slopes.forEach((slope, cell) => {
      const [w, c] = [Math.floor(cell / 3), cell % 3];
      for (let q = 0; q < 3; q++) v[w]![q]! += rate * slope * u[c]![q]!;
    });
    // After all v, from the v as they were.
    const gradients = u.map((_, c) => [0, 1, 2].map((q) => before.reduce((sum, row, w) => sum + slopes[3 * w + c]! * row[q]!, 0)));
    gradients.forEach((gradient, c) => gradient.forEach((g, q) => (u[c]![q]! += rate * g)));
  }
  return COUNTS.map((_, cell) => product(Math.floor(cell / 3), cell % 3));
}

it.each([1, 2, 3])("gradient ascent from the trainer's initial vectors ends there (seed %i)", (seed) => {
  setDefaultBackend(createReferenceBackend());
  const vocabulary = new WordVocabulary(["a", "b", "c"], TOTALS);
  const start = new Word2vec(vocabulary, new MemoryTokenCorpus(Int32Array.of(0, 1, 2)), { dimensions: 3, seed }).parameters.get("input")!;
  for (const noise of [TOTALS.map((count) => count / 38), noiseDistribution(TOTALS)]) {
    const expected = shiftedPmi(COUNTS, noise, NEGATIVES);
    climb(start.dataSync(), start.shape[1]!, noise, 20_000, 0.01).forEach((x, i) => expect(Math.abs(x - expected[i]!)).toBeLessThan(1e-12));
  }
});

it("goes to minus infinity for pairs that never occur", () => {
  expect([...shiftedPmi([1, 0, 1, 1], [0.5, 0.5], 1)]).toEqual([Math.log(2), -Infinity, 0, 0]);
});
