/** Reading what a pen wrote: characters from the ink of a line (Graves et al. 2009). */
export { createRecogniser, createRecogniserOptimizer, RECOGNISER_DEFAULTS, type RecogniserConfig } from "./config.js";
export { INK_WIDTH, inkColumns } from "./ink.js";
export { RecogniserLearner, type RecogniserLearnerOptions } from "./learner.js";
export { legibilityOf, type Confusion, type Legibility } from "./measure.js";
export { Recogniser, type RecogniserOptions } from "./model.js";
