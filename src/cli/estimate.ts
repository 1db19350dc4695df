/** How long a training will take, before it starts. */
import { snapshot } from "../nn/index.js";
import type { Optimizer } from "../optim/index.js";
import { step } from "../tensor/index.js";
import type { Budget, Learner } from "../train/index.js";
import { duration } from "./format.js";
import type { Row } from "./messages.js";

/** Steps and seconds from which on a run's duration is told before it starts. */
const MANY_STEPS = 100;
const WORTH_TELLING = 20;
/** How many steps are tried for that, at most, and for how long. */
const TRIED_STEPS = 10;
const TRIED_SECONDS = 2;

/**
 * How long a new run will take that is to do so many steps, by a few that are tried and leave no trace: without the update, which is small
 * beside the gradient, and without validations and checkpoints. 0 for a few steps, and where seconds are given.
 */
export async function estimatedSeconds({ learner, optimizer }: { readonly learner: Learner; readonly optimizer: Optimizer }, budget: Budget | undefined): Promise<number> {
  const steps = budget !== undefined && "steps" in budget ? budget.steps : 0;
  if (steps < MANY_STEPS) return 0;
  const { json, tensors } = learner.state();
  const before = await snapshot(tensors);
  const tryStep = async () => {
    step(() => learner.loss().loss.backward());
    await optimizer.parameters.values().next().value!.backend.finish();
    return performance.now() / 1000;
  };
  // The first step also compiles and allocates.
  const began = await tryStep();
  let [tried, now] = [0, began];
  do {
    now = await tryStep();
    tried++;
  } while (now - began < TRIED_SECONDS && tried < TRIED_STEPS);
  optimizer.zeroGrad();
  learner.load({ json, tensors: before });
  return ((now - began) / tried) * steps;
}

/** What is told of it: nothing where it is soon done. */
export function durationRows(seconds: number): Row[] {
  return seconds < WORTH_TELLING ? [] : [["takes", `about ${duration(seconds)}, if the machine stays as busy as it is now`]];
}
