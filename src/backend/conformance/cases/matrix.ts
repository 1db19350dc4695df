import * as K from "../../generated/kernels.js";
import type { Case, Conformance } from "../bench.js";
import { floats, integers } from "../values.js";

const SHAPES = [
  [0, 3, 4], [3, 0, 4], [3, 4, 0], [1, 1, 1], [2, 3, 5], [1, 17, 9], [7, 1, 33], [6, 16, 24], [5, 15, 8], [13, 31, 17],
  [12, 33, 64], [65, 33, 129], [25, 130, 7], [1, 300, 600],
] as const;
const LARGE_SHAPE = [131, 143, 157] as const;
/** Past a block of the kernels in every extent. */
const BLOCKS_SHAPE = [127, 517, 263] as const;

/** Rows wider than what is used of them: the rest must not be touched. */
const EXTRA = 3;

/** Sums of a thousand products, each rounded. */
const gemmTolerance = { relative: 2e-6, absolute: 1e-4 };

function* gemmCases(): Iterable<Case> {
  for (const [m, n, k] of [...SHAPES, LARGE_SHAPE, BLOCKS_SHAPE]) {
    for (const [transposeA, transposeB] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
      for (const [alpha, beta] of [[1, 0], [1, 1], [-0.5, 0.25], [0, 2]] as const) {
        if (m * n * k > 100_000 && alpha !== 1) continue;
        for (const extra of alpha === 1 && m !== BLOCKS_SHAPE[0] ? [0, EXTRA] : [EXTRA]) {
          const lda = (transposeA ? m : k) + extra;
          const ldb = (transposeB ? k : n) + extra;
          const ldc = n + extra;
          const name = `[${m}, ${k}]${transposeA ? "'" : ""} [${k}, ${n}]${transposeB ? "'" : ""}, alpha ${alpha}, beta ${beta}`;
          yield [`${name}${extra ? ", wider rows" : ""}`, (b) => {
            const a = b.input(floats((transposeA ? k : m) * lda, 1));
            const second = b.input(floats((transposeB ? n : k) * ldb, 2));
            // beta 0 overwrites what it finds, NaN included.
            const c = b.output(beta === 0 ? m * ldc : floats(m * ldc, 3));
            b.kernels.gemm(transposeA, transposeB, m, n, k, alpha, a, lda, second, ldb, beta, c, ldc);
          }];
        }
      }
    }
  }
}

function* batchedCases(): Iterable<Case> {
  for (const [count, m, n, k] of [[0, 2, 2, 2], [3, 4, 5, 6], [2, 1, 17, 33], [40, 9, 20, 31]] as const) {
    for (const [transposeA, transposeB] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) {
      for (const shared of [false, true]) {
        const strideB = shared ? 0 : k * n + 5;
        yield [`${count} of [${m}, ${k}] [${k}, ${n}], transposes ${transposeA}${transposeB}${shared ? ", one b" : ""}`, (b) => {
          const a = b.input(floats(count * m * k + 1, 1));
          const second = b.input(floats((count + 1) * (k * n + 5), 2));
          const c = b.output(floats(count * (m * n + 2), 3));
          const [lda, ldb] = [transposeA ? m : k, transposeB ? k : n];
          b.kernels.gemmBatched(
            count, transposeA, transposeB, m, n, k, 1, a, lda, m * k, second, ldb, strideB, 0.5, c, n, m * n + 2,
          );
        }];
      }
    }
  }
}

const PACKED_SHAPES = [
  [0, 4, 4], [1, 1, 1], [1, 33, 17], [5, 16, 8], [7, 35, 20], [30, 64, 65], [200, 100, 90],
  [71, 131, 1031],
] as const;

const FORMS = [[K.FORM_FLOAT32, ""], [K.FORM_BFLOAT16, ", in bfloat16"]] as const;

/** Packing has no result of its own: what is packed is seen by multiplying with it. */
function* packedCases(ways: readonly ("bias" | "accumulate" | "neither")[]): Iterable<Case> {
  for (const [count, n, k] of PACKED_SHAPES) {
    for (const transpose of [0, 1]) {
      for (const how of ways) {
        for (const [listed, form, named] of [false, true].flatMap((listed) => FORMS.map((form) => [listed, ...form] as const))) {
          yield [`${count} rows [${k}, ${n}]${transpose ? " transposed" : ""}, ${how}${listed ? ", listed rows" : ""}${named}`, (b) => {
            const ldb = (transpose ? k : n) + EXTRA;
            const packed = b.scratch(b.kernels.packedFloats(k, n, form));
            b.kernels.packMatrix(packed, b.input(floats((transpose ? n : k) * ldb, 1)), transpose, k, n, ldb, form);
            // Every other row, from the last on.
            const rows = listed ? b.inputInts(Array.from({ length: count }, (_, i) => 2 * (count - 1 - i))) : 0;
            const stored = listed ? 2 * count : count;
            const a = b.input(floats(stored * (k + EXTRA), 2));
            const bias = how === "bias" ? b.input(floats(n, 3)) : 0;
            const c = b.output(floats(stored * (n + EXTRA), 4));
            b.kernels.gemmRows(count, rows, n, k, a, k + EXTRA, packed, bias, how === "accumulate" ? 1 : 0, c, n + EXTRA, form);
          }];
        }
      }
    }
  }
}

function* tokensCases(): Iterable<Case> {
  for (const [count, m, n] of [[0, 3, 4], [1, 1, 1], [3, 5, 7], [17, 16, 33], [40, 70, 31], [300, 65, 130], [263, 127, 517]] as const) {
    for (const lists of ["no lists", "a list for a", "a list for b", "two lists"]) {
      for (const [form, named] of FORMS) yield [`${count} tokens into [${m}, ${n}], ${lists}${named}`, (b) => {
        const list = (seed: number) => b.inputInts(integers(count, seed, 0, count + 3));
        const a = b.input(floats((count + 3) * (m + EXTRA), 1));
        const aRows = lists === "a list for a" || lists === "two lists" ? list(2) : 0;
        const second = b.input(floats((count + 3) * (n + EXTRA), 3));
        const bRows = lists === "a list for b" || lists === "two lists" ? list(4) : 0;
        const c = b.output(floats(m * (n + EXTRA), 5));
        b.kernels.gemmTokensAdd(count, m, n, a, aRows, m + EXTRA, second, bRows, n + EXTRA, c, n + EXTRA, form);
      }];
    }
  }
}

export const matrixCases = {
  gemm: { tolerance: gemmTolerance, cases: gemmCases },
  gemmBatched: { tolerance: gemmTolerance, cases: batchedCases },
  packedFloats: {
    *cases() {
      for (const [k, n] of [[0, 3], [1, 1], [17, 33]] as const) {
        yield [`room for [${k}, ${n}]`, ({ kernels }) => {
          if (kernels.packedFloats(k, n, K.FORM_FLOAT32) < k * n) throw new Error(`${kernels.packedFloats(k, n, K.FORM_FLOAT32)} floats`);
        }];
      }
    },
  },
  roundedRowFloats: {
    *cases() {
      for (const k of [0, 1, 17]) {
        yield [`room for ${k}`, ({ kernels }) => {
          if (kernels.roundedRowFloats(k) < k / 2) throw new Error(`${kernels.roundedRowFloats(k)} floats`);
        }];
      }
      // What rounding gives, exactly: one row at a time, through a matrix that changes nothing.
      yield ["ties, what is too large, what is not a number", (b) => {
        const step = 2 ** -7;
        const values = [1, 1 + step / 2, 1 + 1.5 * step, -1 - step / 2, 1 + step / 2 + 2 ** -20, 3.39e38, -3.4028234e38, 1e-40, -0, 2.5e-39];
        const packed = b.scratch(b.kernels.packedFloats(1, 1, K.FORM_BFLOAT16));
        b.kernels.packMatrix(packed, b.input([1]), 0, 1, 1, 1, K.FORM_BFLOAT16);
        const c = b.output(values.length + 3);
        const a = b.input([...values.map(Math.fround), NaN, Infinity, -Infinity]);
        b.kernels.gemmRows(values.length + 3, 0, 1, 1, a, 1, packed, 0, 0, c, 1, K.FORM_BFLOAT16);
      }];
    },
  },
  packMatrix: { tolerance: gemmTolerance, cases: () => packedCases(["neither"]) },
  gemmRows: { tolerance: gemmTolerance, cases: () => packedCases(["bias", "accumulate"]) },
  gemmTokensAdd: { tolerance: gemmTolerance, cases: tokensCases },
} satisfies Record<string, Conformance>;
