/** Training as the commands do it: progress shown, signals heeded, the end explained. */
import { snapshot } from "../nn/index.js";
import { step } from "../tensor/index.js";
import { train, type Budget, type Checkpoint, type TrainingResult } from "../train/index.js";
import { warn, type Context } from "./context.js";
import { duration, grouped } from "./format.js";
import { backendText } from "./common-options.js";
import type { Backend } from "../backend/index.js";
import { commandName } from "./next-steps.js";
import { bits, lossCurve, ProgressDisplay, textProgress } from "./progress.js";
import { INTERRUPTED, stoppable } from "./stoppable.js";
import { DEFAULT_CORPUS } from "./text-corpus.js";
import type { TextSession } from "./text-run.js";

/** Steps and seconds from which on a run's duration is told before it starts. */
const MANY_STEPS = 100;
const WORTH_TELLING = 20;
/** How many steps are tried for that, at most, and for how long. */
const TRIED_STEPS = 10;
const TRIED_SECONDS = 2;

export interface TrainingRequest {
  readonly session: TextSession;
  readonly backend: Backend;
  readonly budget?: Budget;
  readonly checkpoint?: Checkpoint | undefined;
  readonly json: boolean;
}

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export async function runTraining(context: Context, request: TrainingRequest): Promise<number> {
  const { session, budget, checkpoint, json } = request;
  const { run, config, vocabulary } = session;
  const { terminal } = context;
  const seconds = budget !== undefined && "steps" in budget && checkpoint === undefined ? await estimatedSeconds(session, budget.steps) : 0;
  if (!json) for (const line of openingLines(context, request, seconds)) terminal.print(line);
  else {
    const { parameters, text } = config;
    printJson(context, { event: "start", run: run.location, step: checkpoint?.step ?? 0, parameters, config: text, ...(seconds > 0 && { estimatedSeconds: seconds }) });
  }

  const display = new ProgressDisplay(terminal, textProgress(vocabulary.unit));
  const result = await stoppable(context, { folder: run.location, json }, (signal) =>
    train({
      learner: session.learner,
      optimizer: session.optimizer,
      noise: session.noise,
      settings: config.text,
      run,
      checkpoint,
      ...(budget !== undefined && { budget }),
      signal,
      onProgress: (progress) => {
        if (!json) display.show(progress);
        else if (progress.logged !== undefined) printJson(context, { event: "metrics", ...withBits(progress.logged) });
      },
    }),
  );
  if (json) printJson(context, { event: "end", run: run.location, ...result, ...withBits({ ...lossesOf(result) }) });
  else for (const line of await closingLines(context, session, result)) terminal.print(line);
  return result.outcome === "complete" ? 0 : INTERRUPTED;
}

/**
 * How long so many steps will take, by a few that are tried and leave no trace: without the update, which is small beside the gradient, and
 * without validations and checkpoints. 0 for a few steps.
 */
async function estimatedSeconds({ learner, optimizer }: TextSession, steps: number): Promise<number> {
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

function openingLines({ terminal }: Context, { session, backend, checkpoint }: TrainingRequest, seconds: number): string[] {
  const { config, vocabulary, run } = session;
  const { training, validation, test } = config.data.units;
  const heldOut = validation + test === 0 ? "" : `, and ${grouped(validation + test)} held out`;
  const { text } = config;
  const plural = (count: number, unit: string) => `${grouped(count)} ${unit}${count === 1 ? "" : "s"}`;
  const { inputs, corpus = DEFAULT_CORPUS } = config.data;
  const name = inputs.length > 0 ? "Text" : corpus === DEFAULT_CORPUS ? "Moby Dick" : corpus;
  const rows = [
    ["text", `${name}: ${plural(training, vocabulary.unit)} to learn from${heldOut}`],
    ["model", `${text.cell}, ${plural(text.layers, "layer")} of ${text.hidden}${text.skip ? " with skip connections" : ""}, ${grouped(config.parameters)} parameters`],
    ["runs on", backendText(backend)],
    ...(seconds < WORTH_TELLING ? [] : [["takes", `about ${duration(seconds)}, if the machine stays as busy as it is now`] as const]),
    ["folder", run.location + (checkpoint === undefined ? "" : `, going on from step ${grouped(checkpoint.step)}`)],
  ] as const;
  return [...rows.map(([title, value]) => `${terminal.style("dim", title.padEnd(8))} ${value}`), ""];
}

async function closingLines({ terminal }: Context, { run, vocabulary }: TextSession, result: TrainingResult): Promise<string[]> {
  const { outcome, step, elapsed, trainingLoss, validationLoss } = result;
  if (outcome === "interrupted") {
    return [`Stopped at step ${grouped(step)} and saved. Go on: ${terminal.style("bold", `${commandName()} resume ${run.location}`)}`];
  }
  const valid = validationLoss === undefined ? "" : `, validation ${terminal.style("yellow", bits(validationLoss))}`;
  return [
    ...lossCurve(terminal, await run.metrics(), `bits per ${vocabulary.unit}`),
    "",
    `${grouped(step)} steps in ${duration(elapsed)}: training ${terminal.style("cyan", bits(trainingLoss))}${valid} bits per ${vocabulary.unit}`,
  ];
}

/** Tells what was passed over while reading. */
export function tellSkipped(context: Context, skipped: readonly string[]): void {
  if (skipped.length === 0) return;
  const more = skipped.length > 3 ? ` and ${skipped.length - 3} more` : "";
  warn(context, `Skipped ${skipped.slice(0, 3).join(", ")}${more}.`);
}

export function printJson({ terminal }: Context, value: unknown): void {
  terminal.print(JSON.stringify(value));
}

/** Adds every loss in bits. */
function withBits(line: Readonly<Record<string, number>>): Record<string, number> {
  const inBits = Object.entries(line)
    .filter(([name]) => name.endsWith("Loss"))
    .map(([name, nats]) => [name.replace(/Loss$/, "Bits"), nats / Math.LN2] as const);
  return { ...line, ...Object.fromEntries(inBits) };
}

function lossesOf({ trainingLoss, validationLoss }: TrainingResult): Record<string, number> {
  return { trainingLoss, ...(validationLoss !== undefined && { validationLoss }) };
}

