/**
 * Calls of the kernels that walk tensors with strides. Their tables of lengths and strides are made once per combination and
 * stay in the backend's memory, so that a repeated operation writes nothing but its result.
 */
import type { Backend, Pointer } from "../backend/backend.js";
import { ShapeError } from "./errors.js";
import { broadcastStrides, collapse, sameShape, type Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Kernels walk at most this many axes (after joining those that lie together). */
const MAXIMUM_RANK = 8;
/** Walks kept per backend before all are dropped and the collection starts anew. */
const MAXIMUM_WALKS = 1 << 14;

/** A way to walk: how many axes, and the address of their lengths followed by the strides of each operand. */
interface Walk {
  readonly rank: number;
  readonly table: Pointer;
}

/** The walks of one backend, by a key that says all about them. */
type Walks = Map<string | number, Walk>;
const walks = new WeakMap<Backend, Walks>();

/** A walk, described when it is new. Valid for the next kernel call. */
function walkOf(
  backend: Backend,
  key: string | number,
  describe: () => { shape: Shape; strides: readonly (readonly number[])[] },
): Walk {
  let known = walks.get(backend);
  if (known === undefined) walks.set(backend, (known = new Map()));
  let walk = known.get(key);
  if (walk === undefined) {
    const { shape, strides } = describe();
    known.set(key, (walk = write(backend, known, collapse(shape, strides))));
  }
  return walk;
}

function write(backend: Backend, known: Walks, { shape, strides }: { shape: number[]; strides: number[][] }): Walk {
  const rank = shape.length;
  if (rank > MAXIMUM_RANK) {
    throw new ShapeError("kernel", `at most ${MAXIMUM_RANK} axes can be walked, got ${rank}; reshape to fewer`);
  }
  const { memory } = backend;
  if (known.size === MAXIMUM_WALKS) {
    for (const { table } of known.values()) memory.free(table);
    known.clear();
  }
  const values = [...shape, ...strides.flat()];
  const table = memory.allocate(4 * values.length);
  memory.writeInts(table, values);
  return { rank, table };
}

/** y = op(a, b), a and b stretched to y's shape. */
export function zipInto(op: number, y: Tensor, a: Tensor, b: Tensor): void {
  const { backend, shape } = y;
  const same = sameShape(a.shape, shape) && sameShape(b.shape, shape);
  const { rank, table } = walkOf(backend, same ? y.size : `${a.shape} ${b.shape}`, () => ({
    shape,
    strides: [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)],
  }));
  const aStrides = table + 4 * rank;
  backend.kernels.zip(op, y.pointer, a.pointer, aStrides, b.pointer, aStrides + 4 * rank, table, rank);
}

/** y = the elements of `from`, from `offset` on, walked with `strides` along y's shape (both in elements). */
export function copyStridedInto(y: Tensor, from: Tensor, strides: readonly number[], offset = 0): void {
  const { backend, shape } = y;
  const { rank, table } = walkOf(backend, `${shape}/${strides}`, () => ({ shape, strides: [strides] }));
  backend.kernels.copyStrided(y.pointer, from.pointer + 4 * offset, table + 4 * rank, table, rank);
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
    const { rank, table } = walkOf(y.backend, `${a.shape}/${strides}`, () => ({ shape: a.shape, strides: [strides] }));
    kernels.reduceAdd(start, table + 4 * rank, a.pointer, table, rank);
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
