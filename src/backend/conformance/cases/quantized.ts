import * as K from "../../generated/kernels.js";
import type { Bench, Case, Conformance } from "../bench.js";
import { floats, integers } from "../values.js";
import { carried, runSequence, type Shape, stage, timeMajor, vector } from "./sequence.js";

/** Depth and columns: around a group of products, a panel, several panels at a time, and a tile. */
const SIZES = [[1, 1], [2, 3], [3, 16], [5, 17], [33, 40], [130, 65], [67, 131], [64, 420]] as const;

/** Weights [n, k] in packed form. */
function packed(b: Bench, k: number, n: number, values: readonly number[], ldb = k) {
  const pointer = b.scratch(b.kernels.quantizedFloats(k, n));
  b.kernels.packQuantized(pointer, b.input(values), k, n, ldb);
  return pointer;
}

/** h = start + W quantised x, plus U quantised previous h where `recurrent`; `bounded` as the scales of both. */
export function quantizedProduct(
  b: Bench,
  shape: Shape,
  k: number,
  { recurrent = false, bounded = false, whole = false, initial = false },
): void {
  const { rows, timeSteps, width } = shape;
  const tokens = rows * timeSteps;
  /** With 127 in every row, so that all scales are 1 and the results the whole numbers themselves. */
  const values = (count: number, columns: number, seed: number, limit: number) =>
    whole
      ? integers(count * columns, seed, -127, 128).map((value, i) => (i % columns === columns - 1 ? 127 : value))
      : floats(count * columns, seed, -limit, limit);
  const room = (depth: number) => {
    const floatsOfRow = b.kernels.quantizedRowFloats(depth);
    return [b.scratch(rows * floatsOfRow), 0, floatsOfRow, 0, 0];
  };
  const extra = 3;
  const [x, h, qx, qh, w, u, start] = [0, 1, 2, 3, 4, 5, 6];
  const buffers = [
    timeMajor(b.input(values(tokens, k, 1, bounded ? 1 : 3)), { ...shape, width: k }),
    timeMajor(b.output(tokens * width), shape, initial ? b.input(floats(rows * width, 2, -1, 1)) : 0),
    room(k),
    room(width),
    vector(packed(b, k, width, whole ? values(width, k, 3, 1) : values(width, k + extra, 3, 0.5), whole ? k : k + extra)),
    vector(packed(b, width, width, values(width, width, 4, 0.5))),
    vector(b.input(whole ? new Array<number>(width).fill(0) : floats(width, 5))),
  ];
  const scale = bounded ? K.QUANTIZE_BOUNDED : 0;
  const program = stage(width, [
    [K.SEQ_VECTOR, 0, start],
    [K.SEQ_QUANTIZE, qx, x, scale, k],
    [K.SEQ_PRODUCT_QUANTIZED, 0, qx, w, k],
    ...(recurrent
      ? [
          [K.SEQ_QUANTIZE, qh, h, scale + K.QUANTIZE_PREVIOUS, width],
          [K.SEQ_PRODUCT_QUANTIZED, 0, qh, u, width],
          [K.SEQ_TANH, 0, 0],
        ]
      : []),
    [K.SEQ_STORE, h, 0],
  ]);
  runSequence(b, { ...shape, program, buffers });
}

/** What is not finite spoils its products and no others; what is next to nothing counts as nothing. */
function specialRows(b: Bench): void {
  const k = 19;
  const shape = { rows: 6, timeSteps: 1, width: 5 };
  const rows = floats(shape.rows * k, 1).map((value, i) => {
    const row = Math.floor(i / k);
    return row === 0 ? 0 : row === 1 ? value * 1e-32 : row === 2 && i % k === 18 ? NaN : row === 3 && i % k === 2 ? -Infinity : row === 4 ? value * 1e30 : value;
  });
  const weights = floats(shape.width * k, 2).map((value, i) => (Math.floor(i / k) === 1 ? 0 : i === 3 * k ? Infinity : value));
  const floatsOfRow = b.kernels.quantizedRowFloats(k);
  const buffers = [
    carried(b.input(rows.map(Math.fround)), { ...shape, width: k }), [b.scratch(shape.rows * floatsOfRow), 0, floatsOfRow, 0, 0],
    vector(packed(b, k, shape.width, weights)), carried(b.output(shape.rows * shape.width), shape),
  ];
  const program = stage(shape.width, [[K.SEQ_CONST, 0], [K.SEQ_QUANTIZE, 1, 0, 0, k], [K.SEQ_PRODUCT_QUANTIZED, 0, 1, 2, k], [K.SEQ_STORE, 3, 0]]);
  runSequence(b, { ...shape, program, buffers });
}

function* wholeNumbers(): Iterable<Case> {
  for (const [k, width] of SIZES) {
    yield [`whole numbers, exactly, [${width}, ${k}]`, (b) => quantizedProduct(b, { rows: 1, timeSteps: 2, width }, k, { whole: true })];
  }
}

function* scaledCases(): Iterable<Case> {
  for (const [k, width] of SIZES) {
    for (const bounded of [false, true]) {
      for (const rows of [1, 26]) {
        yield [`${rows} rows, [${width}, ${k}]${bounded ? ", bounded" : ""}`, (b) => quantizedProduct(b, { rows, timeSteps: 2, width }, k, { bounded })];
      }
    }
  }
  yield ["rows and weights that are zero, tiny, huge, not finite", specialRows];
}

export const quantizedCases = {
  quantizedRowFloats: {
    *cases() {
      for (const k of [0, 1, 17]) {
        yield [`room for ${k}`, ({ kernels }) => {
          if (kernels.quantizedRowFloats(k) < 1 + k / 4) throw new Error(`${kernels.quantizedRowFloats(k)} floats`);
        }];
      }
    },
  },
  quantizedFloats: {
    *cases() {
      for (const [k, n] of [[0, 3], [1, 1], [17, 33]] as const) {
        yield [`room for [${n}, ${k}]`, ({ kernels }) => {
          if (kernels.quantizedFloats(k, n) < n * (1 + k / 4)) throw new Error(`${kernels.quantizedFloats(k, n)} floats`);
        }];
      }
      // Here, where results must be exact.
      yield* wholeNumbers();
    },
  },
  packQuantized: {
    tolerance: { relative: 1e-6, absolute: 1e-5 },
    cases: scaledCases,
  },
} satisfies Record<string, Conformance>;
