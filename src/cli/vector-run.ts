/**
 * A run of word vectors in its folder:
 *
 *     run.json              what was asked for
 *     corpus.tokens         the text as numbers of words; removed at the end
 *     vocabulary.txt        the words, the most frequent first, and how often each occurs
 *     corpus.json           how much was read; the three are whole from the moment that this exists
 *     cooccurrence/         GloVe's counts; removed at the end
 *     metrics.jsonl, checkpoints/   as in every run
 *     vectors.safetensors   the result
 *
 * The text itself is read once: a run goes on without it.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Backend } from "../backend/index.js";
import {
  buildWordCorpus, createTokeniser, decodeText, formatBytes, MemoryTokenCorpus, WordVocabulary,
  type CooccurrenceRecords, type TextDocument, type TokenCorpus, type WordCorpusProgress,
} from "../data/index.js";
import { countCooccurrencesOnDisk, type CooccurrenceProgress } from "../data/node-cooccurrence.js";
import { readMobyDick } from "../data/node-moby-dick.js";
import { streamTexts } from "../data/node-text-stream.js";
import { FileTokenCorpus, fileTokenSinks } from "../data/node-token-corpus.js";
import { writeInPieces } from "../data/node-whole-file.js";
import { Glove, sensibleEpochs, sensibleXMax, Word2vec, writeVectors, type VectorTrainer, type WordVectors } from "../systems/vectors/index.js";
import { rowStride } from "../systems/vectors/trainer.js";
import { RandomStream } from "../tensor/index.js";
import { checkpointProgress, loadParameters, Run, RunError, type RunConfig } from "../train/index.js";
import { jsonBytes, parseJson } from "../train/json.js";
import type { Context } from "./context.js";
import { grouped } from "./format.js";
import { crashPoint, FolderStorage } from "./node-storage.js";
import { packageVersion, recordedBackend, type RecordedBackend } from "./runs.js";
import { shownPath } from "./text-corpus.js";
import type { VectorSettings } from "./vector-options.js";
import { RUN_VECTORS } from "./vector-source.js";

const TOKENS = "corpus.tokens";
const VOCABULARY = "vocabulary.txt";
const FACTS = "corpus.json";
const COOCCURRENCE = "cooccurrence";
/** A checkpoint is written from one array. */
const LARGEST_CHECKPOINT = 2 ** 31 - 1;
/** Bytes that a different word takes while words are counted, about. */
const TYPE_BYTES = 160;

/** run.json of a run of word vectors. */
export interface VectorRunConfig extends RunConfig {
  readonly kind: "vectors";
  readonly vectors: VectorSettings;
  readonly data: {
    /** Files, folders, patterns, with absolute paths, "-" for standard input; none for Moby Dick. */
    readonly inputs: readonly string[];
  };
  readonly backend: RecordedBackend;
}

export interface VectorRun {
  readonly run: Run;
  readonly config: VectorRunConfig;
}

/** How much was read. */
export interface CorpusFacts {
  readonly documents: number;
  /** All words of the texts, rare ones too. */
  readonly words: number;
  /** Different words of the texts. */
  readonly types: number;
  /** Words that are learned from: those of the vocabulary, phrases counted as one. */
  readonly tokens: number;
  /** Different ones of these. */
  readonly vocabulary: number;
}

export interface VectorCorpus {
  readonly vocabulary: WordVocabulary;
  readonly corpus: TokenCorpus;
  readonly facts: CorpusFacts;
}

/** @param folder that is not there yet, or empty */
export async function createVectorRun(
  folder: string,
  { settings, inputs, backend }: { settings: VectorSettings; inputs: readonly string[]; backend: Backend },
): Promise<VectorRun> {
  const config: Omit<VectorRunConfig, "format"> = {
    version: packageVersion(),
    kind: "vectors",
    vectors: settings,
    data: { inputs: inputs.map((input) => (input === "-" ? input : resolve(input))) },
    backend: recordedBackend(backend),
  };
  const run = await Run.create(new FolderStorage(folder), config);
  return { run, config: run.config as VectorRunConfig };
}

/** The run in a folder, undefined if it is one of another kind. @throws RunError if there is none */
export async function openVectorRun(folder: string): Promise<VectorRun | undefined> {
  const run = await Run.open(new FolderStorage(folder));
  return run.config.kind === "vectors" ? { run, config: run.config as VectorRunConfig } : undefined;
}

/** Removes a run whose text was not read to the end: nothing but what was asked for is in it. */
export function discardVectorRun({ run }: VectorRun): void {
  if (existsSync(join(run.location, FACTS))) return;
  for (const name of readdirSync(run.location)) {
    if (name === "run.json" || name === VOCABULARY || name.startsWith(TOKENS)) rmSync(join(run.location, name));
  }
  try {
    rmdirSync(run.location);
  } catch {
    // Something else is in it.
  }
}

// ---- The corpus ----------------------------------------------------------------------------------------------------------

/** How much an earlier session read; undefined if none came to the end. @throws RunError if it is damaged */
export async function corpusFacts({ run }: VectorRun): Promise<CorpusFacts | undefined> {
  const bytes = await run.storage.read(FACTS);
  try {
    return bytes && (parseJson(bytes) as unknown as CorpusFacts);
  } catch (error) {
    throw new RunError(`${run.location}/${FACTS} is damaged: ${(error as Error).message}.`);
  }
}

/** What an earlier session read; undefined if none came to the end. @throws RunError, DataError if it is damaged */
export async function openCorpus(vectorRun: VectorRun): Promise<VectorCorpus | undefined> {
  const facts = await corpusFacts(vectorRun);
  if (facts === undefined) return undefined;
  return { vocabulary: await readVocabulary(vectorRun), corpus: FileTokenCorpus.open(join(vectorRun.run.location, TOKENS)), facts };
}

async function readVocabulary({ run }: VectorRun): Promise<WordVocabulary> {
  const path = join(run.location, VOCABULARY);
  return parseVocabulary(decodeText(await run.file(VOCABULARY), path), path);
}

/** @throws RunError for a run whose text was not read to the end and cannot be read again */
export async function requireReadable(vectorRun: VectorRun): Promise<void> {
  const { run, config } = vectorRun;
  if (!config.data.inputs.includes("-") || (await corpusFacts(vectorRun)) !== undefined) return;
  throw new RunError(
    `${run.location} was stopped before all of standard input was read, and that cannot be read again: delete the folder and train anew.`,
  );
}

export interface ReadOptions {
  readonly standardInput: Context["standardInput"];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: WordCorpusProgress) => void;
  /** Told of each file that is passed over. */
  readonly onSkip: (line: string) => void;
}

/** Reads the text into the run. @throws DataError, StorageError, what `signal` was aborted with: it can then be begun anew */
export async function readCorpus({ run, config }: VectorRun, { standardInput, signal, onProgress, onSkip }: ReadOptions): Promise<VectorCorpus> {
  const { inputs } = config.data;
  const { phrases, memory, minimumCount, maximumSize, lowercase, boundaries } = config.vectors;
  const documents = inputs.length === 0 ? mobyDick() : streamTexts(inputs.map(shownPath), { standardInput, onSkip });
  const { vocabulary, corpus, ...counts } = await buildWordCorpus(documents, {
    tokenise: createTokeniser({ lowercase, boundaries }),
    minimumCount,
    maximumTypes: Math.max(1000, Math.floor(memory / TYPE_BYTES)),
    ...(maximumSize > 0 && { maximumSize }),
    ...(phrases.length > 0 && { phrases: { thresholds: phrases, memory } }),
    createSink: fileTokenSinks(join(run.location, TOKENS)),
    onProgress: (progress) => {
      signal.throwIfAborted();
      onProgress(progress);
    },
  });
  const facts: CorpusFacts = { ...counts, tokens: corpus.tokens, vocabulary: vocabulary.size };
  await run.storage.write(VOCABULARY, new TextEncoder().encode(vocabularyText(vocabulary)));
  await run.storage.write(FACTS, jsonBytes(facts));
  return { vocabulary, corpus, facts };
}

function* mobyDick(): Generator<TextDocument> {
  for (const { name, bytes } of readMobyDick()) yield { name, pieces: [decodeText(bytes, name)] };
}

/** A line for each word: the word, a space, its count. */
function vocabularyText({ words, counts }: WordVocabulary): string {
  return words.map((word, id) => `${word} ${counts[id]}\n`).join("");
}

function parseVocabulary(text: string, path: string): WordVocabulary {
  const lines = text.split("\n").slice(0, -1);
  const words: string[] = [];
  const counts = new Float64Array(lines.length);
  for (const [i, line] of lines.entries()) {
    const space = line.lastIndexOf(" ");
    counts[i] = Number(line.slice(space + 1));
    if (space < 1 || !(counts[i]! >= 1)) throw new RunError(`${path}: line ${i + 1}: expected a word and its count, got ${JSON.stringify(line)}.`);
    words.push(line.slice(0, space));
  }
  return new WordVocabulary(words, counts);
}

// ---- Training ------------------------------------------------------------------------------------------------------------

export interface CountOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CooccurrenceProgress) => void;
}

/** GloVe's counts: made, gone on with, or opened. @throws StorageError, what `signal` was aborted with: what was counted stays */
export function countPairs({ run, config }: VectorRun, { corpus }: VectorCorpus, { signal, onProgress }: CountOptions): Promise<CooccurrenceRecords> {
  const { window, memory, seed } = config.vectors;
  const met = new Map<string, number>();
  return countCooccurrencesOnDisk(corpus, join(run.location, COOCCURRENCE), {
    window, memory, signal, onProgress,
    random: new RandomStream(seed).fork("cooccurrence"),
    at: (stage) => {
      met.set(stage, (met.get(stage) ?? 0) + 1);
      crashPoint(`pairs-${stage}`, met.get(stage)!);
    },
  });
}

/** How often the corpus is read, for GloVe its counts. */
export function epochsOf({ epochs, method }: VectorSettings, { tokens }: CorpusFacts): number {
  return epochs > 0 ? epochs : sensibleEpochs(method, tokens);
}

/** @throws RunError if checkpoints would be too large */
export function requireFitting({ config }: VectorRun, { vocabulary }: CorpusFacts): void {
  const { method, dimensions } = config.vectors;
  const bytes = 4 * vocabulary * 2 * (method === "glove" ? 2 * rowStride(dimensions + 1) : rowStride(dimensions));
  if (bytes <= LARGEST_CHECKPOINT) return;
  throw new RunError(
    `${vocabulary} words in ${dimensions} dimensions make a checkpoint of ${formatBytes(bytes)}; ${formatBytes(LARGEST_CHECKPOINT)} are the most. ` +
      "Leave out rare words (--min-count, --vocabulary-size), or use fewer --dimensions.",
  );
}

/** @param records of GloVe */
export function createTrainer({ config }: VectorRun, { vocabulary, corpus, facts }: VectorCorpus, records?: CooccurrenceRecords): VectorTrainer {
  const { method, dimensions, window, lr, seed, word2vec, glove } = config.vectors;
  const epochs = epochsOf(config.vectors, facts);
  if (method === "glove") {
    const xMax = glove!.xMax > 0 ? glove!.xMax : sensibleXMax(facts.tokens);
    return new Glove(vocabulary, records!, { dimensions, epochs, lr, seed, xMax });
  }
  return new Word2vec(vocabulary, corpus, { method, dimensions, window, epochs, lr, seed, ...word2vec! });
}

/** Whether nothing remains to be done. */
export function isFinished({ run }: VectorRun): boolean {
  return existsSync(join(run.location, RUN_VECTORS));
}

/** Writes the result. Gives the file and its bytes. */
export function saveVectors({ run }: VectorRun, vectors: WordVectors): { path: string; bytes: number } {
  const path = join(run.location, RUN_VECTORS);
  return { path, bytes: writeInPieces(path, writeVectors(vectors, "safetensors")) };
}

/**
 * Writes the result anew from the last checkpoint, where the run was complete and somebody took the file away.
 * @throws RunError if the run was not complete, and what it needs to go on is gone
 */
export async function restoreResult(vectorRun: VectorRun): Promise<void> {
  const { run } = vectorRun;
  const facts = await corpusFacts(vectorRun);
  if (isFinished(vectorRun) || facts === undefined || existsSync(join(run.location, TOKENS))) return;
  const last = await run.lastCheckpoint();
  const { step, steps } = last === undefined ? { step: 0, steps: undefined } : checkpointProgress(last.checkpoint);
  if (last === undefined || step !== steps) throw new RunError(`${join(run.location, TOKENS)} is missing: the run cannot go on.`);
  const empty = new MemoryTokenCorpus(new Int32Array(0));
  const trainer = createTrainer(vectorRun, { vocabulary: await readVocabulary(vectorRun), corpus: empty, facts }, { count: 0, chunks: () => [] });
  loadParameters(last.checkpoint.tensors, trainer.parameters);
  saveVectors(vectorRun, await trainer.vectors());
}

/** Removes what was needed only on the way to the result. */
export function removeWork({ run }: VectorRun): void {
  rmSync(join(run.location, TOKENS), { force: true });
  rmSync(join(run.location, COOCCURRENCE), { recursive: true, force: true });
}

/** "23,456 that occur 5 times or more" */
export function keptWordsText({ minimumCount, maximumSize }: VectorSettings, { vocabulary }: CorpusFacts): string {
  if (vocabulary === maximumSize) return `the ${grouped(vocabulary)} most frequent`;
  return `${grouped(vocabulary)} that occur ${minimumCount === 1 ? "at all" : `${minimumCount} times or more`}`;
}

/** "notes.txt, book.txt and 3 more" */
export function inputsText(inputs: readonly string[]): string {
  if (inputs.length === 0) return "Moby Dick";
  const named = inputs.map((input) => (input === "-" ? "standard input" : basename(input)));
  return named.length <= 3 ? named.join(", ") : `${named.slice(0, 2).join(", ")} and ${named.length - 2} more`;
}
