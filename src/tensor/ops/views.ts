/** The same elements in another shape or order, and several tensors as one. Works on int32 too. */
import { formatShape, shapeError } from "../errors.js";
import { addStridedInto, addSumInto, copyStridedInto } from "../launch.js";
import { broadcastStrides, normalAxis, sameShape, sizeOf, stridesOf, type Shape } from "../shape.js";
import { record } from "../tape.js";
import { uncleared, viewOf, type Tensor } from "../tensor.js";
import { requireSameBackend, requireType } from "./check.js";

/** The same elements, row-major, in another shape; one length may be -1 for what remains. Free. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const y = viewOf(x, inferShape(x, shape));
  record("reshape", [x], [y], (g) => g.add(0, g.output(0)!));
  return y;
}

function inferShape(x: Tensor, shape: Shape): Shape {
  let inferred = shape;
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const others = sizeOf(shape.filter((_, axis) => axis !== open));
    inferred = shape.map((length, axis) => (axis === open ? (others === 0 ? 0 : x.size / others) : length));
  }
  if (sizeOf(inferred) !== x.size || !inferred.every((length) => Number.isInteger(length) && length >= 0)) {
    throw shapeError("reshape", "shape", `${x.size} elements, as in ${formatShape(x.shape)}`, formatShape(shape));
  }
  return inferred;
}

/**
 * Axis i of the result is axis axes[i] of x; all axes reversed when none are given. Copies, unless only axes of length 1
 * move.
 */
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const order = axes?.map((axis) => normalAxis("transpose", axis, rank)) ?? x.shape.map((_, i) => rank - 1 - i);
  if (new Set(order).size !== rank || order.length !== rank) {
    throw shapeError("transpose", "axes", `each of 0 to ${rank - 1} once`, formatShape(axes ?? []));
  }
  const shape = order.map((axis) => x.shape[axis]!);
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || moving[i - 1]! < axis)) return reshape(x, shape);

  const strides = stridesOf(x.shape);
  const y = uncleared("transpose", x.backend, shape, x.dtype);
  copyStridedInto(y, x, order.map((axis) => strides[axis]!));
  record("transpose", [x], [y], (g) => g.add(0, transpose(g.output(0)!, inverse(order))));
  return y;
}

function inverse(order: readonly number[]): number[] {
  const back = new Array<number>(order.length);
  order.forEach((axis, i) => (back[axis] = i));
  return back;
}

/** x with `axis` moved to the front. */
function axisFirst(x: Tensor, axis: number): Tensor {
  return transpose(x, [axis, ...x.shape.keys()].filter((other, i) => i === 0 || other !== axis));
}

/** Elements `from` up to (not including) `to` along an axis. Free along the first axis (or behind axes of length 1). */
export function slice(x: Tensor, axis: number, from: number, to?: number): Tensor {
  const at = normalAxis("slice", axis, x.shape.length);
  const length = x.shape[at]!;
  const end = to ?? length;
  if (!(Number.isInteger(from) && Number.isInteger(end) && 0 <= from && from <= end && end <= length)) {
    const expected = `within 0 to ${length} on axis ${at} of ${formatShape(x.shape)}`;
    throw shapeError("slice", "range", expected, `${from} to ${end}`);
  }
  const shape = x.shape.map((size, i) => (i === at ? end - from : size));
  const strides = stridesOf(x.shape);
  const start = from * strides[at]!;
  let y: Tensor;
  if (x.shape.every((size, i) => i >= at || size === 1)) {
    y = viewOf(x, shape, start);
  } else {
    y = uncleared("slice", x.backend, shape, x.dtype);
    copyStridedInto(y, x, strides, start);
  }
  record("slice", [x], [y], (g) => addStridedInto(g.into(0), strides, g.output(0)!, start));
  return y;
}

/** x[index] along the first axis, without that axis: one time step of a sequence, one row of a table. Free. */
export function at(x: Tensor, index: number): Tensor {
  if (!(Number.isInteger(index) && 0 <= index && index < (x.shape[0] ?? 0))) {
    throw shapeError("at", "index", `within the first axis of ${formatShape(x.shape)}`, String(index));
  }
  return reshape(slice(x, 0, index, index + 1), x.shape.slice(1));
}

/** Reversed along an axis. */
export function flip(x: Tensor, axis: number): Tensor {
  const at = normalAxis("flip", axis, x.shape.length);
  const strides = stridesOf(x.shape);
  const last = Math.max(0, x.shape[at]! - 1) * strides[at]!;
  const y = uncleared("flip", x.backend, x.shape, x.dtype);
  copyStridedInto(y, x, strides.map((stride, i) => (i === at ? -stride : stride)), last);
  record("flip", [x], [y], (g) => g.add(0, flip(g.output(0)!, at)));
  return y;
}

/** x stretched to `shape` by numpy's rule, made real. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const fits = x.shape.length <= shape.length &&
    x.shape.every((length, i) => length === 1 || length === shape[shape.length - x.shape.length + i]);
  if (!fits) throw shapeError("broadcastTo", "shape", `one that ${formatShape(x.shape)} stretches to`, formatShape(shape));
  const y = uncleared("broadcastTo", x.backend, shape, x.dtype);
  copyStridedInto(y, x, broadcastStrides(x.shape, shape));
  record("broadcastTo", [x], [y], (g) => addSumInto(g.into(0), g.output(0)!));
  return y;
}

/** Tensors behind one another along an axis; the other axes agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (first === undefined) throw shapeError("concat", "parts", "at least one tensor", "none");
  const along = normalAxis("concat", axis, first.shape.length);
  for (const [i, part] of parts.entries()) {
    requireType("concat", `parts[${i}]`, part, first.dtype);
    requireSameBackend("concat", first, part);
    const fits = part.shape.length === first.shape.length &&
      part.shape.every((length, other) => other === along || length === first.shape[other]);
    if (!fits) {
      const expected = `${formatShape(first.shape)} but for axis ${along}`;
      throw shapeError("concat", `parts[${i}]`, expected, formatShape(part.shape));
    }
  }
  if (first.dtype === "int32" && along > 0) {
    // Floats are added into place below; integers are moved so that they can be copied.
    const moved = concat(parts.map((part) => axisFirst(part, along)), 0);
    return transpose(moved, inverse([along, ...first.shape.keys()].filter((other, i) => i === 0 || other !== along)));
  }

  const total = parts.reduce((sum, part) => sum + part.shape[along]!, 0);
  const shape = first.shape.map((length, i) => (i === along ? total : length));
  const strides = stridesOf(shape);
  const y = uncleared("concat", first.backend, shape, first.dtype);
  const starts: number[] = [];
  let start = 0;
  for (const part of parts) {
    starts.push(start);
    start += part.shape[along]! * strides[along]!;
  }
  if (along === 0) parts.forEach((part, i) => viewOf(y, part.shape, starts[i]!).assign(part));
  else {
    y.backend.kernels.fill(y.pointer, 0, y.size);
    parts.forEach((part, i) => addStridedInto(y, strides, part, starts[i]!));
  }
  record("concat", parts, [y], (g) => {
    let from = 0;
    parts.forEach((part, i) => {
      const to = from + part.shape[along]!;
      if (g.wants(i)) g.add(i, slice(g.output(0)!, along, from, to));
      from = to;
    });
  });
  return y;
}

/** Tensors of one shape side by side along a new axis, the first by default. */
export function stack(parts: readonly Tensor[], axis = 0): Tensor {
  const [first] = parts;
  if (first === undefined) throw shapeError("stack", "parts", "at least one tensor", "none");
  const along = normalAxis("stack", axis, first.shape.length + 1);
  return concat(
    parts.map((part, i) => {
      if (!sameShape(part.shape, first.shape)) {
        throw shapeError("stack", `parts[${i}]`, formatShape(first.shape), formatShape(part.shape));
      }
      return reshape(part, [...part.shape.slice(0, along), 1, ...part.shape.slice(along)]);
    }),
    along,
  );
}
