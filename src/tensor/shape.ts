/** Arithmetic on shapes: no tensor, no memory. */
import { formatShape, ShapeError, shapeError } from "./errors.js";

export type Shape = readonly number[];

/** Kernels count elements in int32. */
const MAXIMUM_SIZE = 2 ** 31 - 1;

/** How many elements a tensor of this shape has; 1 for a scalar, `[]`. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

/** @throws ShapeError unless `shape` is a list of sizes that a kernel can count. */
export function checkShape(op: string, shape: Shape): void {
  for (let i = 0; i < shape.length; i++) {
    const length = shape[i]!;
    if (!(Number.isInteger(length) && length >= 0)) {
      throw shapeError(op, "shape", "integers from 0 on", formatShape(shape));
    }
  }
  if (sizeOf(shape) > MAXIMUM_SIZE) throw shapeError(op, "shape", "fewer than 2^31 elements", formatShape(shape));
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Distances in elements between neighbours along each axis of a contiguous tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** The shape two operands share after stretching axes of length 1, aligned at the last axis (numpy's rule). */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(op, `cannot broadcast ${formatShape(a)} with ${formatShape(b)}`);
    }
    shape[rank - i] = left === 1 ? right : left;
  }
  return shape;
}

/** Strides that walk a contiguous tensor of shape `from` as if it had the shape `to`; 0 where it is stretched. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = new Array<number>(to.length).fill(0);
  let stride = 1;
  for (let i = 1; i <= from.length; i++) {
    const length = from[from.length - i]!;
    if (length !== 1) strides[to.length - i] = stride;
    stride *= length;
  }
  return strides;
}

/** An axis as a number from 0 on; -1 is the last one. */
export function normalAxis(op: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(normal) && normal >= 0 && normal < rank)) {
    throw shapeError(op, "axis", rank === 0 ? "a tensor with axes" : `-${rank} to ${rank - 1}`, String(axis));
  }
  return normal;
}

/** Axes as increasing numbers from 0 on, each once; all of them when `axes` is undefined. */
export function normalAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const given = typeof axes === "number" ? [axes] : axes;
  const normal = given.map((axis) => normalAxis(op, axis, rank)).sort((a, b) => a - b);
  if (new Set(normal).size !== normal.length) throw shapeError(op, "axes", "each axis once", formatShape(given));
  return normal;
}

/**
 * Drops axes of length 1 and joins neighbouring axes that every operand walks as one, so that kernels see few, long axes.
 * `strides` holds one list per operand; at least one axis remains.
 */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): { shape: number[]; strides: number[][] } {
  const joined: number[] = [];
  const joinedStrides: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    if (length === 1) continue;
    const last = joined.length - 1;
    // An outer step must be worth exactly one whole run of the inner axis.
    if (last >= 0 && strides.every((own, i) => joinedStrides[i]![last] === own[axis]! * length)) {
      joined[last]! *= length;
      strides.forEach((own, i) => (joinedStrides[i]![last] = own[axis]!));
    } else {
      joined.push(length);
      strides.forEach((own, i) => joinedStrides[i]!.push(own[axis]!));
    }
  }
  if (joined.length === 0) {
    joined.push(1);
    joinedStrides.forEach((own) => own.push(1));
  }
  return { shape: joined, strides: joinedStrides };
}
