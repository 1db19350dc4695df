/** What all optimisers share: named parameters, a learning rate or schedule, state that is saved and loaded exactly. */
import { Module } from "../nn/module.js";
import { restore, type NamedTensors, type TensorSource } from "../nn/state-dict.js";
import { uncleared, type Tensor } from "../tensor/tensor.js";
import type { Schedule } from "./schedules.js";

/** What an optimiser or a clipping function works on: a module, named tensors, or a list (named 0, 1, 2, ...). */
export type Parameters = Module | NamedTensors | readonly Tensor[];

export function namedParameters(parameters: Parameters): NamedTensors {
  if (parameters instanceof Module) return parameters.namedParameters();
  if (Array.isArray(parameters)) return new Map(parameters.map((tensor: Tensor, i) => [String(i), tensor]));
  return parameters as NamedTensors;
}

/** Everything an optimiser remembers. Saved beside the parameters, `load` of it continues to the same bits. */
export interface OptimizerState<T = Tensor> {
  /** Which optimiser it belongs to. */
  readonly kind: string;
  readonly scalars: Readonly<Record<string, number>>;
  /** Named `<what>.<parameter>`, as in `mean.encoder.weight`. These are the live tensors; `snapshot` copies them. */
  readonly tensors: ReadonlyMap<string, T>;
}

export interface Optimizer {
  readonly parameters: NamedTensors;
  /** May be changed at any time. A schedule is asked with the number of updates made so far. */
  lr: number | Schedule;
  /** Updates made so far. */
  readonly steps: number;
  /** The learning rate of the next update. */
  readonly currentLr: number;
  /** Changes every parameter that has a gradient. Does not clear gradients. */
  step(): void;
  zeroGrad(): void;
  state(): OptimizerState;
  /** @throws Error on the state of another optimiser, StateDictError on one for other parameters */
  load(state: OptimizerState<TensorSource>): void;
}

export interface OptimizerOptions {
  /** Learning rate, or a schedule of it. */
  readonly lr: number | Schedule;
  /** What the rate is multiplied with for one parameter, by its name. @default () => 1 */
  readonly lrScale?: (name: string) => number;
}

/** A parameter, its gradient and its rate in one update. */
export interface Update {
  readonly name: string;
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly lr: number;
}

/** An optimiser that keeps arrays beside each parameter and changes both with one kernel per parameter. */
export abstract class KernelOptimizer implements Optimizer {
  readonly parameters: NamedTensors;
  lr: number | Schedule;
  readonly #kind: string;
  readonly #lrScale: (name: string) => number;
  readonly #arrays = new Map<string, Tensor>();
  #steps = 0;

  /** @param arrays the arrays kept per parameter and what each starts with */
  constructor(kind: string, parameters: Parameters, options: OptimizerOptions, arrays: Readonly<Record<string, number>>) {
    this.#kind = kind;
    this.parameters = namedParameters(parameters);
    if (this.parameters.size === 0) throw new RangeError(`${kind}: parameters: expected at least one, got none`);
    if (typeof options.lr === "number") inRange(kind, "lr", options.lr, 0, Infinity);
    this.lr = options.lr;
    this.#lrScale = options.lrScale ?? (() => 1);
    for (const [what, value] of Object.entries(arrays)) {
      for (const [name, { backend, shape, size }] of this.parameters) {
        const array = uncleared(kind, backend, shape, "float32", true);
        backend.kernels.fill(array.pointer, value, size);
        this.#arrays.set(`${what}.${name}`, array);
      }
    }
  }

  get steps(): number {
    return this.#steps;
  }

  get currentLr(): number {
    return typeof this.lr === "number" ? this.lr : this.lr(this.#steps);
  }

  step(): void {
    const rate = this.currentLr;
    this.#steps++;
    for (const [name, parameter] of this.parameters) {
      const gradient = parameter.grad;
      if (gradient !== undefined) this.update({ name, parameter, gradient, lr: rate * this.#lrScale(name) });
    }
  }

  /** One kernel call. `steps` counts this update already. */
  protected abstract update(update: Update): void;

  /** The address of an array kept beside a parameter. */
  protected array(what: string, name: string): number {
    return this.#arrays.get(`${what}.${name}`)!.pointer;
  }

  zeroGrad(): void {
    for (const parameter of this.parameters.values()) parameter.zeroGrad();
  }

  state(): OptimizerState {
    return { kind: this.#kind, scalars: { steps: this.#steps }, tensors: this.#arrays };
  }

  load({ kind, scalars, tensors }: OptimizerState<TensorSource>): void {
    const own = this.#kind;
    if (kind !== own) throw new Error(`${own}: load: expected the state of ${own}, got that of ${kind}`);
    const { steps } = scalars;
    if (!(Number.isInteger(steps) && steps! >= 0)) {
      throw new Error(`${kind}: load: steps: expected a whole number of updates, got ${steps}`);
    }
    restore(`${kind}: load`, this.#arrays, tensors);
    this.#steps = steps!;
  }
}

/** @throws RangeError unless low <= value < high */
export function inRange(kind: string, option: string, value: number, low: number, high: number): void {
  if (!(value >= low && value < high)) {
    const range = high === Infinity ? `a number of at least ${low}` : `a number from ${low} to below ${high}`;
    throw new RangeError(`${kind}: ${option}: expected ${range}, got ${value}`);
  }
}
