/** Sums, means and maxima over axes. */
import { shapeError, formatShape } from "../errors.js";
import { sumInto } from "../launch.js";
import { normalAxes, normalAxis, sizeOf, type Shape } from "../shape.js";
import { record, withoutTape } from "../tape.js";
import { uncleared, viewOf, type Tensor } from "../tensor.js";
import { requireType } from "./check.js";
import { div, equal, mul, scale } from "./pointwise.js";
import { broadcastTo, transpose } from "./views.js";

/** The sum over `axes` (all of them by default), which are dropped or, with keepDims, kept with length 1. */
export function sum(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  requireType("sum", "x", x, "float32");
  const { stretched, shape } = reducedShapes("sum", x.shape, axes, keepDims);
  const y = uncleared("sum", x.backend, shape);
  sumInto(viewOf(y, stretched), x);
  record("sum", [x], [y], (g) => g.add(0, broadcastTo(viewOf(g.output(0)!, stretched), x.shape)));
  return y;
}

/** The mean over `axes` (all of them by default); NaN over none. */
export function mean(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  const count = sizeOf(normalAxes("mean", axes, x.shape.length).map((axis) => x.shape[axis]!));
  return scale(sum(x, axes, keepDims), 1 / count);
}

/** The largest element over `axes` (all of them by default); equal largest ones share the gradient. */
export function max(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  requireType("max", "x", x, "float32");
  const { reduced, stretched, shape } = reducedShapes("max", x.shape, axes, keepDims);
  const y = uncleared("max", x.backend, shape);
  rowMax("max", y, uncleared("max", x.backend, shape, "int32"), x, reduced);
  record("max", [x], [y], (g) => {
    const mask = equal(x, viewOf(y, stretched));
    const share = div(viewOf(g.output(0)!, stretched), sum(mask, reduced, true));
    g.add(0, mul(mask, share));
  });
  return y;
}

/** Where the largest element along an axis (the last by default) stands, int32, without that axis; the first of equals. */
export function argmax(x: Tensor, axis = -1): Tensor {
  requireType("argmax", "x", x, "float32");
  const along = normalAxis("argmax", axis, x.shape.length);
  const { reduced, shape } = reducedShapes("argmax", x.shape, along, false);
  const index = uncleared("argmax", x.backend, shape, "int32");
  rowMax("argmax", uncleared("argmax", x.backend, shape), index, x, reduced);
  return index;
}

/** Largest elements and their places over the axes `reduced`, taken together. */
function rowMax(op: string, y: Tensor, index: Tensor, x: Tensor, reduced: readonly number[]): void {
  if (y.size === 0) return;
  if (x.size === 0) throw shapeError(op, "x", "at least one element along the axes", formatShape(x.shape));
  const kept = [...x.shape.keys()].filter((axis) => !reduced.includes(axis));
  const rows = withoutTape(() => transpose(x, [...kept, ...reduced]));
  x.backend.kernels.rowMax(y.pointer, index.pointer, rows.pointer, y.size, x.size / y.size);
}

function reducedShapes(op: string, from: Shape, axes: number | readonly number[] | undefined, keepDims: boolean) {
  const reduced = normalAxes(op, axes, from.length);
  /** The result's shape with the reduced axes kept as 1, which stretches back to `from`. */
  const stretched = from.map((length, axis) => (reduced.includes(axis) ? 1 : length));
  const shape = keepDims ? stretched : from.filter((_, axis) => !reduced.includes(axis));
  return { reduced, stretched, shape };
}
