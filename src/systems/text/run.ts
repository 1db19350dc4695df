/** A text run, wherever it is kept: made new, or taken up again from what its checkpoint knows. */
import type { Backend } from "../../backend/index.js";
import { cellNamed, cellToJson, type Cell } from "../../cell/index.js";
import {
  buildVocabulary, encodeDocuments, fingerprintDifference, type Document, type Fingerprint, type SourceFile, type Split, type TokenRow, type Vocabulary,
} from "../../data/index.js";
import type { NoisyWeights, Optimizer } from "../../optim/index.js";
import { RandomStream } from "../../tensor/index.js";
import { loadParameters, Run, RunError, type Budget, type Checkpoint, type RunConfig, type RunStorage } from "../../train/index.js";
import { jsonBytes } from "../../train/json.js";
import { createNoise, createOptimizer, createTextModel, type TextConfig } from "./config.js";
import { TextLearner } from "./learner.js";
import type { TextModel } from "./model.js";
import { CELL_FILE, cellOfRun, readVocabulary, textConfigOf, VOCABULARY_FILE, type TextWeights } from "./trained.js";

/** A text that cannot be read twice lies beside run.json under this name. */
export const INPUT_FILE = "input.txt";
/** What stands in the inputs of run.json for that. */
export const KEPT_INPUT = "-";

/** run.json of a text run. */
export interface TextRunConfig extends RunConfig {
  readonly kind: "text";
  readonly text: TextConfig;
  readonly data: {
    /** Paths, or `KEPT_INPUT`. */
    readonly inputs: readonly string[];
    /** Where there are no inputs: the name of what was read. */
    readonly corpus?: string;
    readonly fingerprint: Fingerprint;
    /** Characters, words or bytes; document ends are not counted. */
    readonly units: { readonly training: number; readonly validation: number; readonly test: number };
    readonly documents: { readonly training: number; readonly validation: number; readonly test: number };
  };
  readonly backend: Pick<Backend, "name" | "isa" | "threads">;
  readonly parameters: number;
  /** What was asked for at first. */
  readonly budget: Budget;
  /** The run whose weights this one began with. */
  readonly from?: string;
}

/** What a text run learns from. */
export interface TextCorpus {
  /** As run.json has them. */
  readonly inputs: readonly string[];
  readonly corpus: string | undefined;
  readonly files: readonly SourceFile[];
  readonly fingerprint: Fingerprint;
  readonly split: Split;
}

/** Everything that trains together. */
export interface TextSession {
  readonly run: Run;
  readonly config: TextRunConfig;
  readonly vocabulary: Vocabulary;
  readonly model: TextModel;
  readonly learner: TextLearner;
  readonly optimizer: Optimizer;
  readonly noise: NoisyWeights | undefined;
}

export interface TextRunRequest {
  readonly text: TextConfig;
  /** Epochs become steps: whole passes through the training text, as near as steps come. */
  readonly budget: Budget | { readonly epochs: number };
  readonly corpus: TextCorpus;
  readonly backend: TextRunConfig["backend"];
  /** Of Unrolled. */
  readonly version: string;
  /** @default weights drawn by the seed, a vocabulary made from the training text */
  readonly from?: TextWeights | undefined;
  /** In place of the library's cell of the name in `text`; the run carries it. */
  readonly cell?: Cell | undefined;
  /** What else the run carries, by name. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Starts a run; its description is written last.
 * @throws StateDictError if initial weights are of another network; RunError without a training text, or for an own cell with the name of
 * one of the library's
 */
export async function createTextRun(
  storage: RunStorage,
  { text, budget: asked, corpus, backend, version, from, cell = from?.cell, files }: TextRunRequest,
): Promise<TextSession & { readonly notes: readonly string[] }> {
  if (cell !== undefined && cellNamed(cell.name) !== undefined) {
    throw new RunError(`The cell is called ${cell.name}, as one that comes with the library: give it another name.`);
  }
  const built = () =>
    buildVocabulary(text.vocabulary, corpus.split.training, {
      ...(text.minimumCount > 0 && { minimumCount: text.minimumCount }),
      ...(text.maximumSize > 0 && { maximumSize: text.maximumSize }),
    });
  const vocabulary = from?.vocabulary ?? built();
  const rows = encodeSplit(corpus.split, vocabulary);
  const { batch, note } = fittingBatch(text, rows.training);
  text = { ...text, batch, ...(cell !== undefined && { cell: cell.name }) };
  const parts = assemble(text, vocabulary, rows, cell);
  if (from !== undefined) loadParameters(from.checkpoint.tensors, parts.model.namedParameters());
  const budget = "epochs" in asked ? { steps: stepsOf(asked.epochs, rows.training!, text) } : asked;
  const count = (measured: (row: TokenRow) => number) => {
    const of = (row: TokenRow | undefined) => (row === undefined ? 0 : measured(row));
    return { training: of(rows.training), validation: of(rows.validation), test: of(rows.test) };
  };
  const config: Omit<TextRunConfig, "format"> = {
    version,
    kind: "text",
    text,
    data: {
      inputs: corpus.inputs,
      ...(corpus.corpus !== undefined && { corpus: corpus.corpus }),
      fingerprint: corpus.fingerprint,
      units: count((row) => row.tokens.length - row.documents.length),
      documents: count((row) => row.documents.length),
    },
    backend,
    parameters: parts.model.parameterCount,
    budget,
    ...(from !== undefined && { from: from.folder }),
  };
  const kept = corpus.inputs.indexOf(KEPT_INPUT);
  const run = await Run.create(storage, config, {
    ...files,
    [VOCABULARY_FILE]: jsonBytes(vocabulary),
    ...(cell !== undefined && { [CELL_FILE]: jsonBytes(cellToJson(cell)) }),
    ...(kept >= 0 && { [INPUT_FILE]: corpus.files[kept]!.bytes }),
  });
  return { run, config: run.config as TextRunConfig, vocabulary, ...parts, notes: note === undefined ? [] : [note] };
}

/** As many rows as asked for, or as there are windows in a short text: more would read the same text twice in one step. */
function fittingBatch({ batch, window }: TextConfig, training: TokenRow | undefined): { batch: number; note?: string } {
  const windows = Math.max(1, Math.floor((training?.tokens.length ?? 0) / window));
  if (batch <= windows) return { batch };
  return { batch: windows, note: `The text has ${windows} windows of ${window}: it is read by ${windows} rows instead of ${batch}.` };
}

/** Windows in the text, which end where a document does, shared among the rows. */
function stepsOf(epochs: number, { documents }: TokenRow, { batch, window }: TextConfig): number {
  const windows = documents.reduce((sum, { from, to }) => sum + Math.ceil((to - from) / window), 0);
  return Math.max(1, Math.ceil((epochs * windows) / batch));
}

/** The three parts as tokens; undefined where a part is empty. */
export function encodeSplit({ training, validation, test }: Split, vocabulary: Vocabulary) {
  const encode = (documents: readonly Document[]): TokenRow | undefined =>
    documents.length === 0 ? undefined : encodeDocuments(documents, vocabulary);
  return { training: encode(training), validation: encode(validation), test: encode(test) };
}

function assemble(text: TextConfig, vocabulary: Vocabulary, rows: ReturnType<typeof encodeSplit>, cell: Cell | undefined) {
  if (rows.training === undefined) throw new RunError("There is no training text.");
  const random = new RandomStream(text.seed).fork("text model");
  const model = createTextModel(text, vocabulary.size, random, cell === undefined ? {} : { cell });
  const learner = new TextLearner({ model, random, training: rows.training, validation: rows.validation, vocabulary, config: text });
  const noise = createNoise(text, model, rows.training.tokens.length, random.fork("weight noise"));
  return { model, learner, noise, optimizer: createOptimizer(text, model, noise) };
}

/** What run.json says, completed. @throws RunError for a run of another kind */
export function textRunConfigOf(run: Run): TextRunConfig {
  return { ...(run.config as TextRunConfig), text: textConfigOf(run) };
}

/** @throws RunError if a text is not the one that a run began with */
export function requireSameText(run: Run, then: Fingerprint, now: Fingerprint): void {
  const difference = fingerprintDifference(then, now);
  if (difference !== undefined) throw new RunError(`The text of ${run.location} is not what it was when the run began: ${difference}.`);
}

/** A run about to go on. The checkpoint is undefined if none was finished: it then starts from its first step. */
export async function reopenTextRun(
  run: Run,
  config: TextRunConfig,
  { split, fingerprint }: Pick<TextCorpus, "split" | "fingerprint">,
): Promise<TextSession & { readonly checkpoint: Checkpoint | undefined; readonly notes: readonly string[] }> {
  requireSameText(run, config.data.fingerprint, fingerprint);
  const vocabulary = await readVocabulary(run);
  const parts = assemble(config.text, vocabulary, encodeSplit(split, vocabulary), await cellOfRun(run));
  return { run, config, vocabulary, ...parts, ...(await run.resume()) };
}
