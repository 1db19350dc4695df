/** Training of a model of pen strokes. */
import { train } from "../train/index.js";
import { backendText } from "./common-options.js";
import type { Context } from "./context.js";
import { durationRows, estimatedSeconds } from "./estimate.js";
import { grouped } from "./format.js";
import type { HandwritingSession } from "./handwriting-run.js";
import type { Row } from "./messages.js";
import { fontsOf, penDataText } from "./pen-corpus.js";
import { TRAINING_AND_VALIDATION, type LossUnit } from "./progress.js";
import { folderRow, runTraining, type TrainingRequest } from "./training.js";

/** Losses of pen data are densities of movements in standard deviations: below 0 where the model is sure. */
export const NATS_PER_POINT: LossUnit = {
  name: "nats per point",
  short: "nats/point",
  of: (nats) => nats,
  format: (nats) => nats.toFixed(3),
};

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export async function runHandwritingTraining(context: Context, request: TrainingRequest<HandwritingSession>): Promise<number> {
  const { session, budget, checkpoint, json } = request;
  const { run, config, learner, optimizer, noise } = session;
  const { parameters, handwriting: settings } = config;
  const seconds = checkpoint === undefined ? await estimatedSeconds(session, budget) : 0;
  return runTraining(context, {
    run,
    json,
    opening: {
      facts: { step: checkpoint?.step ?? 0, parameters, config: settings, ...(seconds > 0 && { estimatedSeconds: seconds }) },
      rows: openingRows(request, seconds),
    },
    form: { read: "points", unit: NATS_PER_POINT, ...TRAINING_AND_VALIDATION },
    train: (watched) => train({ learner, optimizer, noise, settings, run, checkpoint, ...(budget !== undefined && { budget }), ...watched }),
  });
}

function openingRows({ session, backend, checkpoint }: TrainingRequest<HandwritingSession>, seconds: number): Row[] {
  const { config, run } = session;
  const { data } = config;
  const { training, validation, test } = data;
  const fonts = fontsOf(data);
  const held = validation.sequences + test.sequences;
  return [
    ["data", penDataText(data)],
    ...(fonts.length > 0 ? [["fonts", fonts.join(", ")] as const] : []),
    ["size", `${grouped(training.sequences)} sequences of ${grouped(training.movements)} points to learn from, and ${grouped(held)} sequences held out`],
    ["model", modelText(config)],
    ["runs on", backendText(backend)],
    ...durationRows(seconds),
    folderRow(run, checkpoint),
  ];
}

/** "peephole-lstm, 2 layers of 128, 20 Gaussians, 232,569 parameters"; with a window over the text if it writes one */
export function modelText({ handwriting, parameters, script }: HandwritingSession["config"]): string {
  const { cell, layers, hidden, components, window } = handwriting;
  const reads = script === undefined ? "" : ` a window of ${window} over ${Array.from(script.characters).length} characters,`;
  return `${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hidden}, ${components} Gaussians,${reads} ${grouped(parameters)} parameters`;
}
