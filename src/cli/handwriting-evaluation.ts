/** What `unrolled eval` tells about a run of handwriting. */
import { loadPenModel, measurePen, natsPerPoint, natsPerSequence, squaredErrorPerPoint, type PenMeasure } from "../systems/handwriting/index.js";
import { startBackend } from "./common-options.js";
import type { Context } from "./context.js";
import { grouped, table } from "./format.js";
import { rereadPenCorpus, sequencesOf, type HandwritingRun } from "./handwriting-run.js";
import { printJson, warn } from "./messages.js";
import { penDataText } from "./pen-corpus.js";

type Part = "test" | "validation" | "training";

/** As Graves (2013) reports it: nats of a sequence and squared error of a point, in standard deviations of the training set. */
export async function evaluateHandwriting(
  opened: HandwritingRun,
  values: Parameters<typeof startBackend>[0] & { readonly part: Part; readonly json: boolean },
  context: Context,
): Promise<number> {
  await startBackend(values);
  const { model, notes } = await loadPenModel(opened.run, opened.config);
  for (const note of notes) warn(context, note);
  const { config, run } = opened;
  const { split } = await rereadPenCorpus(opened);
  const sequences = sequencesOf(config.handwriting, split, config.scale)[values.part];
  const measure = measurePen(model, sequences);
  if (values.json) {
    printJson(context, { run: run.location, part: values.part, ...measure, ...ratesOf(measure) });
    return 0;
  }
  const { terminal } = context;
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [{ title: "part" }, right("sequences"), right("points"), right("nats/sequence"), right("nats/point"), right("squared error")];
  const rates = ratesOf(measure);
  const [head, line] = table(columns, [[
    values.part, grouped(measure.sequences), grouped(measure.movements), rates.natsPerSequence.toFixed(1), rates.natsPerPoint.toFixed(3),
    rates.squaredErrorPerPoint.toFixed(3),
  ]]);
  terminal.print(terminal.style("dim", head!));
  terminal.print(line);
  terminal.print(`Of ${penDataText(config.data)}; movements in standard deviations of the training set, the squared error that of the mixtures' means.`);
  return 0;
}

function ratesOf(measure: PenMeasure) {
  return { natsPerSequence: natsPerSequence(measure), natsPerPoint: natsPerPoint(measure), squaredErrorPerPoint: squaredErrorPerPoint(measure) };
}
