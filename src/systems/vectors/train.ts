/** Trains word vectors to the end, or until told to stop, with checkpoints in a run. */
import { restore, snapshot } from "../../nn/state-dict.js";
import { DivergedError, type Checkpoint, type Run } from "../../train/index.js";
import type { VectorTrainer } from "./trainer.js";

export interface VectorTrainOptions {
  /** Where checkpoints and metrics go. */
  readonly run?: Run;
  /** Where to go on from. */
  readonly checkpoint?: Checkpoint | undefined;
  readonly signal?: AbortSignal;
  /** @default 30 */
  readonly checkpointSeconds?: number;
  /** Steps between checkpoints. @default none by steps */
  readonly checkpointEvery?: number;
  readonly onProgress?: (progress: VectorProgress) => void;
}

export interface VectorProgress {
  readonly step: number;
  readonly steps: number;
  /** Words, for GloVe records: so far, of all, and per second in this session. */
  readonly examples: number;
  readonly totalExamples: number;
  readonly examplesPerSecond: number;
  readonly elapsed: number;
  readonly secondsLeft: number;
  readonly loss: number;
  readonly learningRate: number;
}

export interface VectorTrainingResult {
  readonly outcome: "complete" | "interrupted";
  readonly step: number;
  readonly elapsed: number;
  readonly loss: number;
}

interface State {
  readonly elapsed: number;
  readonly examples: number;
  readonly loss: number | null;
}

/** Steps that fill a line of metrics, at most: a long training has about a thousand lines. */
const METRIC_LINES = 1000;

/**
 * Does all steps that are left. With one thread the result is the same to the last bit, however often the training was stopped and taken
 * up from its checkpoints.
 *
 * @throws DivergedError when the loss is not a number; the last checkpoint stays as it is
 */
export async function trainVectors(trainer: VectorTrainer, options: VectorTrainOptions = {}): Promise<VectorTrainingResult> {
  const { run, checkpoint, signal, checkpointSeconds = 30, checkpointEvery = Infinity, onProgress } = options;
  const before: State = (checkpoint?.state as unknown as State | undefined) ?? { elapsed: 0, examples: 0, loss: null };
  let { examples, loss } = before;
  if (checkpoint !== undefined) restore("checkpoint", trainer.parameters, checkpoint.tensors);
  const first = checkpoint?.step ?? 0;
  const began = seconds();
  let savedAt = began;
  let step = first;
  const elapsed = () => before.elapsed + seconds() - began;
  const save = async () => {
    await run?.saveCheckpoint({ step, tensors: await snapshot(trainer.parameters), state: { elapsed: elapsed(), examples, loss } });
    savedAt = seconds();
  };
  const logEvery = Math.ceil(trainer.steps / METRIC_LINES);
  while (step < trainer.steps) {
    if (signal?.aborted) {
      if (step > first) await save();
      return { outcome: "interrupted", step, elapsed: elapsed(), loss: loss ?? NaN };
    }
    const done = await trainer.step(step);
    if (Number.isFinite(done.loss)) loss = done.loss;
    else if (Math.abs(done.loss) === Infinity || (Number.isNaN(done.loss) && done.examples >= 1000)) {
      throw new DivergedError(
        step + 1, [], undefined,
        `Training stopped at step ${step + 1}: the loss is ${done.loss}. Try a lower learning rate (now ${done.learningRate.toPrecision(3)}).`,
      );
    }
    step++;
    examples += done.examples;
    if (step % logEvery === 0 || step === trainer.steps) {
      await run?.logMetrics({ step, examples, trainingLoss: loss ?? 0, learningRate: done.learningRate });
    }
    const due = seconds() - savedAt >= checkpointSeconds || step % checkpointEvery === 0;
    if (due && step < trainer.steps) await save();
    const examplesPerSecond = (examples - before.examples) / (seconds() - began);
    onProgress?.({
      step, steps: trainer.steps, examples, totalExamples: trainer.examples, examplesPerSecond, elapsed: elapsed(),
      secondsLeft: Math.max(0, trainer.examples - examples) / examplesPerSecond, loss: loss ?? NaN, learningRate: done.learningRate,
    });
    // The host gets a turn: signals, drawing.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  if (step > first) await save();
  return { outcome: "complete", step, elapsed: elapsed(), loss: loss ?? NaN };
}

function seconds(): number {
  return performance.now() / 1000;
}
