/** Training of a model of text. */
import type { Backend } from "../backend/index.js";
import { snapshot } from "../nn/index.js";
import { step } from "../tensor/index.js";
import { train, type Budget, type Checkpoint } from "../train/index.js";
import { backendText } from "./common-options.js";
import type { Context } from "./context.js";
import { duration, grouped } from "./format.js";
import type { Row } from "./messages.js";
import { TRAINING_AND_VALIDATION, type LossUnit } from "./progress.js";
import { DEFAULT_CORPUS } from "./text-corpus.js";
import type { TextSession } from "./text-run.js";
import { folderRow, runTraining } from "./training.js";

/** Steps and seconds from which on a run's duration is told before it starts. */
const MANY_STEPS = 100;
const WORTH_TELLING = 20;
/** How many steps are tried for that, at most, and for how long. */
const TRIED_STEPS = 10;
const TRIED_SECONDS = 2;

export interface TextTrainingRequest {
  readonly session: TextSession;
  readonly backend: Backend;
  readonly budget?: Budget;
  readonly checkpoint?: Checkpoint | undefined;
  readonly json: boolean;
}

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export async function runTextTraining(context: Context, request: TextTrainingRequest): Promise<number> {
  const { session, budget, checkpoint, json } = request;
  const { run, config, vocabulary, learner, optimizer, noise } = session;
  const { parameters, text: settings } = config;
  const seconds = budget !== undefined && "steps" in budget && checkpoint === undefined ? await estimatedSeconds(session, budget.steps) : 0;
  return runTraining(context, {
    run,
    json,
    opening: {
      facts: { step: checkpoint?.step ?? 0, parameters, config: settings, ...(seconds > 0 && { estimatedSeconds: seconds }) },
      rows: openingRows(request, seconds),
    },
    form: { read: shortUnit(vocabulary.unit), unit: bitsPer(vocabulary.unit), ...TRAINING_AND_VALIDATION },
    train: (watched) => train({ learner, optimizer, noise, settings, run, checkpoint, ...(budget !== undefined && { budget }), ...watched }),
    losses: withBits,
  });
}

/** @param unit "character" */
export function bitsPer(unit: string): LossUnit {
  return {
    name: `bits per ${unit}`,
    short: `bits/${shortUnit(unit)}`,
    of: inBits,
    format: (nats) => inBits(nats).toFixed(3),
  };
}

/** "char" for "character" where room is short. */
function shortUnit(unit: string): string {
  return unit === "character" ? "char" : unit;
}

function inBits(nats: number): number {
  return nats / Math.LN2;
}

/** Adds every loss in bits. */
function withBits(line: Readonly<Record<string, number>>): Record<string, number> {
  const bits = Object.entries(line)
    .filter(([name]) => name.endsWith("Loss"))
    .map(([name, nats]) => [name.replace(/Loss$/, "Bits"), inBits(nats)] as const);
  return { ...line, ...Object.fromEntries(bits) };
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

function openingRows({ session, backend, checkpoint }: TextTrainingRequest, seconds: number): Row[] {
  const { config, vocabulary, run } = session;
  const { training, validation, test } = config.data.units;
  const heldOut = validation + test === 0 ? "" : `, and ${grouped(validation + test)} held out`;
  const { text } = config;
  const plural = (count: number, unit: string) => `${grouped(count)} ${unit}${count === 1 ? "" : "s"}`;
  const { inputs, corpus = DEFAULT_CORPUS } = config.data;
  const name = inputs.length > 0 ? "Text" : corpus === DEFAULT_CORPUS ? "Moby Dick" : corpus;
  return [
    ["text", `${name}: ${plural(training, vocabulary.unit)} to learn from${heldOut}`],
    ["model", `${text.cell}, ${plural(text.layers, "layer")} of ${text.hidden}${text.skip ? " with skip connections" : ""}, ${grouped(config.parameters)} parameters`],
    ["runs on", backendText(backend)],
    ...(seconds < WORTH_TELLING ? [] : [["takes", `about ${duration(seconds)}, if the machine stays as busy as it is now`] as const]),
    folderRow(run, checkpoint),
  ];
}
