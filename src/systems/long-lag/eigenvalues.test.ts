import { describe, expect, it } from "vitest";
import { RandomStream } from "../../tensor/index.js";
import { eigenvalues, spectralRadius } from "./eigenvalues.js";

const gaussian = (n: number, seed: number) => {
  const random = new RandomStream(seed);
  // The sum of twelve uniform numbers, less six: near enough to Gaussian here.
  return Float64Array.from({ length: n * n }, () => Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b) - 6);
};
const product = (a: ArrayLike<number>, b: ArrayLike<number>, n: number) =>
  Float64Array.from({ length: n * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[row * n + k]! * b[k * n + column]!;
    return sum;
  });
const trace = (a: ArrayLike<number>, n: number) => Array.from({ length: n }, (_, i) => a[i * n + i]!).reduce((x, y) => x + y, 0);
const sorted = ({ re, im }: ReturnType<typeof eigenvalues>) =>
  [...re].map((value, i) => [value, im[i]!] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);

describe("eigenvalues", () => {
  it("of matrices that show theirs", () => {
    expect(sorted(eigenvalues([], 0))).toEqual([]);
    expect(sorted(eigenvalues([-3], 1))).toEqual([[-3, 0]]);
    expect(sorted(eigenvalues([1, 5, -2, 0, 3, 7, 0, 0, -4], 3)).map(([value]) => value)).toEqual([-4, 1, 3]);
    const rotation = sorted(eigenvalues([0.6, -0.8, 0.8, 0.6], 2));
    rotation.forEach(([re, im], i) => {
      expect(re).toBeCloseTo(0.6, 12);
      expect(im).toBeCloseTo(i === 0 ? -0.8 : 0.8, 12);
    });
  });

  it("of a companion matrix are the roots of its polynomial", () => {
    // (x - 1)(x - 2)(x + 3)(x² + 4) = x⁵ - 3x³ + 6x² - 28x + 24
    const coefficients = [24, -28, 6, -3, 0];
    const matrix = Float64Array.from({ length: 25 }, (_, i) => (i % 5 === 4 ? -coefficients[Math.floor(i / 5)]! : Math.floor(i / 5) === (i % 5) + 1 ? 1 : 0));
    const expected = [[-3, 0], [0, -2], [0, 2], [1, 0], [2, 0]];
    const found = [...eigenvalues(matrix, 5).re].map((re, i) => [re, eigenvalues(matrix, 5).im[i]!]);
    for (const [re, im] of expected) {
      expect(Math.min(...found.map(([x, y]) => Math.hypot(x! - re!, y! - im!)))).toBeLessThan(1e-9);
    }
  });

  it.each([2, 3, 7, 24, 64])("of %i Gaussian rows add up to the traces of the first powers", (n) => {
    for (const seed of [1, 2, 3]) {
      const matrix = gaussian(n, seed);
      const { re, im } = eigenvalues(matrix, n);
      const square = product(matrix, matrix, n);
      const sum = (f: (re: number, im: number) => number) => re.reduce((total, value, i) => total + f(value, im[i]!), 0);
      const size = n * spectralRadius(matrix, n) ** 3;
      expect(Math.abs(sum((x) => x) - trace(matrix, n))).toBeLessThan(1e-10 * size);
      expect(Math.abs(sum((_, y) => y))).toBeLessThan(1e-10 * size);
      expect(Math.abs(sum((x, y) => x * x - y * y) - trace(square, n))).toBeLessThan(1e-10 * size);
      expect(Math.abs(sum((x, y) => x * (x * x - 3 * y * y)) - trace(product(square, matrix, n), n))).toBeLessThan(1e-10 * size);
    }
  });

  it("of defective, nilpotent and cyclic matrices", () => {
    expect(spectralRadius([0, 1, 0, 0], 2)).toBe(0);
    expect(spectralRadius([0, 0, 1, 1, 0, 0, 0, 1, 0], 3)).toBeCloseTo(1, 12);
    expect(spectralRadius([2, 1, 0, 0, 2, 1, 0, 0, 2], 3)).toBeCloseTo(2, 4);
    expect(spectralRadius(new Float64Array(16), 4)).toBe(0);
    expect(spectralRadius(new Float64Array(25).fill(1e200), 5) / 5e200).toBeCloseTo(1, 12);
    expect(spectralRadius(gaussian(9, 1).map((value) => value * 1e-200), 9) / 1e-200).toBeCloseTo(spectralRadius(gaussian(9, 1), 9), 9);
  });

  it("are NaN where the matrix is not finite, and a matrix that is not square is refused", () => {
    expect(spectralRadius([1, NaN, 0, 1], 2)).toBeNaN();
    expect(() => eigenvalues([1, 2, 3], 2)).toThrow("matrix: expected 2 x 2 numbers, got 3");
  });
});

describe("spectralRadius", () => {
  it("is how fast powers grow", () => {
    const n = 16;
    const matrix = gaussian(n, 5);
    // ||A^m||^(1/m) for m = 2^20, by squaring.
    let power: Float64Array = matrix;
    let logarithm = 0;
    for (let k = 0; k <= 20; k++) {
      const norm = Math.hypot(...power);
      logarithm += Math.log(norm) / 2 ** k;
      const unit = power.map((value) => value / norm);
      power = product(unit, unit, n);
    }
    expect(spectralRadius(matrix, n)).toBeCloseTo(Math.exp(logarithm), 4);
  });

  it("of a large Gaussian matrix of deviation g / sqrt(n) is about g", () => {
    const n = 64;
    expect(spectralRadius(gaussian(n, 9).map((value) => (1.5 * value) / Math.sqrt(n)), n) / 1.5).toBeGreaterThan(0.85);
    expect(spectralRadius(gaussian(n, 9).map((value) => (1.5 * value) / Math.sqrt(n)), n) / 1.5).toBeLessThan(1.2);
  });
});
