import { shapeError } from "../tensor/errors.js";
import { dropout, mul } from "../tensor/ops/index.js";
import type { RandomStream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module, type ModuleDescription } from "./module.js";

export interface DropoutOptions {
  /** Where masks are drawn from, while training. Two modules that share a stream draw in turn. */
  readonly random: RandomStream;
  /** One mask for all steps of a sequence [time, ...] (Gal & Ghahramani 2016), not one for each. @default false */
  readonly variational?: boolean;
}

/**
 * Sets elements to 0 with probability `rate` and divides the others by 1 - rate, while training; does nothing in `eval`
 * mode (Srivastava et al. 2014).
 */
export class Dropout extends Module {
  readonly rate: number;
  readonly variational: boolean;
  readonly #random: RandomStream;

  constructor(rate: number, { random, variational = false }: DropoutOptions) {
    super();
    if (!(rate >= 0 && rate < 1)) throw shapeError("Dropout", "rate", "0 up to, not including, 1", String(rate));
    this.rate = rate;
    this.variational = variational;
    this.#random = random;
  }

  /** Any shape; [time, ...] where `variational`. */
  forward(x: Tensor): Tensor {
    if (!this.training || this.rate === 0) return x;
    if (!this.variational) return dropout(x, this.rate, this.#random);
    const mask = this.#random.mask([1, ...x.shape.slice(1)], 1 - this.rate, { backend: x.backend });
    return mul(x, mask);
  }

  protected override describe(): ModuleDescription {
    const variational = this.variational ? { variational: true } : {};
    return { name: "Dropout", settings: { rate: this.rate, ...variational } };
  }
}
