/** A text run in its folder: made new, or opened with what its checkpoint knows. */
import type { Backend } from "../backend/index.js";
import { buildVocabulary, fingerprintDifference, type Fingerprint, type TokenRow, type Vocabulary } from "../data/index.js";
import type { NoisyWeights, Optimizer } from "../optim/index.js";
import {
  createNoise, createOptimizer, createTextModel, loadTrainedText, readVocabulary, textConfigOf, TextLearner, VOCABULARY_FILE, type TextConfig, type TextModel, type TextWeights,
  type TrainedText,
} from "../systems/text/index.js";
import { RandomStream } from "../tensor/index.js";
import { loadParameters, Run, RunError, type Budget, type Checkpoint, type RunConfig } from "../train/index.js";
import { jsonBytes } from "../train/json.js";
import type { CorpusName } from "../data/node-corpora.js";
import { FolderStorage } from "./node-storage.js";
import { packageVersion, recordedBackend, type RecordedBackend } from "./runs.js";
import { encodeSplit, readCorpus, type Corpus } from "./text-corpus.js";

export { lastWeights, readVocabulary } from "../systems/text/index.js";

/** Standard input cannot be read twice: its text is kept in the run under this name. */
const STANDARD_INPUT = "input.txt";

/** run.json of a text run. */
export interface TextRunConfig extends RunConfig {
  readonly kind: "text";
  readonly text: TextConfig;
  readonly data: {
    readonly inputs: readonly string[];
    readonly corpus?: CorpusName;
    readonly fingerprint: Fingerprint;
    /** Characters, words or bytes; document ends are not counted. */
    readonly units: { readonly training: number; readonly validation: number; readonly test: number };
    readonly documents: { readonly training: number; readonly validation: number; readonly test: number };
  };
  readonly backend: RecordedBackend;
  readonly parameters: number;
  /** What was asked for at first. */
  readonly budget: Budget;
  /** The run whose weights this one began with. */
  readonly from?: string;
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
  readonly corpus: Corpus;
  readonly backend: Backend;
  /** @default weights drawn by the seed, a vocabulary made from the training text */
  readonly from?: TextWeights | undefined;
}

/** Starts a run; its folder is written last. @throws StateDictError if initial weights are of another network */
export async function createTextRun(
  folder: string,
  { text, budget: asked, corpus, backend, from }: TextRunRequest,
): Promise<TextSession & { notes: readonly string[] }> {
  const built = () =>
    buildVocabulary(text.vocabulary, corpus.split.training, {
      ...(text.minimumCount > 0 && { minimumCount: text.minimumCount }),
      ...(text.maximumSize > 0 && { maximumSize: text.maximumSize }),
    });
  const vocabulary = from?.vocabulary ?? built();
  const rows = encodeSplit(corpus.split, vocabulary);
  const { batch, note } = fittingBatch(text, rows.training);
  text = { ...text, batch };
  const parts = assemble(text, vocabulary, rows);
  if (from !== undefined) loadParameters(from.checkpoint.tensors, parts.model.namedParameters());
  const budget = "epochs" in asked ? { steps: stepsOf(asked.epochs, rows.training!, text) } : asked;
  const count = (measured: (row: TokenRow) => number) => {
    const of = (row: TokenRow | undefined) => (row === undefined ? 0 : measured(row));
    return { training: of(rows.training), validation: of(rows.validation), test: of(rows.test) };
  };
  const config: Omit<TextRunConfig, "format"> = {
    version: packageVersion(),
    kind: "text",
    text,
    data: {
      inputs: corpus.inputs,
      ...(corpus.corpus !== undefined && { corpus: corpus.corpus }),
      fingerprint: corpus.fingerprint,
      units: count((row) => row.tokens.length - row.documents.length),
      documents: count((row) => row.documents.length),
    },
    backend: recordedBackend(backend),
    parameters: parts.model.parameterCount,
    budget,
    ...(from !== undefined && { from: from.folder }),
  };
  const input = corpus.files.find(({ name }) => name === "-");
  const run = await Run.create(new FolderStorage(folder), config, {
    [VOCABULARY_FILE]: jsonBytes(vocabulary),
    ...(input !== undefined && { [STANDARD_INPUT]: input.bytes }),
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

function assemble(text: TextConfig, vocabulary: Vocabulary, rows: ReturnType<typeof encodeSplit>) {
  if (rows.training === undefined) throw new RunError("There is no training text.");
  const random = new RandomStream(text.seed).fork("text model");
  const model = createTextModel(text, vocabulary.size, random);
  const learner = new TextLearner({ model, random, training: rows.training, validation: rows.validation, config: text });
  const noise = createNoise(text, model, rows.training.tokens.length, random.fork("weight noise"));
  return { model, learner, noise, optimizer: createOptimizer(text, model, noise) };
}

/** @throws RunError if the folder holds no run, or one of another kind. */
export async function openRun(folder: string): Promise<{ run: Run; config: TextRunConfig }> {
  const run = await Run.open(new FolderStorage(folder));
  if (run.config.kind !== "text") {
    const use = run.config.kind === "vectors" ? "; nearest, analogy, eval and export use it" : "";
    throw new RunError(`${folder} is a run of kind ${JSON.stringify(run.config.kind)}, not a model of text${use}.`);
  }
  return { run, config: { ...(run.config as TextRunConfig), text: textConfigOf(run) } };
}

/** The corpus of a run, read again. @throws RunError if it is not what it was. */
export async function rereadCorpus(run: Run, config: TextRunConfig): Promise<Corpus> {
  const { inputs, corpus: named, fingerprint: then } = config.data;
  const kept = inputs.includes("-") ? await run.file(STANDARD_INPUT) : undefined;
  const corpus = await readCorpus({ inputs, corpus: named, vocabulary: config.text.vocabulary, readStandardInput: () => kept! });
  const difference = fingerprintDifference(then, corpus.fingerprint);
  if (difference !== undefined) {
    throw new RunError(`The text of ${run.location} is not what it was when the run began: ${difference}.`);
  }
  return corpus;
}

/** A run about to go on. The checkpoint is undefined if none was finished: it then starts from its first step. */
export async function reopenTextRun(
  run: Run,
  config: TextRunConfig,
): Promise<TextSession & { checkpoint: Checkpoint | undefined; notes: readonly string[] }> {
  const corpus = await rereadCorpus(run, config);
  const vocabulary = await readVocabulary(run);
  const parts = assemble(config.text, vocabulary, encodeSplit(corpus.split, vocabulary));
  return { run, config, vocabulary, ...parts, ...(await run.resume()) };
}

/** The trained model of a run. @param changed settings that say how it is used */
export function loadTextModel(run: Run, { text }: TextRunConfig, changed: Partial<TextConfig> = {}): Promise<TrainedText> {
  return loadTrainedText(run, { ...text, ...changed });
}
