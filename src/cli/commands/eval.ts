import { encodeDocuments, wholeDocuments, type Document, type Vocabulary } from "../../data/index.js";
import { addMeasures, bitsPerUnit, measure, perplexity, type Measure, type TextModel } from "../../systems/text/index.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { choice, defineCommand, UsageError } from "../command.js";
import { warn, type Context } from "../context.js";
import { grouped, table } from "../format.js";
import { printJson } from "../run-training.js";
import { readWholeDocuments } from "../text-corpus.js";
import { loadTextModel, openRun, rereadCorpus } from "../text-run.js";

const partOption = {
  part: choice(["test", "validation", "training"] as const, {
    default: "test",
    help: "Which part of the run's own text, without FILES",
  }),
};

interface Row {
  readonly name: string;
  readonly measure: Measure;
  readonly unknown: number;
}

export const evaluate = defineCommand({
  name: "eval",
  summary: "Measures how well a trained model predicts text: bits per character, word or byte, and perplexity, file by file.",
  positionals: {
    usage: "RUN [FILES...]",
    min: 1,
    max: Infinity,
    help: "the folder of the run; files, folders, globs or - to measure, or nothing for what was kept for testing",
  },
  options: {
    ...partOption,
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "Every file is read from its first character to its last, the model's memory carried along. Bits count the end of the " +
    "file too and are shared among its characters; perplexity is that of one prediction.",
  examples: [
    ["unrolled eval runs/moby-dick", "the chapters kept for testing"],
    ["unrolled eval runs/moby-dick other/*.txt", "other texts, file by file"],
    ["unrolled eval runs/moby-dick --part validation --json", "for a script"],
  ],
  async run({ values, given, positionals: [folder = "", ...inputs] }, context: Context) {
    if (inputs.length > 0 && given.has("part")) {
      throw new UsageError("--part chooses a part of the run's own text: leave it out, or the files.");
    }
    const { run, config } = await openRun(folder);
    await startBackend(values);
    const { model, vocabulary, notes } = await loadTextModel(run, config);
    for (const note of notes) warn(context, note);
    const documents =
      inputs.length > 0
        ? readWholeDocuments({ inputs, vocabulary: vocabulary.kind, readStandardInput: context.readStandardInput })
        : (await rereadCorpus(run, config)).split[values.part];
    const rows = measureDocuments(model, vocabulary, documents);
    if (values.json) printJson(context, { run: folder, ...asJson(vocabulary, rows) });
    else for (const line of asTable(context, vocabulary, rows)) context.terminal.print(line);
    return 0;
  },
});

function measureDocuments(model: TextModel, vocabulary: Vocabulary, documents: readonly Document[]): Row[] {
  if (documents.length === 0) return [];
  const row = encodeDocuments(documents, vocabulary);
  const measures = measure(model, row, wholeDocuments(row));
  return row.documents.map(({ name, unknown }, i) => ({ name, unknown, measure: measures[i]! }));
}

function asTable({ terminal }: Context, vocabulary: Vocabulary, rows: readonly Row[]): string[] {
  if (rows.length === 0) return ["There is no such text in this run: it was too short to be divided."];
  const line = (name: string, measured: Measure, unknown: number) => [
    name,
    grouped(measured.units),
    ...(vocabulary.unknown === undefined ? [] : [grouped(unknown)]),
    bitsPerUnit(measured).toFixed(3),
    perplexity(measured).toFixed(vocabulary.kind === "words" ? 1 : 3),
  ];
  const columns = [
    { title: "file" },
    { title: `${vocabulary.unit}s`, align: "right" as const },
    ...(vocabulary.unknown === undefined ? [] : [{ title: "unknown", align: "right" as const }]),
    { title: `bits/${vocabulary.unit}`, align: "right" as const },
    { title: "perplexity", align: "right" as const },
  ];
  const unknown = rows.reduce((sum, row) => sum + row.unknown, 0);
  const total = line("all", addMeasures(rows.map((row) => row.measure)), unknown);
  const [head, ...lines] = table(columns, [...rows.map((row) => line(row.name, row.measure, row.unknown)), total]);
  return [terminal.style("dim", head!), ...lines.slice(0, -1), terminal.style("bold", lines.at(-1)!)];
}

function asJson(vocabulary: Vocabulary, rows: readonly Row[]) {
  const numbers = (measured: Measure, unknown: number) => ({
    [`${vocabulary.unit}s`]: measured.units,
    predictions: measured.predictions,
    unknown,
    bits: bitsPerUnit(measured),
    perplexity: perplexity(measured),
  });
  const unknown = rows.reduce((sum, row) => sum + row.unknown, 0);
  return {
    unit: vocabulary.unit,
    files: rows.map((row) => ({ name: row.name, ...numbers(row.measure, row.unknown) })),
    all: numbers(addMeasures(rows.map((row) => row.measure)), unknown),
  };
}
