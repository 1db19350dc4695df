/** Training on pen data as the commands do it: progress shown, signals heeded, the end explained. */
import type { Backend } from "../backend/index.js";
import { train, type Budget, type Checkpoint, type TrainingResult } from "../train/index.js";
import { backendText } from "./common-options.js";
import type { Context } from "./context.js";
import { duration, grouped } from "./format.js";
import type { HandwritingSession } from "./handwriting-run.js";
import { commandName } from "./next-steps.js";
import { penDataText } from "./pen-corpus.js";
import { lossCurve, ProgressDisplay, type ProgressForm } from "./progress.js";
import { printJson } from "./run-training.js";
import { INTERRUPTED, stoppable } from "./stoppable.js";

/** Losses of pen data are densities of movements in standard deviations: below 0 where the model is sure. */
export const LOSS_UNIT = "nats per point";
export const formatNats = (nats: number): string => nats.toFixed(3);

const PROGRESS: ProgressForm = {
  read: "points",
  lossUnit: "nats/point",
  format: formatNats,
  losses: [
    { name: "train", style: "cyan", of: ({ trainingLoss }) => trainingLoss },
    { name: "valid", style: "yellow", of: ({ validationLoss }) => validationLoss },
  ],
  isLogged: ({ logged }) => logged?.["validationLoss"] !== undefined,
};

export interface HandwritingRequest {
  readonly session: HandwritingSession;
  readonly backend: Backend;
  readonly budget?: Budget;
  readonly checkpoint?: Checkpoint | undefined;
  readonly json: boolean;
}

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export async function runHandwritingTraining(context: Context, request: HandwritingRequest): Promise<number> {
  const { session, budget, checkpoint, json } = request;
  const { run, config, learner, optimizer } = session;
  const { terminal } = context;
  if (json) {
    const { parameters, handwriting } = config;
    printJson(context, { event: "start", run: run.location, step: checkpoint?.step ?? 0, parameters, config: handwriting });
  } else for (const line of openingLines(context, request)) terminal.print(line);
  const display = new ProgressDisplay(terminal, PROGRESS);
  const result = await stoppable(context, { folder: run.location, json }, (signal) =>
    train({
      learner, optimizer, run, checkpoint, signal,
      settings: config.handwriting,
      ...(budget !== undefined && { budget }),
      onProgress: (progress) => {
        if (!json) display.show(progress);
        else if (progress.logged !== undefined) printJson(context, { event: "metrics", ...progress.logged });
      },
    }),
  );
  if (json) printJson(context, { event: "end", run: run.location, ...result });
  else for (const line of await closingLines(context, session, result)) terminal.print(line);
  return result.outcome === "complete" ? 0 : INTERRUPTED;
}

function openingLines({ terminal }: Context, { session, backend, checkpoint }: HandwritingRequest): string[] {
  const { config, run } = session;
  const { data } = config;
  const { training, validation, test } = data;
  const held = validation.sequences + test.sequences;
  const rows = [
    ["data", penDataText(data)],
    ["size", `${grouped(training.sequences)} sequences of ${grouped(training.movements)} points to learn from, and ${grouped(held)} sequences held out`],
    ["model", modelText(config)],
    ["runs on", backendText(backend)],
    ["folder", run.location + (checkpoint === undefined ? "" : `, going on from step ${grouped(checkpoint.step)}`)],
  ] as const;
  return [...rows.map(([title, value]) => `${terminal.style("dim", title.padEnd(8))} ${value}`), ""];
}

/** "peephole-lstm, 2 layers of 128, 20 Gaussians, 232,569 parameters"; with a window over the text if it writes one */
export function modelText({ handwriting, parameters, script }: HandwritingSession["config"]): string {
  const { cell, layers, hidden, components, window } = handwriting;
  const reads = script === undefined ? "" : ` a window of ${window} over ${Array.from(script.characters).length} characters,`;
  return `${cell}, ${layers} layer${layers === 1 ? "" : "s"} of ${hidden}, ${components} Gaussians,${reads} ${grouped(parameters)} parameters`;
}

async function closingLines({ terminal }: Context, { run }: HandwritingSession, result: TrainingResult): Promise<string[]> {
  const { outcome, step, elapsed, trainingLoss, validationLoss } = result;
  if (outcome === "interrupted") {
    return [`Stopped at step ${grouped(step)} and saved. Go on: ${terminal.style("bold", `${commandName()} resume ${run.location}`)}`];
  }
  const valid = validationLoss === undefined ? "" : `, validation ${terminal.style("yellow", formatNats(validationLoss))}`;
  return [
    ...lossCurve(terminal, await run.metrics(), LOSS_UNIT, (nats) => nats),
    "",
    `${grouped(step)} steps in ${duration(elapsed)}: training ${terminal.style("cyan", formatNats(trainingLoss))}${valid} ${LOSS_UNIT}`,
  ];
}
