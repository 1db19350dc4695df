/** The backward kernels against central differences of the forward ones, in float64. */
import { describe, expect, it } from "vitest";
import type { Pointer } from "../backend.js";
import * as K from "../generated/kernels.js";
import { createReferenceBackend } from "./index.js";

const { kernels, memory } = createReferenceBackend();

function put(values: readonly number[]): Pointer {
  const pointer = memory.allocate(8 * values.length);
  memory.floats(pointer, values.length).set(values);
  return pointer;
}
const zeros = (n: number) => put(new Array<number>(n).fill(0));
const get = (pointer: Pointer, n: number) => Array.from(memory.floats(pointer, n));

/** Numbers without pattern, away from the corners at 0 and 0.7. */
const values = (n: number, seed: number) => Array.from({ length: n }, (_, i) => 1.3 * Math.sin(3.7 * i + seed) + 0.011);

const replaced = (list: readonly number[], at: number, value: number) => list.map((other, i) => (i === at ? value : other));

/** d (weights . outputs(x)) / d x, element by element. */
function numericGradient(outputs: (x: Pointer) => number[], weights: readonly number[], at: readonly number[]): number[] {
  const loss = (x: readonly number[]) => outputs(put(x)).reduce((sum, y, i) => sum + y * weights[i]!, 0);
  return at.map((value, i) => {
    const step = 1e-5;
    return (loss(replaced(at, i, value + step)) - loss(replaced(at, i, value - step))) / (2 * step);
  });
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 7));
}

const [ROWS, COLUMNS] = [3, 5];
const N = ROWS * COLUMNS;

describe("gradients of the reference kernels", () => {
  const maps = Object.entries(K).filter(([name]) => name.startsWith("MAP_")) as [string, number][];
  it.each(maps)("%s", (_name, op) => {
    // Away from 0, where these are steep or not defined.
    const positive = op === K.MAP_SQRT || op === K.MAP_LOG || op === K.MAP_RECIPROCAL;
    const a = values(9, 1).map((value) => (positive ? Math.abs(value) + 0.3 : value));
    const weights = values(9, 2);
    const y = zeros(9);
    kernels.map(op, y, put(a), 9, 0.7);
    const da = zeros(9);
    kernels.mapBackward(op, da, put(a), y, put(weights), 9, 0.7);
    const forward = (x: Pointer) => {
      const out = zeros(9);
      kernels.map(op, out, x, 9, 0.7);
      return get(out, 9);
    };
    expectClose(get(da, 9), numericGradient(forward, weights, a));
  });

  it.each(["softmax", "logSoftmax"] as const)("%s", (name) => {
    const forward = (x: Pointer) => {
      const y = zeros(N);
      kernels[name](y, x, ROWS, COLUMNS);
      return get(y, N);
    };
    const [a, weights] = [values(N, 1), values(N, 2)];
    const da = zeros(N);
    kernels[`${name}Backward`](da, put(forward(put(a))), put(weights), ROWS, COLUMNS);
    expectClose(get(da, N), numericGradient(forward, weights, a));
  });

  it("crossEntropy", () => {
    const target = put([4, -1, 0]);
    const gradient = zeros(N);
    const run = (x: Pointer, g: Pointer) => {
      const loss = zeros(ROWS);
      kernels.crossEntropy(loss, g, x, target, ROWS, COLUMNS, -1, 0.1);
      return get(loss, ROWS);
    };
    const a = values(N, 1);
    run(put(a), gradient);
    expectClose(get(gradient, N), numericGradient((x) => run(x, 0), [1, 1, 1], a));
  });

  it("layerNorm, in all three arguments", () => {
    const [a, gain, bias, weights] = [values(N, 1), values(COLUMNS, 2), values(COLUMNS, 3), values(N, 4)];
    const [mean, inverseSd] = [zeros(ROWS), zeros(ROWS)];
    const run = (x: Pointer, g: Pointer, b: Pointer) => {
      const y = zeros(N);
      kernels.layerNorm(y, mean, inverseSd, x, g, b, ROWS, COLUMNS, 1e-3);
      return get(y, N);
    };
    run(put(a), put(gain), put(bias));
    const [da, dgain, dbias] = [zeros(N), zeros(COLUMNS), zeros(COLUMNS)];
    kernels.layerNormBackward(da, dgain, dbias, put(a), put(gain), mean, inverseSd, put(weights), ROWS, COLUMNS);
    expectClose(get(dgain, COLUMNS), numericGradient((g) => run(put(a), g, put(bias)), weights, gain));
    expectClose(get(dbias, COLUMNS), numericGradient((b) => run(put(a), put(gain), b), weights, bias));
    expectClose(get(da, N), numericGradient((x) => run(x, put(gain), put(bias)), weights, a));
  });
});
