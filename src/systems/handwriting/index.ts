/** Handwriting as Graves (2013) has it: movements of a pen predicted, and texts written. */
export { Alphabet, scriptOf, type Script } from "./alphabet.js";
export {
  createHandwritingModel, createHandwritingNoise, createHandwritingOptimizer, createPenModel, createSynthesisModel, defaultHandwritingRate, HANDWRITING_DEFAULTS,
  HANDWRITING_OPTIMIZERS, HANDWRITING_PAPER, HANDWRITING_TASKS, knownNames, type HandwritingConfig, type HandwritingOptimizer, type HandwritingTask,
} from "./config.js";
export { anyWriter, checkTold, CONDITION_KINDS, Condition, Conditions, namesOf, toldOf, type ConditionKind, type KnownNames, type Told } from "./conditions.js";
export { drawClass, drawingOf, framed, inARow, usualWidth, type Drawing, type DrawnMove, type DrawOptions } from "./drawing.js";
export { generateStrokes, writeText, type GenerateStrokesOptions, type WriteTextOptions, type WrittenMove } from "./generate.js";
export { HandwritingLearner, type HandwritingLearnerOptions } from "./learner.js";
export { measurePen, natsPerPoint, natsPerSequence, squaredErrorPerPoint, type PenMeasure, type PenMeasureOptions } from "./measure.js";
export { HandwritingModel, type HandwritingModelOptions, type PenModel } from "./model.js";
export { fitDrawing, fitPrime, linesToWrite, type FittedPrime } from "./own-hand.js";
export { rasterise, type GreyPicture } from "./raster.js";
export { hasPassed, HandwritingStream, SynthesisStream } from "./stream.js";
export { SynthesisModel, type SynthesisModelOptions } from "./synthesis-model.js";
export { layOut, strokesToSvg, type Layout, type SvgOptions } from "./svg.js";
export { loadPenModel, type PenRunConfig, type TrainedPenModel } from "./trained.js";
