/** What `unrolled info` tells about a run of the recogniser. */
import { createRecogniser } from "../systems/recogniser/index.js";
import { RandomStream } from "../tensor/index.js";
import { backendText, startBackend } from "./common-options.js";
import type { Context } from "./context.js";
import { duration, grouped, wrap } from "./format.js";
import { printJson } from "./messages.js";
import type { RecogniserRun } from "./recogniser-run.js";
import { NATS_PER_CHARACTER } from "./recogniser-training.js";
import { printLossCurve, printSection, runState } from "./run-info.js";
import { checkpointText } from "./runs.js";

export async function infoRecogniser({ run, config }: RecogniserRun, values: Parameters<typeof startBackend>[0] & { json: boolean }, context: Context): Promise<number> {
  const { metrics, progress } = await runState(run, context);
  if (values.json) {
    printJson(context, { run: run.location, ...config, progress, lastMetrics: metrics.at(-1) });
    return 0;
  }
  await startBackend(values);
  const { terminal } = context;
  const section = (title: string, lines: readonly string[]) => printSection(terminal, title, lines.flatMap((text) => wrap(text, terminal.columns - 2)));
  const { data, recogniser, characters, backend } = config;
  terminal.print(createRecogniser(recogniser, characters, new RandomStream(0)).toString());
  section("Lines", [`${grouped(data.lines)} of at most ${data.longest} characters, in ${data.fonts.join(", ")}`, `tells ${characters.length} characters apart: ${characters}`]);
  section("Training", [
    ...(progress === undefined ? ["no checkpoint yet"] : [`step ${grouped(progress.step)}${progress.step === progress.steps ? ", complete" : ""}, in ${duration(progress.elapsed)}`]),
    ...(progress?.validationLoss === undefined ? [] : [`validation ${NATS_PER_CHARACTER.format(progress.validationLoss)} ${NATS_PER_CHARACTER.name}, by other writers`]),
    `adam at ${recogniser.lr}, ${recogniser.batch} lines a step, seed ${recogniser.seed}`,
    `began with Unrolled ${config.version} on ${backendText(backend)}`,
    ...(progress === undefined ? [] : [checkpointText(run.location, progress.step)]),
  ]);
  printLossCurve(terminal, metrics, NATS_PER_CHARACTER);
  return 0;
}
