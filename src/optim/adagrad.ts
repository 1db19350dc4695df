import { inRange, KernelOptimizer, type OptimizerOptions, type Parameters, type Update } from "./optimizer.js";

export interface AdaGradOptions extends OptimizerOptions {
  /** Added to the root. @default 1e-10 */
  readonly epsilon?: number;
  /** What the sums of squares start with; GloVe's code uses 1 (with epsilon 0). @default 0 */
  readonly initialAccumulator?: number;
}

/** AdaGrad (Duchi et al. 2011): `s += g^2; w -= lr g / (sqrt(s) + epsilon)`. */
export class AdaGrad extends KernelOptimizer {
  readonly #epsilon: number;

  constructor(parameters: Parameters, options: AdaGradOptions) {
    const { epsilon = 1e-10, initialAccumulator = 0 } = options;
    inRange("adagrad", "epsilon", epsilon, 0, Infinity);
    inRange("adagrad", "initialAccumulator", initialAccumulator, 0, Infinity);
    super("adagrad", parameters, options, { square: initialAccumulator });
    this.#epsilon = epsilon;
  }

  protected override update({ name, parameter, gradient, lr }: Update): void {
    const { backend, size } = parameter;
    backend.kernels.adagradStep(
      parameter.pointer, this.array("square", name), gradient.pointer, size, lr, this.#epsilon,
    );
  }
}
