import type { Bench, Case, Conformance } from "../bench.js";
import { floats, integers } from "../values.js";
import { LARGE_MATRIX, MATRICES } from "./reduce.js";

const ALL: readonly (readonly [rows: number, columns: number])[] = [...MATRICES, [3, 0], LARGE_MATRIX, [2, 10_000]];
const shapeName = ([rows, columns]: readonly [number, number]) => `[${rows}, ${columns}]`;

/** Logits with masked positions, a row of nothing else, large ones, an infinity and NaN. */
function troublesome(columns: number): number[] {
  const rows = [
    floats(columns, 1).map((value, c) => (c % 3 === 1 ? -Infinity : value)),
    new Array<number>(columns).fill(-Infinity),
    floats(columns, 2, 1000, 1020).map(Math.fround),
    floats(columns, 3, -3e38, 3e38),
    floats(columns, 4).map((value, c) => (c === 4 ? Infinity : value)),
    floats(columns, 5).map((value, c) => (c === columns - 1 ? NaN : value)),
  ];
  return rows.flat();
}

function* softmaxCases(kernel: "softmax" | "logSoftmax"): Iterable<Case> {
  for (const shape of ALL) {
    const [rows, columns] = shape;
    const values = floats(rows * columns, 1, -8, 8);
    yield [shapeName(shape), (b) => b.kernels[kernel](b.output(rows * columns), b.input(values), rows, columns)];
    yield [`${shapeName(shape)} in place`, (b) => {
      const y = b.output(values);
      b.kernels[kernel](y, y, rows, columns);
    }];
  }
  for (const columns of [7, 33]) {
    const values = troublesome(columns);
    yield [`special values in ${columns} columns`, (b) => b.kernels[kernel](b.output(6 * columns), b.input(values), 6, columns)];
  }
}

function* softmaxBackwardCases(forward: "softmax" | "logSoftmax"): Iterable<Case> {
  for (const shape of ALL) {
    const [rows, columns] = shape;
    const n = rows * columns;
    yield [shapeName(shape), (b) => {
      const y = b.scratch(n);
      b.kernels[forward](y, b.input(floats(n, 1, -8, 8)), rows, columns);
      b.kernels[`${forward}Backward`](b.output(floats(n, 2)), y, b.input(floats(n, 3)), rows, columns);
    }];
  }
}

const IGNORE = 2;

function* crossEntropyCases(): Iterable<Case> {
  const run = (b: Bench, rows: number, columns: number, logits: readonly number[], smoothing: number, how: string) => {
    // Some targets are ignored, some lie outside.
    const target = integers(rows, 5, 0, Math.max(columns, 1)).map((t, r) => (r % 7 === 5 ? IGNORE : r % 11 === 9 ? columns : t));
    if (rows > 1) target[rows - 1] = -1;
    const input = how === "in place" ? b.output(logits) : b.input(logits);
    const gradient = how === "no gradient" ? 0 : how === "in place" ? input : b.output(logits.length);
    b.kernels.crossEntropy(
      b.output(rows), gradient, input, b.inputInts(target), rows, columns, IGNORE, Math.fround(smoothing),
    );
  };
  for (const shape of ALL) {
    const [rows, columns] = shape;
    for (const smoothing of [0, 0.1]) {
      for (const how of ["with gradient", "no gradient", "in place"]) {
        yield [`${shapeName(shape)}, smoothing ${smoothing}, ${how}`, (b) =>
          run(b, rows, columns, floats(rows * columns, 1, -8, 8), smoothing, how)];
      }
    }
  }
  for (const columns of [7, 33]) {
    yield [`special values in ${columns} columns`, (b) => run(b, 6, columns, troublesome(columns), 0, "with gradient")];
  }
}

function* layerNormCases(): Iterable<Case> {
  for (const shape of ALL) {
    const [rows, columns] = shape;
    const n = rows * columns;
    // Rows of few values may all be about the same; the wide ones lie far from zero.
    const values = columns > 16 ? floats(n, 1, 98, 102) : floats(n, 1);
    yield [shapeName(shape), (b) =>
      b.kernels.layerNorm(
        b.output(n), b.output(rows), b.output(rows), b.input(values), b.input(floats(columns, 2)), b.input(floats(columns, 3)),
        rows, columns, Math.fround(1e-2),
      )];
  }
  yield ["in place", (b) => {
    const y = b.output(floats(3 * 19));
    b.kernels.layerNorm(y, b.output(3), b.output(3), y, b.input(floats(19, 2)), b.input(floats(19, 3)), 3, 19, Math.fround(1e-5));
  }];
}

function* layerNormBackwardCases(): Iterable<Case> {
  for (const shape of ALL) {
    const [rows, columns] = shape;
    const n = rows * columns;
    yield [shapeName(shape), (b) =>
      b.kernels.layerNormBackward(
        b.output(floats(n, 1)), b.output(floats(columns, 2)), b.output(floats(columns, 3)), b.input(floats(n, 4)),
        b.input(floats(columns, 5)), b.input(floats(rows, 6, -0.5, 0.5)), b.input(floats(rows, 7, 0.5, 1.5)),
        b.input(floats(n, 8)), rows, columns,
      )];
  }
}

export const rowCases = {
  softmax: { tolerance: { relative: 2e-6, absolute: 1e-30 }, cases: () => softmaxCases("softmax") },
  softmaxBackward: { tolerance: { relative: 1e-6, absolute: 2e-6 }, cases: () => softmaxBackwardCases("softmax") },
  logSoftmax: { tolerance: { relative: 3e-7, absolute: 2e-6 }, cases: () => softmaxCases("logSoftmax") },
  logSoftmaxBackward: { tolerance: { relative: 2e-6, absolute: 4e-6 }, cases: () => softmaxBackwardCases("logSoftmax") },
  crossEntropy: { tolerance: { relative: 1e-6, absolute: 2e-6 }, cases: crossEntropyCases },
  layerNorm: { tolerance: { relative: 2e-6, absolute: 4e-5 }, cases: layerNormCases },
  layerNormBackward: { tolerance: { relative: 2e-6, absolute: 1e-5 }, cases: layerNormBackwardCases },
} satisfies Record<string, Conformance>;
