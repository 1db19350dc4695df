import { encodeDocuments, wholeDocuments, type Document, type Vocabulary } from "../../data/index.js";
import { addMeasures, bitsPerUnit, measure, measureStream, perplexity, type Measure, type TextModel } from "../../systems/text/index.js";
import { backendOptions, jsonOption, precisionOption, startBackend } from "../common-options.js";
import { choice, defineCommand, UsageError } from "../command.js";
import { warn, type Context } from "../context.js";
import { grouped, table } from "../format.js";
import { printJson } from "../run-training.js";
import { readWholeDocuments } from "../text-corpus.js";
import { loadTextModel, openRun, rereadCorpus } from "../text-run.js";
import { evaluateVectors, vectorEvaluationOptions } from "../vector-evaluation.js";
import { namesVectors } from "../vector-source.js";

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
  /** In int8, where that is asked for: `measure` is in float32. */
  readonly quantized?: Measure;
}

export const evaluate = defineCommand({
  name: "eval",
  summary:
    "Measures a trained model. Of text: bits per character, word or byte, and perplexity, file by file. Word vectors: analogies and " +
    "agreement with similarities.",
  positionals: {
    usage: "RUN|VECTORS [FILES...]",
    min: 1,
    max: Infinity,
    help:
      "the folder of a run, or a file of word vectors; for a model of text, files, folders, globs or - to measure, or nothing for what was " +
      "kept for testing",
  },
  options: {
    ...partOption,
    ...precisionOption,
    ...vectorEvaluationOptions,
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "Every file is read from its first character to its last, the model's memory carried along. Bits count the end of the " +
    "file too and are shared among its characters; perplexity is that of one prediction. With --precision int8 the text is read once more, " +
    "with weights in 8 bits: drift is how many bits that costs.\n" +
    "Analogies are answered by 3CosAdd and 3CosMul, the question's own words excluded, similarities by the cosine; \"asked\" is the share " +
    "of questions whose words all have vectors.",
  examples: [
    ["unrolled eval runs/moby-dick", "the chapters kept for testing"],
    ["unrolled eval runs/moby-dick other/*.txt", "other texts, file by file"],
    ["unrolled eval runs/moby-dick --precision int8", "what 8-bit weights cost"],
    ["unrolled eval runs/moby-dick --part validation --json", "for a script"],
    ["unrolled eval runs/vectors --analogies questions.txt", "word vectors, section by section"],
    ["unrolled eval news.bin --similarity wordsim353.csv", "a file of vectors, Spearman's correlation"],
  ],
  async run({ values, given, positionals: [folder = "", ...inputs] }, context: Context) {
    if (inputs.length > 0 && given.has("part")) {
      throw new UsageError("--part chooses a part of the run's own text: leave it out, or the files.");
    }
    if (await namesVectors(folder)) {
      if (inputs.length > 0 || given.has("part")) throw new UsageError(`${folder} holds word vectors: texts and --part are for models of text.`);
      return evaluateVectors(folder, values, context);
    }
    const misplaced = Object.keys(vectorEvaluationOptions).find((name) => given.has(name));
    if (misplaced !== undefined) throw new UsageError(`--${misplaced} is for word vectors; ${folder} is something else.`);
    const { run, config } = await openRun(folder);
    await startBackend(values);
    const { model, vocabulary, notes } = await loadTextModel(run, config);
    for (const note of notes) warn(context, note);
    const documents =
      inputs.length > 0
        ? readWholeDocuments({ inputs, vocabulary: vocabulary.kind, readStandardInput: context.readStandardInput })
        : (await rereadCorpus(run, config)).split[values.part];
    const rows = await measureDocuments(model, vocabulary, documents, values.precision === "int8");
    if (values.json) printJson(context, { run: folder, ...asJson(vocabulary, rows) });
    else for (const line of asTable(context, vocabulary, rows)) context.terminal.print(line);
    return 0;
  },
});

async function measureDocuments(model: TextModel, vocabulary: Vocabulary, documents: readonly Document[], quantized: boolean): Promise<Row[]> {
  if (documents.length === 0) return [];
  const row = encodeDocuments(documents, vocabulary);
  const measures = await measure(model, row, wholeDocuments(row));
  const inBytes = quantized ? measureStream(model, row, { precision: "int8" }) : [];
  return row.documents.map(({ name, unknown }, i) => ({ name, unknown, measure: measures[i]!, ...(quantized && { quantized: inBytes[i]! }) }));
}

function asTable({ terminal }: Context, vocabulary: Vocabulary, rows: readonly Row[]): string[] {
  if (rows.length === 0) return ["There is no such text in this run: it was too short to be divided."];
  const all = summed(rows);
  const line = ({ name, measure: measured, unknown, quantized }: Row) => [
    name,
    grouped(measured.units),
    ...(vocabulary.unknown === undefined ? [] : [grouped(unknown)]),
    bitsPerUnit(measured).toFixed(3),
    ...(quantized ? [bitsPerUnit(quantized).toFixed(3), drift(measured, quantized).toFixed(4)] : []),
    perplexity(measured).toFixed(vocabulary.kind === "words" ? 1 : 3),
  ];
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [
    { title: "file" },
    right(`${vocabulary.unit}s`),
    ...(vocabulary.unknown === undefined ? [] : [right("unknown")]),
    right(`bits/${vocabulary.unit}`),
    ...(all.quantized ? [right("in int8"), right("drift")] : []),
    right("perplexity"),
  ];
  const [head, ...lines] = table(columns, [...rows, all].map(line));
  return [terminal.style("dim", head!), ...lines.slice(0, -1), terminal.style("bold", lines.at(-1)!)];
}

/** Bits per unit that int8 costs. */
function drift(measured: Measure, quantized: Measure): number {
  return bitsPerUnit(quantized) - bitsPerUnit(measured);
}

function summed(rows: readonly Row[]): Row {
  const quantized = rows.flatMap((row) => row.quantized ?? []);
  return {
    name: "all",
    measure: addMeasures(rows.map((row) => row.measure)),
    unknown: rows.reduce((sum, row) => sum + row.unknown, 0),
    ...(quantized.length > 0 && { quantized: addMeasures(quantized) }),
  };
}

function asJson(vocabulary: Vocabulary, rows: readonly Row[]) {
  const numbers = ({ measure: measured, unknown, quantized }: Row) => ({
    [`${vocabulary.unit}s`]: measured.units,
    predictions: measured.predictions,
    unknown,
    bits: bitsPerUnit(measured),
    ...(quantized && { int8Bits: bitsPerUnit(quantized), drift: drift(measured, quantized) }),
    perplexity: perplexity(measured),
  });
  return {
    unit: vocabulary.unit,
    files: rows.map((row) => ({ name: row.name, ...numbers(row) })),
    all: numbers(summed(rows)),
  };
}
