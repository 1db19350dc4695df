/** The training loop, truncated backpropagation, runs and their checkpoints. Works in a browser; a run there is kept in memory. */
export {
  checkpointProgress,
  loadParameters,
  requireTrainable,
  train,
  trainSteps,
  type LoopSettings,
  type Progress,
  type TrainingResult,
  type TrainingSettings,
  type TrainOptions,
} from "./loop.js";
export type { Learner, SteppingLearner, StepLoss, TakenStep } from "./learner.js";
export type { Json } from "./json.js";
export { writeCompactRun, type CompactOptions } from "./compact.js";
export { SCHEDULE_NAMES, type Budget, type Plan, type ScheduleName } from "./plan.js";
export { Run, RUN_FORMAT, RunError, type Checkpoint, type RunConfig } from "./run.js";
export { MemoryStorage, StorageError, type RunStorage } from "./storage.js";
export { DivergedError } from "./trouble.js";
export { CarriedStates, windowLoss, type TokenNetwork } from "./truncated.js";
export { IGNORED, type Window, type WindowPiece } from "./window.js";
