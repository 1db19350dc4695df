/**
 * Inputs that are one-hot vectors, told by where their 1 is: words of a vocabulary. What a matrix makes of one is a column of it, and the
 * gradient goes back into that column, so that however large the vocabulary is no vector of its size is made.
 */
import type { Backend, Pointer } from "../backend/backend.js";
import { shapeError, type Tensor } from "../tensor/index.js";
import { formatShape } from "../tensor/errors.js";
import { viewOf } from "../tensor/tensor.js";
import type { CompiledCell } from "./compile.js";
import type { Segment } from "./segments.js";

export interface OneHotInput {
  /** int32 [time, batch]; an index outside 0..size-1 stands for zeros. */
  readonly indices: Tensor;
  /** Features of a vector. */
  readonly size: number;
  /** What stands in place of the 1, [time, batch]; no gradient flows into it. 1 where missing. */
  readonly scale?: Tensor | undefined;
}

/** @throws ShapeError naming what does not fit, or a cell that takes its input otherwise than through linear maps */
export function checkOneHot({ cell, inference }: CompiledCell, x: Tensor, { indices, size, scale }: OneHotInput): void {
  const operation = `cell "${cell.name}"`;
  const [time = 0, batch = 0] = x.shape;
  const expected = formatShape([time, batch]);
  if (indices.dtype !== "int32" || formatShape(indices.shape) !== expected) {
    throw shapeError(operation, "oneHot.indices", `int32 ${expected}`, `${indices.dtype} ${formatShape(indices.shape)}`);
  }
  if (!(Number.isInteger(size) && size >= 0)) throw shapeError(operation, "oneHot.size", "a whole number from 0 on", String(size));
  if (scale && formatShape(scale.shape) !== expected) throw shapeError(operation, "oneHot.scale", expected, formatShape(scale.shape));
  if (inference.buffers.includes("x")) throw shapeError(operation, "oneHot", "a cell that takes its input through linear maps only", `one that also adds it to others`);
}

/** The tokens of a segment. */
export function oneHotPart({ indices, size, scale }: OneHotInput, { from, to }: Segment): OneHotInput {
  const part = (tensor: Tensor) => viewOf(tensor, [to - from, tensor.shape[1]!], from * tensor.shape[1]!);
  return { indices: part(indices), size, scale: scale && part(scale) };
}

/** Tokens that a product is over: all, or those of a list. */
interface Tokens {
  readonly count: number;
  readonly rows: Tensor | undefined;
}

/** Some rows of a matrix, of which the first columns are for one-hot vectors, and a row of numbers for each token. */
export interface ColumnsOperands {
  readonly matrix: Pointer;
  readonly matrixColumns: number;
  readonly rows: number;
  readonly tokens: Tokens;
  readonly perToken: Pointer;
  readonly perTokenColumns: number;
}

/** perToken = bias + the columns of the matrix. @param bias 0 for none */
export function takeColumns({ kernels }: Backend, { indices, size, scale }: OneHotInput, bias: Pointer, o: ColumnsOperands): void {
  kernels.gatherColumns(
    o.perToken, o.perTokenColumns, o.matrix, o.matrixColumns, bias, indices.pointer, scale?.pointer ?? 0, o.tokens.rows?.pointer ?? 0, o.tokens.count,
    o.rows, size,
  );
}

/** The columns of the matrix += perToken. */
export function addColumns({ kernels }: Backend, { indices, size, scale }: OneHotInput, o: ColumnsOperands): void {
  kernels.scatterAddColumns(
    o.matrix, o.matrixColumns, o.perToken, o.perTokenColumns, indices.pointer, scale?.pointer ?? 0, o.tokens.rows?.pointer ?? 0, o.tokens.count, o.rows, size,
  );
}
