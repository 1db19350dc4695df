import type { RandomStream } from "../tensor/random.js";
import { AdaptiveWeightNoise } from "./adaptive-weight-noise.js";
import type { Parameters } from "./optimizer.js";
import { WeightNoise, type NoisyWeights } from "./weight-noise.js";

export interface ChosenNoise {
  /** Standard deviation of fixed noise; 0 for none. */
  readonly fixed: number;
  /** What the deviations of adaptive noise begin with; 0 for none. */
  readonly adaptive: number;
  /** As those of `AdaptiveWeightNoise`. */
  readonly sequences: number;
  /** A stream that nothing else draws from. */
  readonly random: RandomStream;
}

/** The noise that somebody chose, if any. @throws RangeError if both kinds were */
export function chosenNoise(parameters: Parameters, { fixed, adaptive, sequences, random }: ChosenNoise): NoisyWeights | undefined {
  if (fixed > 0 && adaptive > 0) throw new RangeError("weight noise: expected fixed or adaptive noise, got both");
  if (fixed > 0) return new WeightNoise(parameters, fixed, random);
  return adaptive > 0 ? new AdaptiveWeightNoise(parameters, { deviation: adaptive, sequences, random }) : undefined;
}

/** What an optimiser changes: the parameters, with their deviations where noise adapts them. */
export function optimised(parameters: Parameters, noise: NoisyWeights | undefined): Parameters {
  return noise instanceof AdaptiveWeightNoise ? noise.posterior : parameters;
}
