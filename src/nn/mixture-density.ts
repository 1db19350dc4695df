/** The output layer of networks that move a pen, and what its numbers mean. */
import type { RandomStream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Initialiser } from "./initialisers.js";
import { Linear } from "./linear.js";
import { mixtureColumns, mixtureComponents, mixtureDensityLoss, type MixtureDensityLossOptions } from "./mixture-density-loss.js";
import { Module, type ModuleDescription } from "./module.js";

export interface MixtureDensityOptions {
  readonly random: RandomStream;
  /** @default glorotUniform() */
  readonly initialWeight?: Initialiser;
}

/**
 * A mixture of Gaussians in two dimensions with correlations, and the probability that the pen is lifted (Graves 2013, section
 * 4.1, equations 17 to 26).
 *
 * @example
 * const density = new MixtureDensity(network.outputSize, 20, { random });
 * const loss = density.loss(density.forward(output), targets); // output [time, batch, features], targets [time, batch, 3]
 */
export class MixtureDensity extends Module {
  readonly components: number;
  readonly linear: Linear;

  constructor(inputSize: number, components: number, options: MixtureDensityOptions) {
    super();
    mixtureComponents("MixtureDensity", mixtureColumns(components));
    this.components = components;
    this.linear = new Linear(inputSize, mixtureColumns(components), options);
  }

  /** Raw numbers, [..., inputSize] to [..., 6 M + 1]: `mixtureOf` says what they mean. */
  forward(x: Tensor): Tensor {
    return this.linear.forward(x);
  }

  /** @param raw what `forward` gave @param targets [..., 3], as `mixtureDensityLoss` has them */
  loss(raw: Tensor, targets: Tensor, options?: MixtureDensityLossOptions): Tensor {
    return mixtureDensityLoss(raw, targets, options);
  }

  protected override describe(): ModuleDescription {
    const { inputSize: input } = this.linear;
    return { name: "MixtureDensity", settings: { input, components: this.components } };
  }
}

/** A Gaussian of a mixture. */
export interface Gaussian {
  readonly weight: number;
  readonly mean: readonly [x: number, y: number];
  readonly deviation: readonly [x: number, y: number];
  readonly correlation: number;
}

/** A row of raw numbers, understood. */
export interface Mixture {
  readonly gaussians: readonly Gaussian[];
  /** The probability that the pen is lifted after the movement. */
  readonly lift: number;
}

const within = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));

/**
 * What a row of raw numbers says.
 * @param raw 6 M + 1 numbers, as `mixtureDensityLoss` has them
 * @param bias b from 0 on: deviations become exp(σ̂ - b) and weights go with exp(π̂ (1 + b)), which makes neater writing
 *   (Graves 2013, equations 61 and 62)
 */
export function mixtureOf(raw: ArrayLike<number>, bias = 0): Mixture {
  if (!(bias >= 0 && bias < Infinity)) throw new RangeError(`bias: expected 0 or more, got ${bias}`);
  const components = mixtureComponents("mixtureOf", raw.length);
  const number = (plane: number, j: number) => raw[1 + plane * components + j]!;
  const logits = Array.from({ length: components }, (_, j) => number(0, j) * (1 + bias));
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const deviation = (plane: number, j: number) => Math.exp(within(number(plane, j), 10) - bias);
  return {
    gaussians: powers.map((power, j) => ({
      weight: power / total,
      mean: [number(1, j), number(2, j)],
      deviation: [deviation(3, j), deviation(4, j)],
      correlation: Math.tanh(within(number(5, j), 6)),
    })),
    lift: 1 / (1 + Math.exp(raw[0]!)),
  };
}

/** The movement that a mixture expects: the mean of all its Gaussians. */
export function mixtureMean({ gaussians }: Mixture): [x: number, y: number] {
  const along = (axis: 0 | 1) => gaussians.reduce((sum, { weight, mean }) => sum + weight * mean[axis], 0);
  return [along(0), along(1)];
}

/** The density of a movement, without the pen's state. */
export function mixtureDensity({ gaussians }: Mixture, x: number, y: number): number {
  return gaussians.reduce((sum, { weight, mean, deviation, correlation }) => {
    const [dX, dY] = [(x - mean[0]) / deviation[0], (y - mean[1]) / deviation[1]];
    const rest = 1 - correlation ** 2;
    const z = dX ** 2 + dY ** 2 - 2 * correlation * dX * dY;
    return sum + (weight * Math.exp(-z / (2 * rest))) / (2 * Math.PI * deviation[0] * deviation[1] * Math.sqrt(rest));
  }, 0);
}
