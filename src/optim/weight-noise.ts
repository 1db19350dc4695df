import { copies } from "../nn/state-dict.js";
import type { RandomStream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { inRange, namedParameters, type Parameters } from "./optimizer.js";

/**
 * Gaussian weight noise (Jim, Giles & Horne 1996; Graves, Mohamed & Hinton 2013): fresh noise is on the weights while
 * a gradient is computed and off again, to the last bit, before the update.
 *
 * @example
 * const noise = new WeightNoise(model, 0.075, random);
 * noise.within(() => loss(model).backward());
 * optimizer.step();
 */
export class WeightNoise {
  readonly #parameters: ReadonlyMap<string, Tensor>;
  readonly #clean: ReadonlyMap<string, Tensor>;
  readonly #deviation: number;
  readonly #random: RandomStream;
  #active = false;

  /** @param deviation standard deviation of the noise; Graves uses 0.075 */
  constructor(parameters: Parameters, deviation: number, random: RandomStream) {
    inRange("weight noise", "deviation", deviation, 0, Infinity);
    this.#parameters = namedParameters(parameters);
    this.#clean = copies("weight noise", this.#parameters);
    this.#deviation = deviation;
    this.#random = random;
  }

  /** Whether the noise is on the weights now. */
  get active(): boolean {
    return this.#active;
  }

  /** Puts noise on the weights. */
  apply(): void {
    if (this.#active) throw new Error("weight noise: apply: the noise is on already; call remove first");
    for (const [name, parameter] of this.#parameters) {
      this.#clean.get(name)!.assign(parameter);
      const noise = this.#random.normal(parameter.shape, 0, this.#deviation);
      parameter.backend.kernels.axpy(parameter.pointer, 1, noise.pointer, parameter.size);
      noise.storage.release();
    }
    this.#active = true;
  }

  /** Restores the weights as they were. */
  remove(): void {
    if (!this.#active) throw new Error("weight noise: remove: there is no noise on the weights");
    for (const [name, parameter] of this.#parameters) parameter.assign(this.#clean.get(name)!);
    this.#active = false;
  }

  /** Runs `fn` with noise on the weights, and takes it off whatever happens. */
  within<R>(fn: () => R): R {
    this.apply();
    try {
      return fn();
    } finally {
      this.remove();
    }
  }
}
