/** Handwriting as Graves (2013) has it: movements of a pen predicted, and written. */
export {
  createHandwritingModel, createHandwritingOptimizer, defaultHandwritingRate, HANDWRITING_DEFAULTS, HANDWRITING_OPTIMIZERS,
  HANDWRITING_PAPER, HANDWRITING_TASKS, type HandwritingConfig, type HandwritingOptimizer, type HandwritingTask,
} from "./config.js";
export { generateStrokes, type GenerateStrokesOptions } from "./generate.js";
export { HandwritingLearner, type HandwritingLearnerOptions } from "./learner.js";
export { measurePen, natsPerPoint, natsPerSequence, squaredErrorPerPoint, type PenMeasure, type PenMeasureOptions } from "./measure.js";
export { HandwritingModel, type HandwritingModelOptions } from "./model.js";
export { rasterise, type GreyPicture } from "./raster.js";
export { HandwritingStream } from "./stream.js";
export { layOut, strokesToSvg, type Layout, type SvgOptions } from "./svg.js";
