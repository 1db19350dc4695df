/** Modules with parameters, losses and initialisers. */
export { ctcLoss, ctcSteps, type CtcLossOptions } from "./ctc-loss.js";
export { Dropout, type DropoutOptions } from "./dropout.js";
export { Embedding, type EmbeddingOptions } from "./embedding.js";
export * as initialisers from "./initialisers.js";
export type { Initialiser } from "./initialisers.js";
export { LayerNorm } from "./layer-norm.js";
export { Linear, type LinearOptions } from "./linear.js";
export {
  binaryCrossEntropy, crossEntropy, meanSquaredError, type CrossEntropyOptions, type LossOptions,
} from "./losses.js";
export {
  MixtureDensity, mixtureDensity, mixtureMean, mixtureOf, type Gaussian, type Mixture, type MixtureDensityOptions,
} from "./mixture-density.js";
export { mixtureDensityLoss, type MixtureDensityLossOptions } from "./mixture-density-loss.js";
export { isParameter, Module, parameter, type Layer, type ModuleDescription, type Parameter } from "./module.js";
export { fromTorch, toTorch, type FromTorchOptions, type ToTorchOptions } from "./pytorch.js";
export { ReadingRecurrent, type ReadingInput, type ReadingRecurrentOptions, type ReadingResult } from "./reading-recurrent.js";
export { Recurrent, type RecurrentInput, type RecurrentOptions, type RecurrentResult, type States } from "./recurrent.js";
export { RecurrentLayer, type RecurrentLayerOptions } from "./recurrent-layer.js";
export { RecurrentStream, type StreamOptions } from "./recurrent-stream.js";
export { Sequential } from "./sequential.js";
export {
  snapshot, StateDictError, type LoadOptions, type LoadReport, type NamedTensors, type TensorSource,
} from "./state-dict.js";
