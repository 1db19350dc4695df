/**
 * Calls of the kernels that walk tensors with strides. Their tables of shapes and strides are made once per combination and
 * stay in the backend's memory, so that a repeated operation writes nothing but its result.
 */
import type { Backend, Pointer } from "../backend/backend.js";
import { ShapeError } from "./errors.js";
import { broadcastStrides, collapse, sameShape, type Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Kernels walk at most this many axes (after joining those that lie together). */
const MAXIMUM_RANK = 8;
/** Tables kept per backend before all are dropped and the collection starts anew. */
const MAXIMUM_TABLES = 1 << 14;

/** Tables of integers in one backend's memory. */
class Tables {
  readonly #backend: Backend;
  readonly #pointers = new Map<string, Pointer>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The address of a table with these rows, one after the other. Valid for the next kernel call. */
  of(rows: readonly (readonly number[])[]): Pointer {
    const key = rows.join(";");
    const known = this.#pointers.get(key);
    return known ?? this.#write(key, rows.flat());
  }

  #write(key: string, values: number[]): Pointer {
    const { memory } = this.#backend;
    if (this.#pointers.size === MAXIMUM_TABLES) {
      for (const pointer of this.#pointers.values()) memory.free(pointer);
      this.#pointers.clear();
    }
    const pointer = memory.allocate(4 * values.length);
    memory.ints(pointer, values.length).set(values);
    this.#pointers.set(key, pointer);
    return pointer;
  }
}

const tables = new WeakMap<Backend, Tables>();

/** The table of `shape` followed by the lists of strides, axes joined where possible. */
function walkTable(backend: Backend, shape: Shape, strides: readonly (readonly number[])[]) {
  const walk = collapse(shape, strides);
  const rank = walk.shape.length;
  if (rank > MAXIMUM_RANK) {
    throw new ShapeError("kernel", `at most ${MAXIMUM_RANK} axes can be walked, got ${rank}; reshape to fewer`);
  }
  let own = tables.get(backend);
  if (own === undefined) tables.set(backend, (own = new Tables(backend)));
  return { rank, shape: own.of([walk.shape, ...walk.strides]) };
}

/** y = op(a, b), a and b stretched to y's shape. */
export function zipInto(op: number, y: Tensor, a: Tensor, b: Tensor): void {
  const { backend, shape } = y;
  const same = sameShape(a.shape, shape) && sameShape(b.shape, shape);
  const table = same
    ? walkTable(backend, [y.size], [[1], [1]])
    : walkTable(backend, shape, [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)]);
  const aStrides = table.shape + 4 * table.rank;
  const bStrides = aStrides + 4 * table.rank;
  backend.kernels.zip(op, y.pointer, a.pointer, aStrides, b.pointer, bStrides, table.shape, table.rank);
}

/** y = the elements of `from`, from `offset` on, walked with `strides` along y's shape (both in elements). */
export function copyStridedInto(y: Tensor, from: Tensor, strides: readonly number[], offset = 0): void {
  const { backend } = y;
  const table = walkTable(backend, y.shape, [strides]);
  const start = from.pointer + 4 * offset;
  backend.kernels.copyStrided(y.pointer, start, table.shape + 4 * table.rank, table.shape, table.rank);
}

/** y, from `offset` on and walked with `strides` along a's shape (both in elements), += a. A stride of 0 sums. */
export function addStridedInto(y: Tensor, strides: readonly number[], a: Tensor, offset = 0): void {
  const { kernels } = y.backend;
  const walk = collapse(a.shape, [strides]);
  const [own] = walk.strides as [number[]];
  const start = y.pointer + 4 * offset;
  if (own.length === 1 && own[0] === 1) {
    kernels.axpy(start, 1, a.pointer, a.size);
  } else if (own.length === 2 && own[0] === 0 && own[1] === 1) {
    kernels.columnSumAdd(start, a.pointer, walk.shape[0]!, walk.shape[1]!);
  } else {
    const table = walkTable(y.backend, a.shape, [strides]);
    kernels.reduceAdd(start, table.shape + 4 * table.rank, a.pointer, table.shape, table.rank);
  }
}

/** y += a, summed over the axes along which y is stretched when broadcast to a's shape. */
export function addSumInto(y: Tensor, a: Tensor): void {
  addStridedInto(y, broadcastStrides(y.shape, a.shape), a);
}

/** y = a, summed over the axes along which y is stretched when broadcast to a's shape. */
export function sumInto(y: Tensor, a: Tensor): void {
  const { kernels } = y.backend;
  const walk = collapse(a.shape, [broadcastStrides(y.shape, a.shape)]);
  const [own] = walk.strides as [number[]];
  if (a.size > 0 && own.at(-1) === 0 && (own.length === 1 || (own.length === 2 && own[0] === 1))) {
    kernels.rowSum(y.pointer, a.pointer, y.size, a.size / y.size);
  } else {
    kernels.fill(y.pointer, 0, y.size);
    addSumInto(y, a);
  }
}
