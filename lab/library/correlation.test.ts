import { beforeAll, expect, test } from "vitest";
import { loadBackend, setDefaultBackend, tensor } from "unrolled";
import { Correlations } from "./correlation.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "reference" })));

test("Pearson's correlation of every property with every unit, however it comes in", () => {
  const properties = [[0, 1, 2, 3, 4, 5], [1, 0, 0, 1, 1, 0], [2, 2, 2, 2, 2, 2]];
  const units = [[5, 3, 1, -1, -3, -5], [0.1, 0.5, 0.2, 0.9, 0.3, 0.8], [7, 7, 7, 7, 7, 7]];
  const correlations = new Correlations(3, 3);
  for (const [from, to] of [[0, 2], [2, 6]] as const) {
    const observations = units[0]!.map((_, t) => units.map((unit) => unit[t]!)).slice(from, to);
    correlations.add(Float32Array.from(properties.flatMap((property) => property.slice(from, to))), tensor(observations));
  }
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const expected = (a: readonly number[], b: readonly number[]) => {
    const [ma, mb] = [mean(a), mean(b)];
    const covariance = mean(a.map((value, i) => (value - ma) * (b[i]! - mb)));
    return covariance / Math.sqrt(mean(a.map((value) => (value - ma) ** 2)) * mean(b.map((value) => (value - mb) ** 2)));
  };
  const result = correlations.result();
  expect(result[0]).toBeCloseTo(-1, 6);
  for (const [i, j] of [[0, 1], [1, 0], [1, 1]] as const) expect(result[3 * i + j]).toBeCloseTo(expected(properties[i]!, units[j]!), 5);
  // What never changes goes together with nothing.
  for (const i of [2, 5, 6, 7, 8]) expect(result[i]).toBeNaN();
});
