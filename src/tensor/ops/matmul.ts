/** Matrix products. */
import { formatShape, shapeError } from "../errors.js";
import { broadcastShapes, sizeOf } from "../shape.js";
import { record } from "../tape.js";
import { uncleared, type Tensor } from "../tensor.js";
import { requireSameBackend, requireType } from "./check.js";
import { broadcastTo, reshape } from "./views.js";

export interface MatmulOptions {
  /** Use a with its last two axes exchanged, without copying. @default false */
  readonly transposeA?: boolean;
  /** Use b with its last two axes exchanged, without copying: logits from a table of embeddings. @default false */
  readonly transposeB?: boolean;
}

/**
 * a [..., m, k] times b [k, n] or [..., k, n], giving [..., m, n]; leading axes broadcast. A vector a [k] gives [n].
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  requireType("matmul", "a", a, "float32");
  requireType("matmul", "b", b, "float32");
  requireSameBackend("matmul", a, b);
  const { transposeA = false, transposeB = false } = options;
  if (b.shape.length < 2) throw shapeError("matmul", "b", "at least two axes", formatShape(b.shape));
  if (a.shape.length === 0) throw shapeError("matmul", "a", "at least one axis", formatShape(a.shape));
  if (a.shape.length === 1) {
    const row = matmul(reshape(a, transposeA ? [a.size, 1] : [1, a.size]), b, options);
    return reshape(row, [...row.shape.slice(0, -2), row.shape.at(-1)!]);
  }

  const [m, k] = lastTwo(a, transposeA);
  const [bRows, n] = lastTwo(b, transposeB);
  if (bRows !== k) {
    const left = `a ${formatShape(a.shape)}${transposeA ? " transposed" : ""}`;
    const expected = `${k} ${transposeB ? "columns" : "rows"} to match ${left}`;
    throw shapeError("matmul", "b", expected, formatShape(b.shape));
  }
  const outer = a.shape.slice(0, -2);
  if (b.shape.length === 2 && (outer.length === 0 || !transposeA)) {
    // One product: the leading axes of a are rows like any other.
    return product([...outer, m, n], { count: 1, m: sizeOf(outer) * m, n, k }, a, transposeA, b, transposeB);
  }
  const batch = broadcastShapes("matmul", outer, b.shape.slice(0, -2));
  const left = broadcastTo(a, [...batch, ...a.shape.slice(-2)]);
  const right = broadcastTo(b, [...batch, ...b.shape.slice(-2)]);
  return product([...batch, m, n], { count: sizeOf(batch), m, n, k }, left, transposeA, right, transposeB);
}

function lastTwo(x: Tensor, transposed: boolean): [rows: number, columns: number] {
  const rows = x.shape.at(-2)!;
  const columns = x.shape.at(-1)!;
  return transposed ? [columns, rows] : [rows, columns];
}

/** How many products of [m, k] by [k, n]. */
interface Sizes {
  readonly count: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function product(
  shape: readonly number[],
  sizes: Sizes,
  a: Tensor,
  transposeA: boolean,
  b: Tensor,
  transposeB: boolean,
): Tensor {
  const { count, m, n, k } = sizes;
  const y = uncleared("matmul", a.backend, shape);
  multiply(sizes, a, transposeA, b, transposeB, 0, y);
  record("matmul", [a, b], [y], (g) => {
    const dy = g.output(0)!;
    if (g.wants(0)) {
      const beta = g.untouched(0) ? 0 : 1;
      const da = beta === 0 ? g.overwrite(0) : g.into(0);
      // A = stored or its transpose: dA = dY op(B)', or the transpose of that.
      if (transposeA) multiply({ count, m: k, n: m, k: n }, b, transposeB, dy, true, beta, da);
      else multiply({ count, m, n: k, k: n }, dy, false, b, !transposeB, beta, da);
    }
    if (g.wants(1)) {
      const beta = g.untouched(1) ? 0 : 1;
      const db = beta === 0 ? g.overwrite(1) : g.into(1);
      if (transposeB) multiply({ count, m: n, n: k, k: m }, dy, true, a, transposeA, beta, db);
      else multiply({ count, m: k, n, k: m }, a, !transposeA, dy, false, beta, db);
    }
  });
  return y;
}

/** C = op(A) op(B) + beta C. */
function multiply(
  { count, m, n, k }: Sizes,
  a: Tensor,
  transposeA: boolean,
  b: Tensor,
  transposeB: boolean,
  beta: 0 | 1,
  c: Tensor,
): void {
  if (c.size === 0) return;
  const { kernels } = c.backend;
  if (k === 0) {
    if (beta === 0) kernels.fill(c.pointer, 0, c.size);
    return;
  }
  const lda = transposeA ? m : k;
  const ldb = transposeB ? k : n;
  const flagA = transposeA ? 1 : 0;
  const flagB = transposeB ? 1 : 0;
  if (count === 1) {
    kernels.gemm(flagA, flagB, m, n, k, 1, a.pointer, lda, b.pointer, ldb, beta, c.pointer, n);
  } else {
    kernels.gemmBatched(
      count, flagA, flagB, m, n, k, 1, a.pointer, lda, m * k, b.pointer, ldb, k * n, beta, c.pointer, n, m * n,
    );
  }
}
