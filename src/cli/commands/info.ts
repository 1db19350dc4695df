import { describeBackends } from "../../backend/index.js";
import { cells, compileCell, keptForBackward, type Cell, type KeptValues } from "../../cell/index.js";
import { createTextModel } from "../../systems/text/index.js";
import { RandomStream } from "../../tensor/index.js";
import type { checkpointProgress } from "../../train/index.js";
import { backendOptions, backendText, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, type Values } from "../command.js";
import type { Context } from "../context.js";
import { bytes, duration, grouped, table, wrap } from "../format.js";
import { printLossCurve, printSection, runState } from "../run-info.js";
import { checkpointText } from "../runs.js";
import { cellOfRun, openRun, readVocabulary, type TextRunConfig } from "../text-run.js";
import { bitsPer } from "../text-training.js";
import { infoHandwriting } from "../handwriting-info.js";
import { openHandwritingRun } from "../handwriting-run.js";
import { printJson } from "../messages.js";
import { infoRecogniser } from "../recogniser-info.js";
import { openRecogniserRun } from "../recogniser-run.js";
import { infoVectors } from "../vector-info.js";
import { openVectorRun } from "../vector-run.js";

const options = { ...backendOptions, ...jsonOption };

export const info = defineCommand({
  name: "info",
  summary: "Tells about a run, about the cells there are, or about what computes here.",
  positionals: { usage: "RUN|cells|backends", min: 1, max: 1, help: "the folder of a run, or one of the two words" },
  options,
  examples: [
    ["unrolled info runs/moby-dick", "the model, its text, how far it is, its curve"],
    ["unrolled info cells", "every cell that --cell takes"],
    ["unrolled info backends", "which instruction set and how many threads run, and why"],
  ],
  async run({ values, positionals: [topic = ""] }, context: Context) {
    if (topic === "cells") return infoCells(values, context);
    if (topic === "backends") return infoBackends(values, context);
    return infoRun(topic, values, context);
  },
});

type InfoValues = Values<typeof options>;

/** What each cell is, short enough for a table; a test sees to it that none is missing. */
export const CELL_NOTES: Readonly<Record<string, string>> = {
  elman: "the simple recurrent network (Elman 1990)",
  "elman-relu": "the same with ReLU (Le et al. 2015)",
  lstm: "long short-term memory (Gers et al. 2000)",
  "peephole-lstm": "its gates see the memory (Graves 2013)",
  "coupled-lstm": "input = 1 - forget (Greff et al. 2015)",
  "layer-norm-lstm": "normalises its products (Ba et al. 2016)",
  gru: "reset after the product, as in PyTorch",
  "gru-reset-before": "as first published (Cho et al. 2014)",
  mut1: "found by search (Jozefowicz et al. 2015)",
  mut2: "found by the same search",
  mut3: "found by the same search",
};

async function infoCells(values: InfoValues, context: Context): Promise<number> {
  const rows = [...cells.values()].map((cell) => ({
    name: cell.name,
    states: cell.states,
    maps: mapNames(cell),
    keeps: keptForBackward(compileCell(cell, { inputSize: 128, hiddenSize: 128 })),
    what: CELL_NOTES[cell.name] ?? "",
  }));
  const { terminal } = context;
  if (values.json) {
    printJson(context, rows);
    return 0;
  }
  const columns = [{ title: "cell" }, { title: "states" }, { title: "maps", align: "right" as const }, { title: "keeps" }, { title: "" }];
  const cellsOf = ({ name, states, maps, keeps, what }: (typeof rows)[number]) => [
    name, states.join(" "), String(maps.length), keptText(keeps), what,
  ];
  const lines = table(columns, rows.map(cellsOf));
  terminal.print(terminal.style("dim", lines[0]!));
  for (const line of lines.slice(1)) terminal.print(line);
  terminal.print();
  const legend =
    "maps: learned maps to the width of the state, its gates and candidates. keeps: what training keeps of every token " +
    "until the backward pass, H being the width of the state. Every cell is a few lines of equations in src/cell/cells/; " +
    "one of your own is as fast.";
  for (const line of wrap(legend, Math.min(terminal.columns, 100))) terminal.print(line);
  return 0;
}

/** "11H+9": values as wide as the state, and single numbers. */
function keptText({ hidden, row }: KeptValues): string {
  return `${hidden}H${row > 0 ? `+${row}` : ""}`;
}

function mapNames(cell: Cell): string[] {
  return cell.linears.map(({ name }) => name);
}

async function infoBackends(values: InfoValues, context: Context): Promise<number> {
  const described = await describeBackends({
    ...(values.backend !== undefined && { backend: values.backend }),
    ...(values.threads !== undefined && { threads: values.threads }),
  });
  if (values.json) {
    printJson(context, described);
    return 0;
  }
  const { terminal } = context;
  for (const { name, available, chosen, isa, threads, reasons } of described) {
    const title = available ? `${name} ${isa}, ${threads} thread${threads === 1 ? "" : "s"}` : `${name}, not available`;
    const mark = chosen ? terminal.style("green", "●") : terminal.style("dim", "○");
    terminal.print(`${mark} ${terminal.style("bold", title)}${chosen ? "  runs by default" : ""}`);
    for (const reason of reasons) terminal.print(`    ${reason}`);
  }
  return 0;
}

async function infoRun(folder: string, values: InfoValues, context: Context): Promise<number> {
  const vectorRun = await openVectorRun(folder);
  if (vectorRun !== undefined) return infoVectors(vectorRun, values.json, context);
  const handwritingRun = await openHandwritingRun(folder);
  if (handwritingRun !== undefined) return infoHandwriting(handwritingRun, values, context);
  const recogniserRun = await openRecogniserRun(folder);
  if (recogniserRun !== undefined) return infoRecogniser(recogniserRun, values, context);
  const { run, config } = await openRun(folder);
  await startBackend(values);
  const vocabulary = await readVocabulary(run);
  const { metrics, progress } = await runState(run, context);
  if (values.json) {
    printJson(context, { run: folder, ...config, vocabulary: vocabulary.size, progress, lastMetrics: metrics.at(-1) });
    return 0;
  }
  const { terminal } = context;
  const cell = await cellOfRun(run);
  const model = createTextModel(config.text, vocabulary.size, new RandomStream(0), cell && { cell });
  terminal.print(model.toString());
  printSection(terminal, "Text", textLines(config, vocabulary.unit));
  printSection(terminal, "Training", trainingLines(config, folder, progress, vocabulary.unit));
  printLossCurve(terminal, metrics, bitsPer(vocabulary.unit));
  return 0;
}

function textLines({ data, text }: TextRunConfig, unit: string): string[] {
  const { files } = data.fingerprint;
  const size = bytes(files.reduce((sum, file) => sum + file.bytes, 0));
  const named = files.length === 1 ? files[0]!.name : `${files[0]!.name} … ${files.at(-1)!.name}`;
  const what = data.inputs.length === 0 ? "Moby Dick" : named;
  const part = (name: "training" | "validation" | "test") => `${name} ${grouped(data.units[name])}`;
  return [
    `${what}, ${files.length} file${files.length === 1 ? "" : "s"}, ${size}`,
    `${unit}s: ${part("training")}, ${part("validation")}, ${part("test")}`,
    `read by ${text.batch} rows, ${text.window} ${unit}s at a time`,
  ];
}

function trainingLines(config: TextRunConfig, folder: string, progress: ReturnType<typeof checkpointProgress> | undefined, unit: string): string[] {
  const { text, backend } = config;
  const schedule = text.schedule === "decay" ? "falling in the last third" : "constant";
  const how = `${text.optimizer} at ${text.lr}, ${schedule}, gradient norm at most ${text.clip || "∞"}, seed ${text.seed}`;
  const began = `began with Unrolled ${config.version} on ${backendText(backend)}`;
  if (progress === undefined) return [how, began, "no checkpoint yet"];
  const { step, steps, elapsed, predictions, validationLoss } = progress;
  const epochs = (predictions / (config.data.units.training + config.data.documents.training)).toFixed(2);
  const of = steps === undefined ? "" : steps === step ? ", complete" : ` of ${grouped(steps)}`;
  return [
    `step ${grouped(step)}${of}, the text read ${epochs} times in ${duration(elapsed)}`,
    ...(validationLoss === undefined ? [] : [`validation ${bitsPer(unit).format(validationLoss)} bits per ${unit}`]),
    how,
    began,
    checkpointText(folder, step),
  ];
}
