/** From a model's outputs to sequences. */
export { sampleMixture, type PenMove } from "./mixture-sampling.js";
export { checkSamplingOptions, sampleToken, type SamplingOptions } from "./sampling.js";
