/** Long lags: tasks that take memory, training that can be watched, and the stories that are told with them. */
export {
  checkLongLagConfig, INITIAL_NAMES, LONG_LAG_CELLS, LONG_LAG_DEFAULTS, LONG_LAG_OPTIMIZERS, type InitialName, type LongLagCell,
  type LongLagConfig, type LongLagOptimizer,
} from "./config.js";
export { eigenvalues, spectralRadius, type Eigenvalues } from "./eigenvalues.js";
export { LongLagLearner } from "./learner.js";
export { STORIES, storyNamed, type Claim, type Side, type Story } from "./stories.js";
export { summarise, type Summary } from "./summary.js";
export { longLagTask, TASK_NAMES, type LongLagBatch, type LongLagTask, type TaskName } from "./tasks.js";
export { recordLongLag, watchLongLag, type Recording, type WatchedEnd, type WatchedStep, type WatchOptions } from "./watch.js";
