/** The largest singular values of a sparse matrix, by subspace iteration from random vectors (Halko, Martinsson & Tropp 2011, algorithm 4.4). */
import { matmul, step, tensor, type RandomStream } from "../../tensor/index.js";
import type { SparseMatrix } from "./sparse-matrix.js";
import { symmetricEigen } from "./symmetric-eigen.js";

export interface TruncatedSvdOptions {
  /** Draws the vectors to begin with; the same stream gives the same result. */
  readonly random: RandomStream;
  /** Vectors beyond those asked for. @default 16 */
  readonly oversampling?: number;
  /** Times the matrix and its transpose are applied: more tell singular values apart that are close. @default 4 */
  readonly iterations?: number;
  /** Told the share that is done. */
  readonly onProgress?: (done: number) => void;
}

export interface TruncatedSvd {
  /** Left singular vectors as columns, [rows, rank]. */
  readonly left: Float32Array;
  /** Falling, [rank]; zeros, with vectors of zeros, where the matrix has a lower rank. */
  readonly singularValues: Float64Array;
}

/** Directions whose share of the longest falls below this are rounding errors of the float32 products. */
const LEAST_SHARE = 1e-6;

/** @throws RangeError if the matrix has fewer rows or columns than `rank` */
export async function truncatedSvd(matrix: SparseMatrix, rank: number, options: TruncatedSvdOptions): Promise<TruncatedSvd> {
  const { random, oversampling = 16, iterations = 4, onProgress } = options;
  const side = Math.min(matrix.rows, matrix.columns);
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= side)) throw new RangeError(`truncatedSvd: rank: expected a whole number from 1 to ${side}, got ${rank}`);
  const transposed = matrix.transposed();
  let products = 0;
  const times = async (by: SparseMatrix, block: Block): Promise<Block> => {
    const product = { values: by.multiply(block.values, block.width), width: block.width };
    onProgress?.(++products / (2 * iterations + 2));
    await new Promise((resolve) => setTimeout(resolve, 0)); // the host gets a turn
    return product;
  };

  const width = Math.min(side, rank + oversampling);
  const start = { values: step(() => random.normal([matrix.columns, width]).dataSync() as Float32Array), width };
  let basis = orthonormal(await times(matrix, start));
  for (let i = 0; i < iterations; i++) {
    basis = orthonormal(await times(transposed, basis));
    basis = orthonormal(await times(matrix, basis));
  }
  basis = orthonormal(basis); // again: the first time leaves an error that grows with the spread of the singular values
  // The matrix is about basis · projectedᵀ, whose singular values are the roots of the eigenvalues of projectedᵀ · projected.
  const projected = await times(transposed, basis);
  const { values, vectors } = symmetricEigen(gram(projected), projected.width);
  const found = Math.min(rank, basis.width);
  const rotated = rotate(basis, Float32Array.from({ length: basis.width * found }, (_, i) => vectors[(i % found) * basis.width + Math.floor(i / found)]!), found);
  const left = new Float32Array(matrix.rows * rank);
  for (let row = 0; row < matrix.rows; row++) left.set(rotated.values.subarray(row * found, (row + 1) * found), row * rank);
  return { left, singularValues: Float64Array.from({ length: rank }, (_, i) => (i < found ? Math.sqrt(Math.max(0, values[i]!)) : 0)) };
}

/** Columns of equal height, [height, width]. */
interface Block {
  readonly values: Float32Array;
  readonly width: number;
}

/** Blockᵀ · block, [width, width]. */
function gram({ values, width }: Block): Float64Array {
  return step(() => {
    const block = tensor(values, [values.length / Math.max(1, width), width]);
    return Float64Array.from(matmul(block, block, { transposeA: true }).dataSync());
  });
}

/** Block · matrix, the matrix [block.width, width]. */
function rotate(block: Block, matrix: Float32Array, width: number): Block {
  const height = block.values.length / Math.max(1, block.width);
  const values = step(() => matmul(tensor(block.values, [height, block.width]), tensor(matrix, [block.width, width])).dataSync());
  return { values: values as Float32Array, width };
}

/** Orthonormal columns of the same span: block · V · Λ^-1/2, of the eigenvectors of blockᵀ · block those that are more than rounding errors. */
function orthonormal(block: Block): Block {
  const { width } = block;
  const { values, vectors } = symmetricEigen(gram(block), width);
  const kept = values.findLastIndex((value) => value > LEAST_SHARE * values[0]!) + 1;
  const scales = values.map((value) => 1 / Math.sqrt(value));
  return rotate(block, Float32Array.from({ length: width * kept }, (_, i) => vectors[(i % kept) * width + Math.floor(i / kept)]! * scales[i % kept]!), kept);
}
