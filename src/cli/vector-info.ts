/** What `unrolled info` tells about a run of word vectors. */
import { backendText } from "./common-options.js";
import type { Context } from "./context.js";
import { duration, grouped } from "./format.js";
import { printJson } from "./messages.js";
import { printLossCurve, printSection, runState } from "./run-info.js";
import { checkpointText } from "./runs.js";
import { settingsText } from "./vector-options.js";
import { corpusFacts, epochsOf, inputsText, isFinished, keptWordsText, type CorpusFacts, type VectorRun } from "./vector-run.js";
import { lossUnitOf } from "./vector-training.js";

export async function infoVectors(vectorRun: VectorRun, json: boolean, context: Context): Promise<number> {
  const { run, config } = vectorRun;
  const facts = await corpusFacts(vectorRun);
  const { metrics, progress } = await runState(run, context);
  if (json) {
    printJson(context, { run: run.location, ...config, corpus: facts, complete: isFinished(vectorRun), progress, lastMetrics: metrics.at(-1) });
    return 0;
  }
  const { terminal } = context;
  const unit = lossUnitOf(config.vectors.method);
  printSection(terminal, "Word vectors", [`${settingsText(config.vectors)}, learning rate ${config.vectors.lr}`]);
  printSection(terminal, "Text", textLines(vectorRun, facts));
  printSection(terminal, "Training", []);
  if (facts !== undefined) terminal.print(`  ${grouped(epochsOf(config.vectors, facts))} epochs`);
  if (progress !== undefined) {
    const { step, steps, elapsed } = progress;
    const of = steps === step ? ", complete" : ` of ${grouped(steps!)}`;
    terminal.print(`  step ${grouped(step)}${of}, in ${duration(elapsed)}`);
    const loss = metrics.findLast((line) => line["trainingLoss"] !== undefined)?.["trainingLoss"];
    if (loss !== undefined) terminal.print(`  ${unit.format(loss)} ${unit.name}`);
  }
  terminal.print(`  began with Unrolled ${config.version} on ${backendText(config.backend)}`);
  terminal.print(`  ${progress === undefined ? "no checkpoint yet" : checkpointText(run.location, progress.step)}`);
  printLossCurve(terminal, metrics, unit);
  return 0;
}

function textLines({ config }: VectorRun, facts: CorpusFacts | undefined): string[] {
  const what = inputsText(config.data.inputs);
  if (facts === undefined) return [`${what}, not read to the end yet`];
  const { documents, words, types } = facts;
  return [
    `${what}: ${grouped(documents)} document${documents === 1 ? "" : "s"}, ${grouped(words)} words, ${grouped(types)} different`,
    `vectors for ${keptWordsText(config.vectors, facts)}`,
  ];
}
