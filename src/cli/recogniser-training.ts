/** Training of a recogniser. */
import { train } from "../train/index.js";
import { backendText } from "./common-options.js";
import type { Context } from "./context.js";
import { grouped } from "./format.js";
import { TRAINING_AND_VALIDATION, type LossUnit } from "./progress.js";
import type { RecogniserSession } from "./recogniser-run.js";
import { folderRow, runTraining, type TrainingRequest } from "./training.js";

export const NATS_PER_CHARACTER: LossUnit = {
  name: "nats per character",
  short: "nats/char",
  of: (nats) => nats,
  format: (nats) => nats.toFixed(3),
};

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export function runRecogniserTraining(context: Context, request: TrainingRequest<RecogniserSession>): Promise<number> {
  const { session, backend, budget, checkpoint, json } = request;
  const { run, config, learner, optimizer } = session;
  const { parameters, recogniser: settings, data, characters } = config;
  return runTraining(context, {
    run,
    json,
    opening: {
      facts: { step: checkpoint?.step ?? 0, parameters, config: settings },
      rows: [
        ["data", `${grouped(data.lines)} rendered lines of at most ${data.longest} characters`],
        ["fonts", data.fonts.join(", ")],
        ["model", `${settings.cell}, ${settings.layers} layer${settings.layers === 1 ? "" : "s"} of ${settings.hidden} in both directions, ${characters.length} characters, ${grouped(parameters)} parameters`],
        ["runs on", backendText(backend)],
        folderRow(run, checkpoint),
      ],
    },
    form: { read: "columns", unit: NATS_PER_CHARACTER, ...TRAINING_AND_VALIDATION },
    train: (watched) => train({ learner, optimizer, settings, run, checkpoint, ...(budget !== undefined && { budget }), ...watched }),
  });
}
