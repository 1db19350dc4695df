/** Trains word vectors to the end, or until told to stop, with checkpoints in a run. */
import { train, type Checkpoint, type LoopSettings, type Progress, type Run, type TrainingResult } from "../../train/index.js";
import type { VectorTrainer } from "./trainer.js";

export interface VectorTrainOptions extends Pick<LoopSettings, "checkpointEvery" | "checkpointSeconds"> {
  /** Where checkpoints and metrics go. */
  readonly run?: Run;
  /** Where to go on from. */
  readonly checkpoint?: Checkpoint | undefined;
  readonly signal?: AbortSignal;
  /** Its predictions are words, for GloVe records. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Lines of metrics that a long training has, at most. */
const METRIC_LINES = 1000;
/** A step reads some ten thousand words, and a short training has a dozen of them. */
const LOSS_SMOOTHING = 0.5;

/**
 * Does all steps that are left. With one thread the result is the same to the last bit, however often the training was stopped and taken
 * up from its checkpoints.
 *
 * @throws DivergedError when the loss is not a number; the last checkpoint stays as it is
 */
export function trainVectors(trainer: VectorTrainer, options: VectorTrainOptions = {}): Promise<TrainingResult> {
  const { checkpointEvery, checkpointSeconds, ...rest } = options;
  const settings = {
    logEvery: Math.ceil(trainer.steps / METRIC_LINES),
    lossSmoothing: LOSS_SMOOTHING,
    ...(checkpointEvery !== undefined && { checkpointEvery }),
    ...(checkpointSeconds !== undefined && { checkpointSeconds }),
  };
  return train({ learner: trainer, settings, budget: { steps: trainer.steps }, ...rest });
}
