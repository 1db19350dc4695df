/** A training in a few numbers: what the claims of stories are about. */
import type { LongLagConfig } from "./config.js";
import { longLagTask } from "./tasks.js";
import type { Recording, WatchedStep } from "./watch.js";

export interface Summary {
  /** The median loss of the last tenth of the steps as a share of that of guessing; Infinity where training diverged. */
  readonly share: number;
  readonly diverged: boolean;
  /** Norm of the whole gradient, before clipping: at the first step, and the largest. */
  readonly startNorm: number;
  readonly largestNorm: number;
  /** ||dL/dh_1|| / ||dL/dh_T||, geometric mean over the first steps of training, and over the last. NaN without steps. */
  readonly firstReach: number;
  readonly lastReach: number;
}

/** Steps at the start of training over which `firstReach` is taken. */
const START = 10;

export function summarise({ task, lag }: Pick<LongLagConfig, "task" | "lag">, { steps, end }: Recording): Summary {
  const last = steps.slice(-Math.max(1, Math.round(steps.length / 10)));
  const diverged = end.outcome === "diverged";
  return {
    share: diverged ? Infinity : median(last.map(({ loss }) => loss)) / longLagTask(task, lag).chance,
    diverged,
    startNorm: steps[0]?.gradientNorm ?? NaN,
    largestNorm: Math.max(...steps.map(({ gradientNorm }) => gradientNorm)),
    firstReach: meanReach(steps.slice(0, START)),
    lastReach: meanReach(last),
  };
}

function meanReach(steps: readonly WatchedStep[]): number {
  return Math.exp(mean(steps.map(({ reach }) => Math.log(reach[0]! / reach.at(-1)!))));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
