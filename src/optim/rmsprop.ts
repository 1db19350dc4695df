import { inRange, KernelOptimizer, type OptimizerOptions, type Parameters, type Update } from "./optimizer.js";
import type { Schedule } from "./schedules.js";

export interface RmsPropOptions extends OptimizerOptions {
  /** How slowly the running mean of squares forgets. @default 0.99 */
  readonly rho?: number;
  /** @default 0 */
  readonly momentum?: number;
  /** Added to the root. @default 1e-8 */
  readonly epsilon?: number;
  /** Whether the running mean is subtracted, so that the root is a standard deviation. @default false */
  readonly centered?: boolean;
}

/**
 * RMSprop (Tieleman & Hinton 2012), in PyTorch's form:
 * `s = rho s + (1-rho) g^2; v = momentum v + g / (sqrt(s) + epsilon); w -= lr v`.
 */
export class RmsProp extends KernelOptimizer {
  readonly #options: { rho: number; momentum: number; epsilon: number; centered: boolean };

  constructor(parameters: Parameters, options: RmsPropOptions) {
    const { rho = 0.99, momentum = 0, epsilon = 1e-8, centered = false } = options;
    inRange("rmsprop", "rho", rho, 0, 1);
    inRange("rmsprop", "momentum", momentum, 0, 1);
    inRange("rmsprop", "epsilon", epsilon, 0, Infinity);
    super("rmsprop", parameters, options, { square: 0, velocity: 0, ...(centered ? { mean: 0 } : {}) });
    this.#options = { rho, momentum, epsilon, centered };
  }

  protected override update({ name, parameter, gradient, lr }: Update): void {
    const { rho, momentum, epsilon, centered } = this.#options;
    const mean = centered ? this.array("mean", name) : 0;
    const { backend, size } = parameter;
    backend.kernels.rmspropStep(
      parameter.pointer, this.array("square", name), mean, this.array("velocity", name), gradient.pointer, size, lr, rho,
      momentum, epsilon, Number(centered),
    );
  }
}

export interface GravesRmsPropOptions extends Partial<OptimizerOptions> {
  /** @default 1e-4 */
  readonly lr?: number | Schedule;
  /** @default 0.95 */
  readonly rho?: number;
  /** @default 0.9 */
  readonly momentum?: number;
  /** Added under the root. @default 1e-4 */
  readonly epsilon?: number;
}

/**
 * The RMSprop of Graves, "Generating sequences with recurrent neural networks" (2013), equations 38-45: centred, with
 * momentum, and with epsilon under the root: `v = momentum v - lr g / sqrt(s - a^2 + epsilon); w += v`. Defaults are
 * the paper's.
 */
export class GravesRmsProp extends KernelOptimizer {
  readonly #options: { rho: number; momentum: number; epsilon: number };

  constructor(parameters: Parameters, options: GravesRmsPropOptions = {}) {
    const { lr = 1e-4, rho = 0.95, momentum = 0.9, epsilon = 1e-4 } = options;
    inRange("graves-rmsprop", "rho", rho, 0, 1);
    inRange("graves-rmsprop", "momentum", momentum, 0, 1);
    inRange("graves-rmsprop", "epsilon", epsilon, 0, Infinity);
    super("graves-rmsprop", parameters, { ...options, lr }, { square: 0, mean: 0, velocity: 0 });
    this.#options = { rho, momentum, epsilon };
  }

  protected override update({ name, parameter, gradient, lr }: Update): void {
    const { rho, momentum, epsilon } = this.#options;
    const { backend, size } = parameter;
    backend.kernels.gravesRmspropStep(
      parameter.pointer, this.array("square", name), this.array("mean", name), this.array("velocity", name),
      gradient.pointer, size, lr, rho, momentum, epsilon,
    );
  }
}
