/** From a model's outputs to sequences. */
export { checkSamplingOptions, sampleToken, type SamplingOptions } from "./sampling.js";
