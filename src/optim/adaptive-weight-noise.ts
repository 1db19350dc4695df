import { restore, type NamedTensors, type TensorSource } from "../nn/state-dict.js";
import { full } from "../tensor/create.js";
import { abs, add, log, maximum, mul, reciprocal, scale, square, sub, sum } from "../tensor/ops/index.js";
import type { RandomStream } from "../tensor/random.js";
import { keep, noGrad } from "../tensor/step.js";
import type { Tensor } from "../tensor/tensor.js";
import { inRange, type Parameters } from "./optimizer.js";
import { NoisyWeights, type NoiseState } from "./weight-noise.js";

export interface AdaptiveWeightNoiseOptions {
  /** What all standard deviations begin with. @default 0.075 */
  readonly deviation?: number;
  /**
   * Sequences in the training set: what the cost of the weights is shared among. Where the loss is a mean over predictions, so many
   * predictions.
   */
  readonly sequences: number;
  /** Draws the noise, and is used for nothing else. */
  readonly random: RandomStream;
}

/** Deviations do not fall below this, and are mirrored at 0 when an update carries them across. */
const SMALLEST_DEVIATION = 1e-6;

/**
 * Adaptive weight noise: learning to compress the data together with the weights (Graves 2011; 2013, section 3.2). Every weight has a
 * Gaussian posterior N(mu, sigma^2); mu is the parameter, sigma learns beside it. The prior N(m, s^2) is shared by all weights and known in
 * closed form: m = mean(mu), s^2 = mean(sigma^2 + (mu - m)^2). What is minimised is the description length: the loss of the training set
 * with weights drawn from the posterior, plus sum KL(posterior || prior). There is no need to stop early.
 *
 *     grad mu = d + lambda (mu - m) / s^2,   grad sigma = d^2 sigma + lambda (sigma / s^2 - 1 / sigma),   lambda = 1 / sequences
 *
 * with d = dL/dw of one sequence, at noisy weights. Of a batch the losses' mean is differentiated: its squared gradient is the mean of
 * squares over `weight` sequences that the batch has, divided by `weight`, which is made good.
 *
 * @example
 * const noise = new AdaptiveWeightNoise(model, { sequences: data.length, random });
 * const optimizer = new GravesRmsProp(noise.posterior);
 * step(() => {
 *   noise.within(() => loss(model).backward());
 *   noise.addComplexity(1);
 *   optimizer.step();
 * });
 */
export class AdaptiveWeightNoise extends NoisyWeights {
  /** sigma, by parameter. */
  readonly deviations: NamedTensors;
  readonly #lambda: number;
  readonly #weights: number;
  /** Of the last `addComplexity`, in the same memory all the time. */
  #complexity: Tensor | undefined;

  constructor(parameters: Parameters, { deviation = 0.075, sequences, random }: AdaptiveWeightNoiseOptions) {
    inRange("adaptive weight noise", "deviation", deviation, SMALLEST_DEVIATION, Infinity);
    inRange("adaptive weight noise", "sequences", sequences, 1, Infinity);
    super("adaptive weight noise", parameters, random);
    this.deviations = new Map(
      [...this.parameters].map(([name, { shape, backend }]) => {
        const sigma = full(shape, deviation, { backend });
        sigma.requiresGrad = true;
        return [name, sigma];
      }),
    );
    this.#lambda = 1 / sequences;
    this.#weights = [...this.parameters.values()].reduce((count, { size }) => count + size, 0);
  }

  /** What an optimiser is to change: the parameters by their names, their deviations as "deviation.<name>". */
  get posterior(): NamedTensors {
    return new Map([...this.parameters, ...[...this.deviations].map(([name, sigma]) => [`deviation.${name}`, sigma] as const)]);
  }

  override apply(): void {
    noGrad(() => {
      for (const sigma of this.deviations.values()) sigma.assign(maximum(abs(sigma), SMALLEST_DEVIATION));
    });
    super.apply();
  }

  protected override noise(name: string, { shape, backend }: Tensor): Tensor {
    return noGrad(() => mul(this.random.normal(shape, 0, 1, backend), this.deviations.get(name)!));
  }

  /** Turns d into grad mu, and sets grad sigma. A parameter without gradient counts as one with d = 0. Inside a step. */
  override addComplexity(weight: number): void {
    noGrad(() => {
      const { mean, variance } = this.#prior();
      const pull = scale(reciprocal(variance), this.#lambda);
      const logs: Tensor[] = [];
      for (const [name, mu] of this.parameters) {
        const sigma = this.deviations.get(name)!;
        const d = mu.grad;
        const curvature = d === undefined ? pull : add(scale(square(d), weight), pull);
        sigma.grad = sub(mul(curvature, sigma), scale(reciprocal(sigma), this.#lambda));
        const towardsPrior = mul(sub(mu, mean), pull);
        mu.grad = d === undefined ? towardsPrior : add(d, towardsPrior);
        logs.push(sum(log(sigma)));
      }
      // sum KL = sum log s - log sigma: with the prior at its best the squares cancel.
      const divergence = sub(scale(log(variance), this.#weights / 2), total(logs));
      this.#complexity = keep(scale(divergence, this.#lambda), this.#complexity);
    });
  }

  override get complexity(): Tensor | undefined {
    return this.#complexity;
  }

  /** m and s^2. */
  #prior(): { mean: Tensor; variance: Tensor } {
    const share = 1 / this.#weights;
    const means = [...this.parameters.values()];
    const mean = scale(total(means.map((mu) => sum(mu))), share);
    const spread = total(means.map((mu) => sum(square(sub(mu, mean)))));
    const noise = total([...this.deviations.values()].map((sigma) => sum(square(sigma))));
    return { mean, variance: scale(add(spread, noise), share) };
  }

  override state(): NoiseState {
    return { ...super.state(), tensors: this.deviations };
  }

  /** @throws StateDictError when names or shapes are not those of the parameters */
  override load(state: NoiseState<TensorSource>): void {
    restore("adaptive weight noise: load", this.deviations, state.tensors);
    super.load(state);
  }
}

function total(scalars: readonly Tensor[]): Tensor {
  return scalars.reduce((a, b) => add(a, b));
}
