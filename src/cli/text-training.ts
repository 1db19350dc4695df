/** Training of a model of text. */
import { train } from "../train/index.js";
import { backendText } from "./common-options.js";
import type { Context } from "./context.js";
import { durationRows, estimatedSeconds } from "./estimate.js";
import { grouped } from "./format.js";
import type { Row } from "./messages.js";
import { TRAINING_AND_VALIDATION, type LossUnit } from "./progress.js";
import { DEFAULT_CORPUS } from "./text-corpus.js";
import type { TextSession } from "./text-run.js";
import { folderRow, runTraining, type TrainingRequest } from "./training.js";

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export async function runTextTraining(context: Context, request: TrainingRequest<TextSession>): Promise<number> {
  const { session, budget, checkpoint, json } = request;
  const { run, config, vocabulary, learner, optimizer, noise } = session;
  const { parameters, text: settings } = config;
  const seconds = checkpoint === undefined ? await estimatedSeconds(session, budget) : 0;
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

function openingRows({ session, backend, checkpoint }: TrainingRequest<TextSession>, seconds: number): Row[] {
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
    ...durationRows(seconds),
    folderRow(run, checkpoint),
  ];
}
