/** Training watched step by step: what the Lab draws, and what the stories are judged by. */
import { DivergedError, trainSteps } from "../../train/index.js";
import { longLagOptimizer, type LongLagConfig } from "./config.js";
import { LongLagLearner } from "./learner.js";

/** One training step, seen. */
export interface WatchedStep {
  /** From 1. */
  readonly step: number;
  /** In the unit of the task, of sequences never seen before. */
  readonly loss: number;
  /** Norm of the gradient of all parameters, before clipping. */
  readonly gradientNorm: number;
  /** ||dL/dh_t||, over the rows of the batch and the units: [time]. */
  readonly reach: Float32Array;
  /** Of the matrix that carries the state, after the step; NaN where it was not asked for. */
  readonly spectralRadius: number;
}

/** How the training ended. */
export type WatchedEnd = { readonly outcome: "complete" } | { readonly outcome: "diverged"; readonly step: number; readonly message: string };

export interface WatchOptions {
  /** Steps between computations of the spectral radius. @default 1 */
  readonly radiusEvery?: number;
}

/**
 * Trains by one configuration and tells of every step. A loss that is no longer finite ends it without an error: here that is something to
 * be seen.
 * @throws RangeError naming the setting that does not fit
 */
export async function* watchLongLag(config: LongLagConfig, { radiusEvery = 1 }: WatchOptions = {}): AsyncGenerator<WatchedStep, WatchedEnd, void> {
  const learner = new LongLagLearner(config);
  const steps = trainSteps({
    learner,
    optimizer: longLagOptimizer(config, learner.parameters),
    settings: { lr: config.lr, schedule: "constant", clip: config.clip, logEvery: 1, validateEvery: config.steps },
    budget: { steps: config.steps },
  });
  try {
    for await (const { step, logged } of steps) {
      const { trainingLoss: loss, gradientNorm } = logged ?? {};
      if (loss === undefined || gradientNorm === undefined) continue;
      const spectralRadius = step % radiusEvery === 0 ? learner.spectralRadius() : NaN;
      yield { step, loss, gradientNorm, reach: learner.reach(), spectralRadius };
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    return { outcome: "diverged", step: error.step, message: error.message };
  }
  return { outcome: "complete" };
}

/** A whole training, seen. */
export interface Recording {
  readonly steps: readonly WatchedStep[];
  readonly end: WatchedEnd;
}

export async function recordLongLag(config: LongLagConfig, options: WatchOptions = {}): Promise<Recording> {
  const watching = watchLongLag(config, options);
  const steps: WatchedStep[] = [];
  for (;;) {
    const { done, value } = await watching.next();
    if (done) return { steps, end: value };
    steps.push(value);
  }
}
