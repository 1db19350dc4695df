/** Making tensors. Inside a step they live until it ends; outside, as long as they are referenced. */
import type { Backend } from "../backend/backend.js";
import { defaultBackend } from "./default-backend.js";
import { formatShape, shapeError } from "./errors.js";
import { sizeOf, type Shape } from "./shape.js";
import { checkIntegers, uncleared, type DType, type Tensor } from "./tensor.js";

export interface TensorOptions {
  /** @default "float32" */
  readonly dtype?: DType;
  /** Whether `backward` shall leave a gradient in `grad`. @default false */
  readonly requiresGrad?: boolean;
  /** @default the one given to setDefaultBackend */
  readonly backend?: Backend;
}

/** Numbers in lists of lists; all lists on one level are of one length. */
export type NestedNumbers = number | readonly NestedNumbers[];

/**
 * A tensor of given values: flat, in row-major order, with a shape (default: one axis), or nested lists.
 *
 *     tensor([1, 2, 3, 4, 5, 6], [2, 3])
 *     tensor([[1, 2, 3], [4, 5, 6]])
 *     tensor(0.5)
 */
export function tensor(values: ArrayLike<number> | NestedNumbers, shape?: Shape, options: TensorOptions = {}): Tensor {
  const { dtype = "float32", requiresGrad = false, backend = defaultBackend() } = options;
  const nested = unnest(values);
  const own = shape ?? nested.shape;
  if (sizeOf(own) !== nested.values.length) {
    throw shapeError("tensor", "values", `${sizeOf(own)} for shape ${formatShape(own)}`, String(nested.values.length));
  }
  if (dtype === "int32") checkIntegers("tensor", nested.values);
  const made = uncleared("tensor", backend, own, dtype).set(nested.values);
  made.requiresGrad = requiresGrad;
  return made;
}

/** An int32 tensor: indices, targets. */
export function fromInts(values: ArrayLike<number>, shape: Shape = [values.length], backend?: Backend): Tensor {
  return tensor(values, shape, { dtype: "int32", ...(backend && { backend }) });
}

export function full(shape: Shape, value: number, options?: TensorOptions): Tensor {
  return filled("full", shape, value, options);
}

export function zeros(shape: Shape, options?: TensorOptions): Tensor {
  return filled("zeros", shape, 0, options);
}

export function ones(shape: Shape, options?: TensorOptions): Tensor {
  return filled("ones", shape, 1, options);
}

function filled(op: string, shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  const { dtype = "float32", requiresGrad = false, backend = defaultBackend() } = options;
  const made = uncleared(op, backend, shape, dtype);
  if (dtype === "int32") {
    checkIntegers(op, [value]);
    backend.kernels.fillInt(made.pointer, value, made.size);
  } else {
    backend.kernels.fill(made.pointer, value, made.size);
  }
  made.requiresGrad = requiresGrad;
  return made;
}

/** A tensor of unspecified contents, to be written by a kernel. */
export function empty(shape: Shape, dtype: DType = "float32", backend: Backend = defaultBackend()): Tensor {
  return uncleared("empty", backend, shape, dtype);
}

function unnest(values: ArrayLike<number> | NestedNumbers): { values: ArrayLike<number>; shape: Shape } {
  if (typeof values === "number") return { values: [values], shape: [] };
  if (!Array.isArray(values)) return { values: values as ArrayLike<number>, shape: [(values as ArrayLike<number>).length] };
  const shape: number[] = [];
  for (let level: NestedNumbers | undefined = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (shape.length === 1) return { values: values as number[], shape };
  const flat: number[] = [];
  const walk = (part: NestedNumbers, depth: number): void => {
    if (typeof part === "number" && depth === shape.length) flat.push(part);
    else if (typeof part !== "number" && part.length === shape[depth]) part.forEach((inner) => walk(inner, depth + 1));
    else throw shapeError("tensor", "values", `nested lists of shape ${formatShape(shape)}`, "lists of other lengths");
  };
  walk(values, 0);
  return { values: flat, shape };
}
