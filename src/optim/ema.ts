import { copies, restore, type TensorSource } from "../nn/state-dict.js";
import type { Tensor } from "../tensor/tensor.js";
import { inRange, namedParameters, type Parameters } from "./optimizer.js";

/**
 * An exponential moving average of the weights (after Polyak & Juditsky 1992), often better on new data than the last.
 *
 * @example
 * const average = new Ema(model, 0.999);
 * optimizer.step(); average.update();               // after each update
 * const bits = average.within(() => evaluate(model)); // with the averaged weights
 */
export class Ema {
  readonly #parameters: ReadonlyMap<string, Tensor>;
  readonly #averages: ReadonlyMap<string, Tensor>;
  readonly #decay: number;
  /** The trained weights while the averages are in their place. */
  #trained: ReadonlyMap<string, Tensor> | undefined;

  /** The average starts at the weights as they are now. @param decay how slowly it forgets, from 0 to below 1 */
  constructor(parameters: Parameters, decay: number) {
    inRange("ema", "decay", decay, 0, 1);
    this.#parameters = namedParameters(parameters);
    this.#averages = copies("ema", this.#parameters);
    this.#decay = decay;
  }

  /** Whether the averages stand in the parameters now. */
  get swappedIn(): boolean {
    return this.#trained !== undefined;
  }

  /** average = decay average + (1 - decay) weight */
  update(): void {
    if (this.swappedIn) throw new Error("ema: update: the averages are in the parameters' place; call swapOut first");
    for (const [name, { backend, pointer, size }] of this.#parameters) {
      backend.kernels.emaStep(this.#averages.get(name)!.pointer, pointer, size, this.#decay);
    }
  }

  /** Puts the averages into the parameters and keeps the trained weights aside. */
  swapIn(): void {
    if (this.swappedIn) throw new Error("ema: swapIn: the averages are in the parameters' place already");
    this.#trained = copies("ema", this.#parameters);
    for (const [name, parameter] of this.#parameters) parameter.assign(this.#averages.get(name)!);
  }

  /** Puts the trained weights back, to the last bit. */
  swapOut(): void {
    if (this.#trained === undefined) throw new Error("ema: swapOut: the averages are not in the parameters' place");
    for (const [name, parameter] of this.#parameters) {
      const trained = this.#trained.get(name)!;
      parameter.assign(trained);
      trained.storage.release();
    }
    this.#trained = undefined;
  }

  /** Runs `fn` with the averaged weights and puts the trained ones back whatever happens. `fn` must not be async. */
  within<R>(fn: () => R): R {
    this.swapIn();
    try {
      return fn();
    } finally {
      this.swapOut();
    }
  }

  /** The averages, by parameter. Live tensors; `snapshot` copies them. */
  state(): ReadonlyMap<string, Tensor> {
    return this.#averages;
  }

  /** @throws StateDictError when names or shapes are not those of the parameters */
  load(averages: ReadonlyMap<string, TensorSource>): void {
    restore("ema: load", this.#averages, averages);
  }
}
