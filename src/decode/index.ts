/** From a model's outputs to sequences. */
export { align, type AlignedPair, type Alignment } from "./alignment.js";
export { ctcBeamSearch, ctcBestPath, type CtcBeamOptions, type CtcFrames, type CtcHypothesis, type CtcPrior } from "./ctc.js";
export { sampleMixture, type PenMove } from "./mixture-sampling.js";
export { checkSamplingOptions, sampleToken, type SamplingOptions } from "./sampling.js";
