/** Optimisers, clipping, schedules, weight noise and weight averages. */
export { AdaGrad, type AdaGradOptions } from "./adagrad.js";
export { chosenNoise, optimised, type ChosenNoise } from "./chosen-noise.js";
export { AdaptiveWeightNoise, type AdaptiveWeightNoiseOptions } from "./adaptive-weight-noise.js";
export { Adam, AdamW, type AdamOptions } from "./adam.js";
export { clipGradientNorm, clipGradientValue, gradientNorm } from "./clipping.js";
export { Ema } from "./ema.js";
export type { Optimizer, OptimizerOptions, OptimizerState, Parameters } from "./optimizer.js";
export { Phases, type Phase } from "./phases.js";
export { GravesRmsProp, RmsProp, type GravesRmsPropOptions, type RmsPropOptions } from "./rmsprop.js";
export {
  constant, cosine, exponential, linear, piecewise, Plateau, stepDecay, warmUp,
  type PlateauOptions, type PlateauState, type Schedule, type StepDecayOptions,
} from "./schedules.js";
export { Sgd, type SgdOptions } from "./sgd.js";
export { NoisyWeights, WeightNoise, type NoiseState } from "./weight-noise.js";
