import { encodeDocuments, wholeDocuments, type Document, type Vocabulary } from "../../data/index.js";
import {
  addMeasures, bitsPerUnit, DYNAMIC_MODEL, dynamicSettings, measure, measureDynamic, measureStream, perplexity,
  type DynamicOptions, type Measure, type TextModel,
} from "../../systems/text/index.js";
import { backendOptions, jsonOption, precisionOption, startBackend } from "../common-options.js";
import { choice, defineCommand, flag, integer, number, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { grouped, table } from "../format.js";
import { evaluateHandwriting } from "../handwriting-evaluation.js";
import { openHandwritingRun } from "../handwriting-run.js";
import { printJson, warn } from "../messages.js";
import { evaluateRecogniser } from "../recogniser-evaluation.js";
import { openRecogniserRun } from "../recogniser-run.js";
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

const dynamicOptions = {
  dynamic: flag("Also measure a model that goes on learning from what it has read"),
  "dynamic-rate": number({ above: 0, defaultText: "that of training after Graves 2013, else 0.001", help: "Its learning rate, of a loss summed over a chunk" }),
  "dynamic-window": integer({ min: 1, defaultText: "that of training after Graves 2013, else 50", help: "Tokens in a chunk" }),
};

interface Row {
  readonly name: string;
  readonly measure: Measure;
  readonly unknown: number;
  /** In the text: characters (code points), and words, which white space parts. */
  readonly characters: number;
  readonly words: number;
  /** While learning, where that is asked for. */
  readonly dynamic?: Measure;
  /** In int8, where that is asked for: `measure` is in float32. */
  readonly quantized?: Measure;
}

export const evaluate = defineCommand({
  name: "eval",
  summary:
    "Measures a trained model. Of text: bits per character, word or byte, and perplexity, file by file. Word vectors: analogies and " +
    "agreement with similarities. Of pen strokes: nats and squared errors. Of a recogniser: characters read rightly, font by font.",
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
    ...dynamicOptions,
    ...precisionOption,
    ...vectorEvaluationOptions,
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "Every file is read from its first character to its last, the model's memory carried along. Bits count the end of the " +
    "file too and are shared among its characters; perplexity is that of one prediction. With --precision int8 the text is read once more, " +
    "with weights in 8 bits: drift is how many bits that costs.\n" +
    "To compare models of different tokens: bits of models of words are also told per character, and perplexity of models of characters or " +
    "bytes also per word, where words are what white space parts. What a model of words reads as <unk> costs it less than the word would.\n" +
    "With --dynamic every chunk is predicted first, and then learnt from by gradient descent; files follow one another, and the run stays as it is.\n" +
    "Analogies are answered by 3CosAdd and 3CosMul, the question's own words excluded, similarities by the cosine; \"asked\" is the share " +
    "of questions whose words all have vectors.",
  examples: [
    ["unrolled eval runs/moby-dick", "the chapters kept for testing"],
    ["unrolled eval runs/moby-dick other/*.txt", "other texts, file by file"],
    ["unrolled eval runs/moby-dick --dynamic", "also while it goes on learning"],
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
    const chunky = (["dynamic-rate", "dynamic-window"] as const).find((name) => given.has(name));
    if (chunky !== undefined && !values.dynamic) throw new UsageError(`--${chunky} belongs to --dynamic.`);
    const misplaced = Object.keys(vectorEvaluationOptions).find((name) => given.has(name));
    if (misplaced !== undefined) throw new UsageError(`--${misplaced} is for word vectors; ${folder} is something else.`);
    const handwritingRun = await openHandwritingRun(folder);
    if (handwritingRun !== undefined) {
      if (inputs.length > 0 || given.has("precision")) throw new UsageError(`${folder} is a model of pen strokes: it is measured on its own data, in float32.`);
      return evaluateHandwriting(handwritingRun, values, context);
    }
    const recogniserRun = await openRecogniserRun(folder);
    if (recogniserRun !== undefined) {
      if (inputs.length > 0 || given.has("precision")) throw new UsageError(`${folder} is a recogniser: it is measured on its own lines, in float32.`);
      return evaluateRecogniser(recogniserRun, values, context);
    }
    const { run, config } = await openRun(folder);
    await startBackend(values);
    const { model, vocabulary, notes } = await loadTextModel(run, config, values.dynamic ? DYNAMIC_MODEL : {});
    for (const note of notes) warn(context, note);
    const documents =
      inputs.length > 0
        ? readWholeDocuments({ inputs, vocabulary: vocabulary.kind, readStandardInput: context.readStandardInput })
        : (await rereadCorpus(run, config)).split[values.part];
    const trained = dynamicSettings(config.text);
    const dynamic = values.dynamic
      ? { ...trained, lr: values["dynamic-rate"] ?? trained.lr, window: values["dynamic-window"] ?? trained.window }
      : undefined;
    const rows = await measureDocuments(model, vocabulary, documents, { quantized: values.precision === "int8", dynamic });
    if (values.json) printJson(context, { run: folder, ...(dynamic && { dynamic }), ...asJson(vocabulary, rows) });
    else for (const line of asTable(context, vocabulary, rows)) context.terminal.print(line);
    return 0;
  },
});

async function measureDocuments(
  model: TextModel,
  vocabulary: Vocabulary,
  documents: readonly Document[],
  { quantized, dynamic }: { quantized: boolean; dynamic: DynamicOptions | undefined },
): Promise<Row[]> {
  if (documents.length === 0) return [];
  const row = encodeDocuments(documents, vocabulary);
  const measures = await measure(model, row, wholeDocuments(row));
  const inBytes = quantized ? measureStream(model, row, { precision: "int8" }) : [];
  const learning = dynamic ? await measureDynamic(model, row, dynamic) : [];
  return row.documents.map(({ name, unknown }, i) => ({
    name,
    unknown,
    measure: measures[i]!,
    ...sizeOf(documents[i]!),
    ...(quantized && { quantized: inBytes[i]! }),
    ...(dynamic && { dynamic: learning[i]! }),
  }));
}

function sizeOf({ content }: Document): { characters: number; words: number } {
  const text = typeof content === "string" ? content : new TextDecoder().decode(content);
  let characters = 0;
  for (const _ of text) characters++;
  return { characters, words: text.match(/\S+/g)?.length ?? 0 };
}

const bitsPerCharacter = ({ measure: { nats }, characters }: Row) => nats / Math.LN2 / Math.max(1, characters);
const wordPerplexity = ({ measure: { nats }, words }: Row) => Math.exp(nats / Math.max(1, words));

function asTable({ terminal }: Context, vocabulary: Vocabulary, rows: readonly Row[]): string[] {
  if (rows.length === 0) return ["There is no such text in this run: it was too short to be divided."];
  const all = summed(rows);
  const ofWords = vocabulary.kind === "words";
  const line = (row: Row) => {
    const { name, measure: measured, unknown, quantized, dynamic } = row;
    return [
      name,
      grouped(measured.units),
      ...(vocabulary.unknown === undefined ? [] : [grouped(unknown)]),
      bitsPerUnit(measured).toFixed(3),
      ...(dynamic ? [bitsPerUnit(dynamic).toFixed(3)] : []),
      ...(quantized ? [bitsPerUnit(quantized).toFixed(3), drift(measured, quantized).toFixed(4)] : []),
      perplexity(measured).toFixed(ofWords ? 1 : 3),
      ...(dynamic ? [perplexity(dynamic).toFixed(ofWords ? 1 : 3)] : []),
      ofWords ? bitsPerCharacter(row).toFixed(3) : wordPerplexity(row).toFixed(1),
    ];
  };
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [
    { title: "file" },
    right(`${vocabulary.unit}s`),
    ...(vocabulary.unknown === undefined ? [] : [right("unknown")]),
    right(`bits/${vocabulary.unit}`),
    ...(all.dynamic ? [right("dynamic")] : []),
    ...(all.quantized ? [right("in int8"), right("drift")] : []),
    right("perplexity"),
    ...(all.dynamic ? [right("dynamic")] : []),
    right(ofWords ? "bits/char" : "per word"),
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
  const dynamic = rows.flatMap((row) => row.dynamic ?? []);
  const total = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  return {
    name: "all",
    measure: addMeasures(rows.map((row) => row.measure)),
    unknown: total((row) => row.unknown),
    characters: total((row) => row.characters),
    words: total((row) => row.words),
    ...(quantized.length > 0 && { quantized: addMeasures(quantized) }),
    ...(dynamic.length > 0 && { dynamic: addMeasures(dynamic) }),
  };
}

function asJson(vocabulary: Vocabulary, rows: readonly Row[]) {
  const numbers = (row: Row) => {
    const { measure: measured, unknown, quantized, dynamic, characters, words } = row;
    return {
      textCharacters: characters,
      textWords: words,
      [`${vocabulary.unit}s`]: measured.units,
      predictions: measured.predictions,
      unknown,
      bits: bitsPerUnit(measured),
      ...(quantized && { int8Bits: bitsPerUnit(quantized), drift: drift(measured, quantized) }),
      perplexity: perplexity(measured),
      bitsPerCharacter: bitsPerCharacter(row),
      wordPerplexity: wordPerplexity(row),
      ...(dynamic && { dynamicBits: bitsPerUnit(dynamic), dynamicPerplexity: perplexity(dynamic) }),
    };
  };
  return {
    unit: vocabulary.unit,
    files: rows.map((row) => ({ name: row.name, ...numbers(row) })),
    all: numbers(summed(rows)),
  };
}
