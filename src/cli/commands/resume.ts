import { checkpointProgress, requireTrainable, type Budget, type Checkpoint, type Run } from "../../train/index.js";
import { backendOptions, jsonOption } from "../common-options.js";
import { defineCommand, UsageError, type Values } from "../command.js";
import type { Context } from "../context.js";
import { grouped } from "../format.js";
import { openHandwritingRun, reopenHandwritingRun } from "../handwriting-run.js";
import { runHandwritingTraining } from "../handwriting-training.js";
import { printJson, warn } from "../messages.js";
import { openRecogniserRun, reopenRecogniserRun } from "../recogniser-run.js";
import { runRecogniserTraining } from "../recogniser-training.js";
import { withRunLock } from "../run-lock.js";
import { backendOfRun, type RecordedBackend } from "../runs.js";
import { runTextTraining } from "../text-training.js";
import type { TrainingRequest } from "../training.js";
import { budgetOf, budgetOptions } from "../text-options.js";
import { openRun, reopenTextRun } from "../text-run.js";
import { openVectorRun, requireReadable, type VectorRun } from "../vector-run.js";
import { runVectorTraining } from "../vector-training.js";

const options = { ...budgetOptions, ...backendOptions, ...jsonOption };
type ResumeValues = Values<typeof options>;

export const resume = defineCommand({
  name: "resume",
  summary: "Goes on with a run that was stopped, killed or completed, from its last checkpoint.",
  positionals: { usage: "RUN", min: 1, max: 1, help: "the folder of the run" },
  options,
  details:
    "Without --steps or --seconds it does what was asked for at first. --steps counts from the run's very first step, " +
    "--seconds from now. A run in steps ends with the same numbers, to the last bit, as if it had never been stopped; so do word vectors " +
    "that are trained with one thread.",
  examples: [
    ["unrolled resume runs/moby-dick", "finish what was begun"],
    ["unrolled resume runs/moby-dick --steps 20000", "train on until step 20000"],
    ["unrolled resume runs/moby-dick --seconds 600", "train for ten minutes more"],
  ],
  async run({ values, positionals }, context: Context) {
    const [folder = ""] = positionals;
    const vectorRun = await openVectorRun(folder);
    if (vectorRun !== undefined) return resumeVectors(vectorRun, values, context);
    const handwritingRun = await openHandwritingRun(folder);
    if (handwritingRun !== undefined) {
      return resumeDescent(context, values, { ...handwritingRun, reopen: () => reopenHandwritingRun(handwritingRun), train: runHandwritingTraining });
    }
    const recogniserRun = await openRecogniserRun(folder);
    if (recogniserRun !== undefined) {
      return resumeDescent(context, values, { ...recogniserRun, reopen: () => reopenRecogniserRun(recogniserRun), train: runRecogniserTraining });
    }
    const { run, config } = await openRun(folder);
    return resumeDescent(context, values, { run, config, reopen: () => reopenTextRun(run, config), train: runTextTraining });
  },
});

/** A run that is trained by gradient descent, of any kind. */
interface DescentRun<S> {
  readonly run: Run;
  readonly config: { readonly backend: RecordedBackend; readonly budget: Budget };
  readonly reopen: () => Promise<S & { readonly checkpoint: Checkpoint | undefined; readonly notes: readonly string[] }>;
  readonly train: (context: Context, request: TrainingRequest<S>) => Promise<number>;
}

async function resumeDescent<S>(context: Context, values: ResumeValues, { run, config, reopen, train }: DescentRun<S>): Promise<number> {
  const budget = budgetOf(values);
  const { json } = values;
  return withRunLock(run.location, async () => {
    if (await isEnough(run, budget, json, context)) return 0;
    const { backend, note } = await backendOfRun(config, values);
    const session = await reopen();
    const { checkpoint, notes } = session;
    for (const line of note === undefined ? notes : [...notes, note]) warn(context, line);
    return train(context, { session, backend, checkpoint, ...budgetFrom(budget, checkpoint, config.budget), json });
  });
}

/** Before its first checkpoint a run starts again with what was asked for at first. */
function budgetFrom(asked: Budget | undefined, checkpoint: Checkpoint | undefined, first: Budget): { budget?: Budget } {
  const budget = asked ?? (checkpoint === undefined ? first : undefined);
  return budget === undefined ? {} : { budget };
}

/** Whether all that is asked for was done before, which is then told. */
async function isEnough(run: Run, budget: Budget | undefined, json: boolean, context: Context): Promise<boolean> {
  const done = await stepsDone(run);
  const enough = budget === undefined ? done.complete : "steps" in budget && budget.steps <= done.step;
  if (enough && json) printJson(context, { event: "end", run: run.location, outcome: "complete", step: done.step });
  else if (enough) {
    const more = `--steps ${2 * done.step} or --seconds 60`;
    context.terminal.print(`${run.location} has done its ${grouped(done.step)} steps. To train on, say how far: ${more}.`);
  }
  return enough;
}

async function resumeVectors(vectorRun: VectorRun, values: ResumeValues, context: Context): Promise<number> {
  const { run, config } = vectorRun;
  if (budgetOf(values) !== undefined) throw new UsageError(`${run.location} holds word vectors, which end with their epochs: leave --steps and --seconds out.`);
  return withRunLock(run.location, async () => {
    await requireReadable(vectorRun);
    const { backend, note } = await backendOfRun(config, values);
    if (note !== undefined) warn(context, note);
    return runVectorTraining(context, { vectorRun, backend, json: values.json });
  });
}

/** How far a run is, and whether nothing remains to be done, the last line of its metrics included. @throws RunError if it cannot be trained on */
async function stepsDone(run: Run): Promise<{ step: number; complete: boolean }> {
  const last = await run.lastCheckpoint();
  if (last === undefined) return { step: 0, complete: false };
  requireTrainable(last.checkpoint.state);
  const { step, steps } = checkpointProgress(last.checkpoint);
  const closed = (await run.metrics()).at(-1)?.["step"] === step;
  return { step, complete: steps !== undefined && step >= steps && closed };
}
