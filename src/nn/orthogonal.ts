/** Random orthogonal matrices. */
import { zeros } from "../tensor/create.js";
import { formatShape, shapeError } from "../tensor/errors.js";
import { scale, transpose } from "../tensor/ops/index.js";
import type { RandomStream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Initialiser } from "./initialisers.js";

/** Reflections applied at once: enough for products to be fast, few enough for the work on the host to stay small. */
const BLOCK = 32;

/**
 * A matrix with orthonormal columns (rows, if it has more columns than rows), times `gain`; uniformly distributed over
 * all such matrices (Saxe et al. 2014 for its use).
 *
 * It is a product of Householder reflections of independent Gaussian vectors of falling length (Stewart 1980), the same
 * that a QR decomposition of a Gaussian matrix would find, with its signs, but without the decomposition. Blocks of
 * reflections are applied as `I - V T V'` (Schreiber & Van Loan 1989), so nearly all work is matrix products.
 */
export function orthogonal(gain = 1): Initialiser {
  return (shape, random) => {
    if (shape.length !== 2) throw shapeError("orthogonal", "shape", "a matrix, [rows, columns]", formatShape(shape));
    const [rows, columns] = shape as [number, number];
    const tall = orthonormalColumns(Math.max(rows, columns), Math.min(rows, columns), random);
    const q = rows >= columns ? tall : transpose(tall);
    return gain === 1 ? q : scale(q, gain);
  };
}

function orthonormalColumns(rows: number, columns: number, random: RandomStream): Tensor {
  const q = zeros([rows, columns]);
  if (columns === 0) return q;
  const { vectors, signs } = reflections(rows, columns, random);
  const diagonal = new Float32Array(rows * columns);
  signs.forEach((sign, i) => (diagonal[i * columns + i] = sign));
  q.set(diagonal);

  const { kernels } = q.backend;
  const v = zeros([rows, BLOCK]);
  const t = zeros([BLOCK, BLOCK]);
  const [p, tp] = [zeros([BLOCK, columns]), zeros([BLOCK, columns])];
  // From the last block to the first: what is not yet touched of Q is still diagonal, so block `from` changes only the
  // part from row and column `from` on.
  for (let from = BLOCK * Math.floor((columns - 1) / BLOCK); from >= 0; from -= BLOCK) {
    const block = vectors.slice(from, from + BLOCK);
    const [b, m, n] = [block.length, rows - from, columns - from];
    v.set(panel(block, rows, m));
    t.set(triangle(block));
    const part = q.pointer + 4 * (from * columns + from);
    kernels.gemm(1, 0, b, n, m, 1, v.pointer, BLOCK, part, columns, 0, p.pointer, n);
    kernels.gemm(0, 0, b, n, b, 1, t.pointer, BLOCK, p.pointer, n, 0, tp.pointer, n);
    kernels.gemm(0, 0, m, n, b, -1, v.pointer, BLOCK, tp.pointer, n, 1, part, columns);
  }
  for (const scratch of [v, t, p, tp]) scratch.storage.release();
  return q;
}

/**
 * One reflection per column: Gaussian x of length `rows - j`, v = x + sign(x_0) |x| e_0, scaled to length sqrt(2) so
 * that the reflection is I - v v'. It sends x to -sign(x_0) |x| e_0, whose sign is what a QR decomposition with
 * positive diagonal would multiply column j with.
 */
function reflections(rows: number, columns: number, random: RandomStream) {
  const lengths = Array.from({ length: columns }, (_, j) => rows - j);
  const draw = random.normal([lengths.reduce((sum, length) => sum + length, 0)]);
  const gaussian = draw.dataSync();
  draw.storage.release();
  let at = 0;
  const signs: number[] = [];
  const vectors = lengths.map((length) => {
    const v = Float64Array.from(gaussian.subarray(at, (at += length)));
    const norm = Math.sqrt(dot(v, v));
    const sign = v[0]! < 0 ? -1 : 1;
    signs.push(-sign);
    v[0]! += sign * norm;
    const unit = Math.SQRT2 / Math.sqrt(dot(v, v));
    // Rounded to what the backend will hold, so that T below belongs to exactly these vectors.
    return v.map((value) => Math.fround(value * unit));
  });
  return { vectors, signs };
}

/** The vectors as the columns of V [rows, BLOCK], in its first m rows, each with zeros above its beginning. */
function panel(vectors: readonly Float64Array[], rows: number, m: number): Float32Array {
  const v = new Float32Array(rows * BLOCK);
  vectors.forEach((vector, j) => {
    const above = m - vector.length;
    for (let i = 0; i < vector.length; i++) v[(above + i) * BLOCK + j] = vector[i]!;
  });
  return v;
}

/** T [BLOCK, BLOCK], the inverse of the upper triangle of V'V with half its diagonal: H_1 H_2 .. = I - V T V'. */
function triangle(vectors: readonly Float64Array[]): Float64Array {
  const inverse = new Float64Array(BLOCK * BLOCK);
  vectors.forEach((vector, j) => {
    const own = 2 / dot(vector, vector);
    // Column j: -own T_j (V_j' v), with T_j, V_j the columns so far.
    const products = vectors.slice(0, j).map((other) => dot(other.subarray(other.length - vector.length), vector));
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += inverse[i * BLOCK + k]! * products[k]!;
      inverse[i * BLOCK + j] = -own * sum;
    }
    inverse[j * BLOCK + j] = own;
  });
  return inverse;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
