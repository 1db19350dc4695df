import { inRange, KernelOptimizer, type OptimizerOptions, type Parameters, type Update } from "./optimizer.js";
import type { Schedule } from "./schedules.js";

export interface AdamOptions extends Partial<OptimizerOptions> {
  /** @default 1e-3 */
  readonly lr?: number | Schedule;
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.999 */
  readonly beta2?: number;
  /** Added to the root. @default 1e-8 */
  readonly epsilon?: number;
  /** Weight decay: added to the gradient by Adam, apart from it by AdamW. @default 0 for Adam, 0.01 for AdamW */
  readonly decay?: number;
  /** Which parameters decay, by name; biases and gains are often left out. @default all */
  readonly decays?: (name: string) => boolean;
}

/** Adam (Kingma & Ba 2015), algorithm 1. */
export class Adam extends KernelOptimizer {
  readonly #options: { beta1: number; beta2: number; epsilon: number; decay: number };
  readonly #decays: (name: string) => boolean;
  readonly #decoupled: boolean;

  /** @param decoupled whether weights decay apart from the gradient; use `AdamW` for that */
  constructor(parameters: Parameters, options: AdamOptions = {}, decoupled = false) {
    const kind = decoupled ? "adamw" : "adam";
    const { lr = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0, decays = () => true } = options;
    inRange(kind, "beta1", beta1, 0, 1);
    inRange(kind, "beta2", beta2, 0, 1);
    inRange(kind, "epsilon", epsilon, 0, Infinity);
    inRange(kind, "decay", decay, 0, Infinity);
    super(kind, parameters, { ...options, lr }, { mean: 0, square: 0 });
    this.#options = { beta1, beta2, epsilon, decay };
    this.#decays = decays;
    this.#decoupled = decoupled;
  }

  protected override update({ name, parameter, gradient, lr }: Update): void {
    const { beta1, beta2, epsilon } = this.#options;
    const decay = this.#decays(name) ? this.#options.decay : 0;
    const { backend, size } = parameter;
    backend.kernels.adamStep(
      parameter.pointer, this.array("mean", name), this.array("square", name), gradient.pointer, size, lr, beta1, beta2,
      epsilon, 1 - beta1 ** this.steps, 1 - beta2 ** this.steps, this.#decoupled ? 0 : decay, this.#decoupled ? decay : 0,
    );
  }
}

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019): weights shrink by `lr decay` apart from the gradient. */
export class AdamW extends Adam {
  constructor(parameters: Parameters, { decay = 0.01, ...options }: AdamOptions = {}) {
    super(parameters, { ...options, decay }, true);
  }
}
