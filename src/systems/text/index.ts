/** A language model of characters, words or bytes: trained on text, measured in bits per character, sampled. */
export {
  createNoise, createOptimizer, createTextModel, defaultLearningRate, LOSS_FORMS, OPTIMIZER_NAMES, TEXT_DEFAULTS, type LossForm, type OptimizerName, type TextConfig,
} from "./config.js";
export { DYNAMIC_MODEL, dynamicSettings, measureDynamic, type DynamicOptions } from "./dynamic.js";
export { generate, type GenerateOptions } from "./generate.js";
export { TextLearner, type TextLearnerOptions } from "./learner.js";
export { addMeasures, bitsPerUnit, measure, measureStream, perplexity, type Measure } from "./measure.js";
export { TextModel, type TextModelOptions } from "./model.js";
export { TEXT_RECIPE_NAMES, TEXT_RECIPES, type TextRecipe, type TextRecipeName } from "./recipes.js";
export {
  createTextRun, encodeSplit, INPUT_FILE, KEPT_INPUT, reopenTextRun, requireSameText, textRunConfigOf,
  type TextCorpus, type TextRunConfig, type TextRunRequest, type TextSession,
} from "./run.js";
export { TextStream, type TextStreamOptions } from "./stream.js";
export {
  CELL_FILE, cellOfRun, lastWeights, loadTrainedText, readVocabulary, textConfigOf, VOCABULARY_FILE, type TextWeights, type TrainedText,
} from "./trained.js";
