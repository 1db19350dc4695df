import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend, loadBackend } from "../backend/index.js";
import { RandomStream, setDefaultBackend, type Tensor, withBackend } from "../tensor/index.js";
import {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  normal,
  orthogonal,
  stacked,
  uniform,
  type Initialiser,
} from "./initialisers.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const random = () => new RandomStream(1);
const values = (initialiser: Initialiser, shape: number[]) => Array.from(initialiser(shape, random()).dataSync());
const variance = (numbers: number[]) => {
  const mean = numbers.reduce((a, b) => a + b) / numbers.length;
  return numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / numbers.length;
};

describe("variances, of [60, 40] matrices", () => {
  // 2400 values: the variance is known to within a few percent.
  test.each<[string, Initialiser, number]>([
    ["uniform", uniform(0.3), 0.03],
    ["normal", normal(0.2), 0.04],
    ["glorotUniform", glorotUniform(), 2 / 100],
    ["glorotNormal with gain", glorotNormal(2), 8 / 100],
    ["heUniform", heUniform(), 2 / 40],
    ["heNormal", heNormal(), 2 / 40],
  ])("%s", (_, initialiser, expected) => {
    const measured = variance(values(initialiser, [60, 40]));
    expect(measured / expected).toBeGreaterThan(0.9);
    expect(measured / expected).toBeLessThan(1.1);
  });

  test("uniform ones stay inside their limits", () => {
    expect(Math.max(...values(uniform(0.3), [60, 40]).map(Math.abs))).toBeLessThanOrEqual(0.3);
    expect(Math.max(...values(glorotUniform(), [60, 40]).map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(0.06));
  });

  test("a convolution's kernel counts to the fans", () => {
    expect(variance(values(heNormal(), [30, 4, 3, 7])) / (2 / 84)).toBeCloseTo(1, 0);
  });

  test("the same seed gives the same weights", () => {
    expect(values(normal(1), [4, 3])).toEqual(values(normal(1), [4, 3]));
  });
});

test("identity, also where it is not square", () => {
  expect(values(identity(), [2, 3])).toEqual([1, 0, 0, 0, 1, 0]);
  expect(values(identity(0.5), [3, 2])).toEqual([0.5, 0, 0, 0.5, 0, 0]);
  expect(() => identity()([3], random())).toThrow("identity: shape: expected a matrix, [rows, columns], got [3]");
});

test("stacked initialises each gate by itself", () => {
  expect(values(stacked([constant(0), constant(1), constant(2)]), [6])).toEqual([0, 0, 1, 1, 2, 2]);
  expect(values(stacked([identity(), constant(3)]), [4, 2])).toEqual([1, 0, 0, 1, 3, 3, 3, 3]);
  expect(() => stacked([constant(0), constant(1)])([5], random())).toThrow(
    "stacked: shape: expected a first axis divisible by 2, got [5]",
  );
});

describe("orthogonal", () => {
  /** Largest element of Q'Q - I, or of QQ' - I for a wide Q. */
  const defect = (q: Tensor) => {
    const [rows, columns] = q.shape as [number, number];
    const v = q.dataSync();
    const tall = rows >= columns;
    const at = (i: number, j: number) => (tall ? v[i * columns + j]! : v[j * columns + i]!);
    const [length, count] = tall ? [rows, columns] : [columns, rows];
    let worst = 0;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let i = 0; i < length; i++) sum += at(i, a) * at(i, b);
        worst = Math.max(worst, Math.abs(sum - (a === b ? 1 : 0)));
      }
    }
    return worst;
  };

  test.each([
    [1, 1],
    [2, 2],
    [5, 3],
    [3, 5],
    [32, 32],
    [33, 33],
    [70, 65],
    [40, 90],
    [1, 7],
    [7, 1],
  ])("%i x %i", (rows, columns) => {
    expect(defect(orthogonal()([rows, columns], random()))).toBeLessThan(1e-13);
  });

  test.for(["wasm", "native"] as const)("in float32 on %s", async (name, { skip }) => {
    const backend = await loadBackend({ backend: name, threads: 1 }).catch((error: unknown) => {
      // Only native may be absent: where there is no C compiler.
      if (name !== "native") throw error;
    });
    if (!backend) return skip("no native code");
    withBackend(backend, () => {
      for (const shape of [
        [130, 130],
        [65, 300],
        [300, 65],
      ]) {
        expect(defect(orthogonal()(shape, random())), shape.join()).toBeLessThan(2e-6);
      }
    });
  });

  test("gain, and empty shapes", () => {
    const [a, b] = [values(orthogonal(), [3, 2]), values(orthogonal(2), [3, 2])];
    expect(b).toEqual(a.map((value) => 2 * value));
    expect(values(orthogonal(), [0, 4])).toEqual([]);
    expect(() => orthogonal()([2, 2, 2], random())).toThrow(
      "orthogonal: shape: expected a matrix, [rows, columns], got [2, 2, 2]",
    );
  });

  // Moments of Haar measure on O(n): E q_ij = 0, E q_ij^2 = 1/n, E q_ij^4 = 3 / (n (n+2)), E (trace)^2 = 1, E det = 0.
  // A product of reflections without the signs fails the trace: each diagonal element leans to one side.
  test("is uniformly distributed: moments of elements, trace and determinant", () => {
    const [n, draws] = [3, 3000];
    const stream = random();
    const moments = {
      first: new Float64Array(n * n),
      second: new Float64Array(n * n),
      fourth: new Float64Array(n * n),
    };
    let [trace, traceSquared, determinant] = [0, 0, 0];
    for (let i = 0; i < draws; i++) {
      const q = orthogonal()([n, n], stream).dataSync();
      q.forEach((value, at) => {
        moments.first[at]! += value / draws;
        moments.second[at]! += value ** 2 / draws;
        moments.fourth[at]! += value ** 4 / draws;
      });
      const t = q[0]! + q[4]! + q[8]!;
      trace += t / draws;
      traceSquared += t ** 2 / draws;
      determinant +=
        (q[0]! * (q[4]! * q[8]! - q[5]! * q[7]!) -
          q[1]! * (q[3]! * q[8]! - q[5]! * q[6]!) +
          q[2]! * (q[3]! * q[7]! - q[4]! * q[6]!)) /
        draws;
    }
    // Five standard errors: sd of an element 0.58, of its square 0.30, of its fourth power 0.27, of the trace 1.
    const error = 5 / Math.sqrt(draws);
    for (let at = 0; at < n * n; at++) {
      expect(Math.abs(moments.first[at]!)).toBeLessThan(0.58 * error);
      expect(Math.abs(moments.second[at]! - 1 / 3)).toBeLessThan(0.3 * error);
      expect(Math.abs(moments.fourth[at]! - 1 / 5)).toBeLessThan(0.27 * error);
    }
    expect(Math.abs(trace)).toBeLessThan(error);
    expect(Math.abs(traceSquared - 1)).toBeLessThan(1.5 * error);
    expect(Math.abs(determinant)).toBeLessThan(error);
  });
});
