import { describe, expect, it } from "vitest";
import { RandomStream } from "../../tensor/index.js";
import { symmetricEigen } from "./symmetric-eigen.js";

function symmetric(n: number, at: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, k) => at(Math.min(Math.floor(k / n), k % n), Math.max(Math.floor(k / n), k % n)));
}

const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe("symmetricEigen", () => {
  it("knows the answers that are known", () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect([...values]).toEqual([expect.closeTo(3, 14), expect.closeTo(1, 14)]);
    expect(vectors[0]! / vectors[1]!).toBeCloseTo(1, 14);
    expect(symmetricEigen(Float64Array.of(-4), 1)).toEqual({ values: Float64Array.of(-4), vectors: Float64Array.of(1) });
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    expect(symmetricEigen(new Float64Array(0), 0).values.length).toBe(0);
    // -1, 2, -1: 2 - 2 cos(k π / (n + 1))
    const path = symmetricEigen(symmetric(6, (i, j) => (i === j ? 2 : j === i + 1 ? -1 : 0)), 6).values;
    path.forEach((value, i) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((6 - i) * Math.PI) / 7), 13));
  });

  it.each([2, 7, 33])("gives orthonormal vectors that the matrix only stretches, %i rows", (n) => {
    const random = new RandomStream(n);
    const drawn = Array.from({ length: n * n }, () => random.next() - 0.5);
    const matrix = symmetric(n, (i, j) => drawn[i * n + j]!);
    const { values, vectors } = symmetricEigen(matrix, n);
    const vector = (i: number) => vectors.subarray(i * n, (i + 1) * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        expect(product(vector(i), vector(j))).toBeCloseTo(i === j ? 1 : 0, 12);
        expect(product(matrix.subarray(j * n, (j + 1) * n), vector(i))).toBeCloseTo(values[i]! * vector(i)[j]!, 12);
      }
      if (i > 0) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
    }
  });
});
