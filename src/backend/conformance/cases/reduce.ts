import { distinct, type Case, type Conformance } from "../bench.js";
import { floats, integers, LARGE, SIZES, SPECIALS } from "../values.js";
import { extent } from "./pointwise.js";

export const MATRICES: readonly (readonly [rows: number, columns: number])[] = [
  [0, 5], [1, 1], [3, 2], [5, 7], [4, 8], [2, 16], [7, 17], [9, 96], [3, 97], [64, 33], [2, 1000], [130, 257],
];
export const LARGE_MATRIX = [700, 131] as const;

const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function* reduceCases(): Iterable<Case> {
  const reduce = (shape: readonly number[], strides: readonly number[]): Case => [
    `[${shape.join(", ")}] into strides [${strides.join(", ")}]`,
    (b) => {
      const { length, start } = extent(shape, strides);
      b.kernels.reduceAdd(
        b.output(floats(length, 2)) + 4 * start, b.inputInts(strides), b.input(floats(count(shape))), b.inputInts(shape),
        shape.length,
      );
    },
  ];
  for (const n of SIZES) {
    yield reduce([n], [0]);
    yield reduce([n], [1]);
    yield reduce([n], [3]);
  }
  yield reduce([LARGE], [0]);
  yield reduce([2, 60_001], [1, 0]);
  yield reduce([40_001, 3], [0, 1]);
  for (const [rows, columns] of [...MATRICES, LARGE_MATRIX] as const) {
    yield reduce([rows, columns], [0, 1]);
    yield reduce([rows, columns], [1, 0]);
    yield reduce([rows, columns], [0, 0]);
    yield reduce([rows, columns], [columns + 2, 1]);
    yield reduce([rows, columns], [1, rows]);
  }
  yield reduce([], []);
  yield reduce([3, 0, 4], [0, 4, 1]);
  for (const strides of [[0, 1, 0], [5, 0, 1], [1, 0, 0], [0, 0, 1], [0, 5, 1], [-5, 0, -1], [0, 1, 3], [15, -5, 1]]) {
    yield reduce([4, 3, 5], strides);
  }
  yield reduce([2, 3, 2, 3, 2, 2, 1, 3], [0, 1, 0, 3, 0, 9, 0, 0]);
  yield ["what float32 alone would lose", (b) => {
    // 1 + many times 1e-4, to within a rounding.
    const values = [1, ...new Array<number>(100_000).fill(Math.fround(1e-4))];
    b.kernels.reduceAdd(b.output([0]), b.inputInts([0]), b.input(values), b.inputInts([values.length]), 1);
  }];
}

function* rowMaxCases(): Iterable<Case> {
  for (const [rows, columns] of [...MATRICES, LARGE_MATRIX]) {
    yield [`[${rows}, ${columns}]`, (b) => {
      // Whole numbers: there are equal maxima, of which the first counts.
      const values = integers(rows * columns, 1, -20, 20);
      b.kernels.rowMax(b.output(rows), b.outputInts(new Array<number>(rows).fill(0)), b.input(values), rows, columns);
    }];
  }
  for (const columns of [7, 40]) {
    yield [`NaN and infinities among ${columns}`, (b) => {
      const values = [...floats(4 * columns)];
      values[3] = NaN;
      values[5] = NaN;
      values[columns + 2] = Infinity;
      values.fill(-Infinity, 2 * columns, 3 * columns);
      values[4 * columns - 1] = NaN;
      b.kernels.rowMax(b.output(4), b.outputInts([0, 0, 0, 0]), b.input(values), 4, columns);
    }];
  }
  yield ["no columns", (b) => b.kernels.rowMax(b.output([1, 2]), b.outputInts([3, 4]), b.input([]), 2, 0)];
}

export const reduceKernelCases = {
  reduceAdd: { tolerance: { relative: 3e-7, absolute: 2e-5 }, cases: () => distinct(reduceCases()) },
  rowSum: {
    tolerance: { relative: 3e-7, absolute: 2e-5 },
    *cases() {
      for (const [rows, columns] of [...MATRICES, LARGE_MATRIX, [3, 0], [2, 70_001]] as const) {
        yield [`[${rows}, ${columns}]`, (b) => b.kernels.rowSum(b.output(rows), b.input(floats(rows * columns)), rows, columns)];
      }
    },
  },
  rowMax: { cases: rowMaxCases },
  columnSumAdd: {
    tolerance: { relative: 3e-7, absolute: 2e-5 },
    *cases() {
      for (const [rows, columns] of [...MATRICES, LARGE_MATRIX, [3, 0], [70_001, 2]] as const) {
        yield [`[${rows}, ${columns}]`, (b) =>
          b.kernels.columnSumAdd(b.output(floats(columns, 2)), b.input(floats(rows * columns)), rows, columns)];
      }
    },
  },
  sumSquaresAdd: {
    tolerance: { relative: 2e-7, absolute: 0 },
    *cases() {
      for (const n of [...SIZES, LARGE]) {
        yield [`${n} floats`, (b) => b.kernels.sumSquaresAdd(b.output([0.5]), b.input(floats(n)), n)];
      }
      yield ["squares that float32 cannot hold", (b) => {
        b.kernels.sumSquaresAdd(b.output([0]), b.input([1e-19, 1e-20, 1e-19].map(Math.fround)), 3);
      }];
      yield ["NaN", (b) => b.kernels.sumSquaresAdd(b.output([0]), b.input([1, NaN, 2]), 3)];
    },
  },
  clipScale: {
    tolerance: { relative: 3e-7, absolute: 0 },
    *cases() {
      for (const total of [0, 0.25, 1, 30, Infinity, NaN].map(Math.fround)) {
        yield [`a sum of ${total}`, (b) => b.kernels.clipScale(b.output(1), b.input([total]), 1.5)];
      }
    },
  },
  countNonfiniteAdd: {
    *cases() {
      for (const n of [...SIZES, LARGE]) {
        const values = floats(n).map((value, i) => (i % 5 === 3 ? SPECIALS[i % SPECIALS.length]! : value));
        yield [`${n} floats`, (b) => b.kernels.countNonfiniteAdd(b.outputInts([7]), b.input(values), n)];
      }
    },
  },
} satisfies Record<string, Conformance>;
