/** The array that everything above works with. */
import type { Backend, FloatArray, IntArray, Pointer } from "../backend/backend.js";
import { MAP_COPY } from "../backend/generated/kernels.js";
import { Storage } from "./arena.js";
import { formatShape, shapeError, StaleTensorError } from "./errors.js";
import { dropout } from "./ops/dropout.js";
import { matmul, type MatmulOptions } from "./ops/matmul.js";
import {
  abs, add, clip, cos, div, exp, leakyRelu, log, maximum, minimum, mul, neg, offset, pow, reciprocal, relu, scale, sigmoid,
  sin, softplus, sqrt, square, sub, tanh,
} from "./ops/pointwise.js";
import { argmax, max, mean, sum } from "./ops/reduce.js";
import { logSoftmax, softmax } from "./ops/rows.js";
import { at, flip, reshape, slice, transpose } from "./ops/views.js";
import type { RandomStream } from "./random.js";
import { checkShape, sameShape, sizeOf, type Shape } from "./shape.js";
import { backward, GradientSlot, setGradient, stopGradient } from "./tape.js";

export type DType = "float32" | "int32";

/**
 * A contiguous, row-major array in a backend's memory. Made inside `step` it lives until the step ends (`keep` carries it
 * out); made outside it lives as long as it is referenced. Operations are functions (`add(a, b)`) and methods
 * (`a.add(b)`) alike, and never change their operands.
 */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** @internal Memory, shared with the tensors this one is a view of. */
  readonly storage: Storage;
  /** @internal Where this tensor begins in its storage, in bytes. */
  readonly byteOffset: number;
  /** @internal Where the gradient gathers; present exactly when a gradient is wanted. */
  slot: GradientSlot | undefined = undefined;

  /** @internal Tensors are made by `tensor`, `zeros`, `empty` and by operations. */
  constructor(shape: Shape, dtype: DType, storage: Storage, byteOffset: number) {
    this.shape = shape;
    this.dtype = dtype;
    this.size = sizeOf(shape);
    this.storage = storage;
    this.byteOffset = byteOffset;
  }

  get backend(): Backend {
    return this.storage.backend;
  }

  /**
   * Address of the first element.
   * @throws StaleTensorError when the step that made the tensor has ended.
   */
  get pointer(): Pointer {
    const storage = this.storage;
    if (!storage.alive) throw new StaleTensorError(storage.madeBy, this.shape);
    return storage.pointer + this.byteOffset;
  }

  // ---- Reading and writing -------------------------------------------------------------------------------------------

  /** A copy of the elements as they are now, once the backend has computed them. Float64Array on the reference backend. */
  async data(): Promise<FloatArray | IntArray> {
    // The copy is queued behind the kernels called so far: what comes after them may end the step or overwrite.
    const copy = copyOf("data", this, true);
    await this.backend.finish();
    // Kernels called meanwhile know nothing of the copy.
    const values = copy.#window(true).slice();
    copy.storage.release();
    return values;
  }

  /** A copy of the elements. Where kernels run later than they are called, this waits for them and blocks JavaScript meanwhile. */
  dataSync(): FloatArray | IntArray {
    return this.#window().slice();
  }

  /** The only element of a tensor of size 1. Waits as `dataSync` does. */
  item(): number {
    if (this.size !== 1) throw shapeError("item", "tensor", "one element", `shape ${formatShape(this.shape)}`);
    return this.#window()[0]!;
  }

  /** Overwrites the elements, in row-major order. For parameters and inputs; what the tape has recorded is not told. */
  set(values: ArrayLike<number>): this {
    if (values.length !== this.size) {
      const expected = `${this.size} values for shape ${formatShape(this.shape)}`;
      throw shapeError("set", "values", expected, String(values.length));
    }
    const { memory } = this.backend;
    if (this.dtype === "int32") {
      checkIntegers("set", values);
      memory.writeInts(this.pointer, values);
    } else {
      memory.writeFloats(this.pointer, values);
    }
    return this;
  }

  /** Overwrites the elements with those of another tensor of the same shape. */
  assign(source: Tensor): this {
    if (!sameShape(source.shape, this.shape) || source.dtype !== this.dtype) {
      const name = (t: Tensor) => `${t.dtype} ${formatShape(t.shape)}`;
      throw shapeError("assign", "source", name(this), name(source));
    }
    copyElements(this, source);
    return this;
  }

  /** Valid until the next allocation or kernel. */
  #window(settled = false): FloatArray | IntArray {
    const { memory } = this.backend;
    return this.dtype === "int32" ? memory.ints(this.pointer, this.size, settled) : memory.floats(this.pointer, this.size, settled);
  }

  toString(): string {
    return `Tensor ${this.dtype} ${formatShape(this.shape)}`;
  }

  // ---- Gradients -----------------------------------------------------------------------------------------------------

  /** Whether gradients are wanted: set on parameters, follows for what is computed from them inside a step. */
  get requiresGrad(): boolean {
    return this.slot !== undefined;
  }

  set requiresGrad(wanted: boolean) {
    if (wanted && this.dtype !== "float32") throw shapeError("requiresGrad", "tensor", "float32", this.dtype);
    if (wanted) this.slot ??= new GradientSlot(undefined);
    else this.slot = undefined;
  }

  /**
   * What `backward` has added up since the last `zeroGrad`, for a tensor whose `requiresGrad` was set; undefined when
   * nothing came. A parameter's gradient keeps one buffer for ever.
   */
  get grad(): Tensor | undefined {
    const slot = this.slot;
    return slot === undefined || slot.tape !== undefined || slot.state === "empty" ? undefined : slot.buffer;
  }

  /** Copies a gradient in, or forgets it. */
  set grad(gradient: Tensor | undefined) {
    setGradient(this, gradient);
  }

  /** Forgets the gradient; the next one starts from zero. */
  zeroGrad(): void {
    setGradient(this, undefined);
  }

  /**
   * Adds the gradient of this scalar (or, given d loss / d this, of that loss) to the `grad` of every tensor it was
   * computed from that requires one.
   * @throws TapeError outside a step, or when nothing that requires a gradient led here.
   */
  backward(gradient?: Tensor): void {
    backward(this, gradient);
  }

  stopGradient(): Tensor { return stopGradient(this); }

  // ---- Operations (see ops/) -----------------------------------------------------------------------------------------

  add(other: Tensor | number): Tensor { return add(this, other); }
  sub(other: Tensor | number): Tensor { return sub(this, other); }
  mul(other: Tensor | number): Tensor { return mul(this, other); }
  div(other: Tensor | number): Tensor { return div(this, other); }
  minimum(other: Tensor | number): Tensor { return minimum(this, other); }
  maximum(other: Tensor | number): Tensor { return maximum(this, other); }

  neg(): Tensor { return neg(this); }
  abs(): Tensor { return abs(this); }
  square(): Tensor { return square(this); }
  sqrt(): Tensor { return sqrt(this); }
  reciprocal(): Tensor { return reciprocal(this); }
  exp(): Tensor { return exp(this); }
  log(): Tensor { return log(this); }
  tanh(): Tensor { return tanh(this); }
  sigmoid(): Tensor { return sigmoid(this); }
  relu(): Tensor { return relu(this); }
  leakyRelu(slope: number): Tensor { return leakyRelu(this, slope); }
  softplus(): Tensor { return softplus(this); }
  sin(): Tensor { return sin(this); }
  cos(): Tensor { return cos(this); }
  pow(exponent: number): Tensor { return pow(this, exponent); }
  scale(factor: number): Tensor { return scale(this, factor); }
  offset(constant: number): Tensor { return offset(this, constant); }
  clip(limit: number): Tensor { return clip(this, limit); }
  dropout(rate: number, random: RandomStream): Tensor { return dropout(this, rate, random); }

  matmul(other: Tensor, options?: MatmulOptions): Tensor { return matmul(this, other, options); }

  sum(axes?: number | readonly number[], keepDims?: boolean): Tensor { return sum(this, axes, keepDims); }
  mean(axes?: number | readonly number[], keepDims?: boolean): Tensor { return mean(this, axes, keepDims); }
  max(axes?: number | readonly number[], keepDims?: boolean): Tensor { return max(this, axes, keepDims); }
  argmax(): Tensor { return argmax(this); }
  softmax(): Tensor { return softmax(this); }
  logSoftmax(): Tensor { return logSoftmax(this); }

  reshape(...shape: number[]): Tensor { return reshape(this, shape); }
  transpose(...axes: number[]): Tensor { return transpose(this, axes.length === 0 ? undefined : axes); }
  slice(axis: number, from: number, to?: number): Tensor { return slice(this, axis, from, to); }
  at(index: number): Tensor { return at(this, index); }
  flip(axis: number): Tensor { return flip(this, axis); }
}

/** A tensor of unspecified contents, in the running step's arena or `free`-standing; errors about it name `op`. */
export function uncleared(op: string, backend: Backend, shape: Shape, dtype: DType = "float32", free = false): Tensor {
  checkShape(op, shape);
  return new Tensor(shape, dtype, new Storage(backend, 4 * sizeOf(shape), op, free), 0);
}

/** A tensor on the same memory; `offset` in elements. */
export function viewOf(x: Tensor, shape: Shape, offset = 0): Tensor {
  return new Tensor(shape, x.dtype, x.storage, x.byteOffset + 4 * offset);
}

export function copyOf(op: string, x: Tensor, free = false): Tensor {
  const y = uncleared(op, x.backend, x.shape, x.dtype, free);
  copyElements(y, x);
  return y;
}

/** Copies 4 bytes per element, whatever they mean. */
function copyElements(to: Tensor, from: Tensor): void {
  if (to.backend === from.backend) {
    to.backend.kernels.map(MAP_COPY, to.pointer, from.pointer, to.size, 0);
  } else {
    to.set(from.dataSync());
  }
}

export function checkIntegers(op: string, values: ArrayLike<number>): void {
  if (values instanceof Int32Array) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if ((value | 0) !== value) throw shapeError(op, `values[${i}]`, "a 32-bit integer", String(value));
  }
}
