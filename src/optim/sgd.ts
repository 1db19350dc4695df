import { inRange, KernelOptimizer, type OptimizerOptions, type Parameters, type Update } from "./optimizer.js";

export interface SgdOptions extends OptimizerOptions {
  /** Classical momentum (Polyak 1964). @default 0 */
  readonly momentum?: number;
  /** Nesterov's momentum, in the form that keeps the looked-ahead weights (Bengio et al. 2013). @default false */
  readonly nesterov?: boolean;
  /** Weight decay, added to the gradient. @default 0 */
  readonly decay?: number;
  /** Which parameters decay, by name. @default all */
  readonly decays?: (name: string) => boolean;
}

/**
 * Stochastic gradient descent, plain or with momentum: `v = momentum v + g; w -= lr v`.
 *
 * Nesterov's form `w -= lr (g + momentum v)` holds the point that the textbook's form looks ahead to: with the
 * textbook's velocity u (= -lr v) the two are related by w = w_textbook + momentum u, and gradients are taken at the
 * same points.
 */
export class Sgd extends KernelOptimizer {
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #decay: number;
  readonly #decays: (name: string) => boolean;

  constructor(parameters: Parameters, options: SgdOptions) {
    const { momentum = 0, nesterov = false, decay = 0, decays = () => true } = options;
    inRange("sgd", "momentum", momentum, 0, 1);
    inRange("sgd", "decay", decay, 0, Infinity);
    if (nesterov && momentum === 0) throw new RangeError("sgd: nesterov: expected a momentum above 0 with it, got 0");
    super("sgd", parameters, options, momentum === 0 ? {} : { velocity: 0 });
    this.#momentum = momentum;
    this.#nesterov = nesterov;
    this.#decay = decay;
    this.#decays = decays;
  }

  protected override update({ name, parameter, gradient, lr }: Update): void {
    const velocity = this.#momentum === 0 ? 0 : this.array("velocity", name);
    const decay = this.#decays(name) ? this.#decay : 0;
    const { backend, size } = parameter;
    backend.kernels.sgdStep(
      parameter.pointer, velocity, gradient.pointer, size, lr, this.#momentum, Number(this.#nesterov), decay,
    );
  }
}
