/** What `unrolled info` tells about a run of handwriting. */
import { createPenModel } from "../systems/handwriting/index.js";
import { RandomStream } from "../tensor/index.js";
import type { checkpointProgress } from "../train/index.js";
import { backendText, startBackend } from "./common-options.js";
import type { Context } from "./context.js";
import { duration, grouped, wrap } from "./format.js";
import type { HandwritingRun } from "./handwriting-run.js";
import { NATS_PER_POINT } from "./handwriting-training.js";
import { printJson } from "./messages.js";
import { fontsOf, penDataText } from "./pen-corpus.js";
import { printLossCurve, printSection, runState } from "./run-info.js";
import { checkpointText } from "./runs.js";

export async function infoHandwriting({ run, config }: HandwritingRun, values: Parameters<typeof startBackend>[0] & { json: boolean }, context: Context): Promise<number> {
  const { metrics, progress } = await runState(run, context);
  if (values.json) {
    printJson(context, { run: run.location, ...config, progress, lastMetrics: metrics.at(-1) });
    return 0;
  }
  await startBackend(values);
  const { terminal } = context;
  const section = (title: string, lines: readonly string[]) => printSection(terminal, title, lines);
  const { data, handwriting, backend } = config;
  terminal.print(createPenModel(handwriting, new RandomStream(0), config.script, config.names).toString());
  const part = (name: "training" | "validation" | "test") => `${name} ${grouped(data[name].sequences)} sequences, ${grouped(data[name].movements)} points`;
  const fonts = fontsOf(data);
  section("Pen data", [penDataText(data), ...(fonts.length > 0 ? wrap(`in ${fonts.join(", ")}`, terminal.columns - 2) : []), part("training"), part("validation"), part("test")]);
  const { writer, class: what } = config.names ?? {};
  if (writer !== undefined) section("Writers", wrap(writer.join(", "), terminal.columns - 2));
  if (what !== undefined) section("Draws", classLines(what, terminal.columns - 2));
  section("Training", [
    ...(progress === undefined ? ["no checkpoint yet"] : progressLines(progress, data.training.movements)),
    `${handwriting.optimizer} at ${handwriting.lr}, ${handwriting.batch} sequences a step, seed ${handwriting.seed}`,
    `began with Unrolled ${config.version} on ${backendText(backend)}`,
    ...(progress === undefined ? [] : [checkpointText(run.location, progress.step)]),
  ]);
  printLossCurve(terminal, metrics, NATS_PER_POINT);
  return 0;
}

/** Chinese characters are two columns wide. */
function classLines(names: readonly string[], columns: number): string[] {
  return names.every((name) => Array.from(name).length === 1) ? wrap(names.join(""), Math.floor(columns / 2)) : wrap(names.join(", "), columns);
}

function progressLines({ step, steps, elapsed, predictions, validationLoss }: ReturnType<typeof checkpointProgress>, movements: number): string[] {
  const of = steps === undefined ? "" : steps === step ? ", complete" : ` of ${grouped(steps)}`;
  return [
    `step ${grouped(step)}${of}, the data read ${(predictions / Math.max(1, movements)).toFixed(2)} times in ${duration(elapsed)}`,
    ...(validationLoss === undefined ? [] : [`validation ${NATS_PER_POINT.format(validationLoss)} ${NATS_PER_POINT.name}`]),
  ];
}
