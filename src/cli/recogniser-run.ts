/** A run of the recogniser in its folder: made new, or opened with what its checkpoint knows. */
import type { Backend } from "../backend/index.js";
import type { PenSplit } from "../data/index.js";
import { fetchRenderedStrokes, fetchRenderedTexts, type FetchRenderedOptions } from "../data/node-pen-packages.js";
import type { Optimizer } from "../optim/index.js";
import { createRecogniser, createRecogniserOptimizer, RecogniserLearner, type Recogniser, type RecogniserConfig } from "../systems/recogniser/index.js";
import { RandomStream } from "../tensor/index.js";
import { loadParameters, Run, RunError, type Budget, type Checkpoint, type RunConfig } from "../train/index.js";
import { FolderStorage } from "./node-storage.js";
import { packageVersion, recordedBackend, type RecordedBackend } from "./runs.js";

/** What it reads; plain JSON. */
export interface RecogniserData {
  /** It learns from, and is validated by other writers in. */
  readonly fonts: readonly string[];
  /** It never sees. */
  readonly otherFonts: readonly string[];
  /** To learn from. */
  readonly lines: number;
  /** Characters of a line, at most. */
  readonly longest: number;
  readonly seed: number;
}

/** run.json of a recogniser's run. */
export interface RecogniserRunConfig extends RunConfig {
  readonly kind: "recogniser";
  readonly recogniser: RecogniserConfig;
  readonly data: RecogniserData;
  /** That it tells apart. */
  readonly characters: string;
  readonly backend: RecordedBackend;
  readonly parameters: number;
  /** What was asked for at first. */
  readonly budget: Budget;
}

export interface RecogniserRun {
  readonly run: Run;
  readonly config: RecogniserRunConfig;
}

/** Everything that trains together. */
export interface RecogniserSession extends RecogniserRun {
  readonly model: Recogniser;
  readonly learner: RecogniserLearner;
  readonly optimizer: Optimizer;
}

/** Writers of a font: more than write, each with fewer lines. */
const WRITERS = 60;

/** Lines for a recogniser are by writers of its own. */
function renderedOptions({ fonts, otherFonts, lines, longest, seed }: RecogniserData): FetchRenderedOptions {
  return { fonts, heldOut: otherFonts, lines, longest, seed, purpose: "recogniser", writers: WRITERS };
}

/** Training and validation in its fonts, the test in the others. @throws DataError */
export function readRecogniserLines(data: RecogniserData): PenSplit {
  return fetchRenderedStrokes(renderedOptions(data));
}

/** What it has learnt to read, and was validated by. @throws DataError */
export function textsOfRecogniser(data: RecogniserData): string[] {
  const { training, validation } = fetchRenderedTexts(renderedOptions(data));
  return [...training, ...validation];
}

/** Starts a run; the folder is written last. */
export async function createRecogniserRun(
  folder: string,
  { recogniser, budget, data, lines, backend }: { recogniser: RecogniserConfig; budget: Budget; data: RecogniserData; lines: PenSplit; backend: Backend },
): Promise<RecogniserSession> {
  const characters = [...new Set(lines.training.flatMap(({ text = "" }) => Array.from(text)))].sort().join("");
  const trained = assemble(recogniser, characters, lines);
  const config: Omit<RecogniserRunConfig, "format"> = {
    version: packageVersion(),
    kind: "recogniser",
    recogniser,
    data,
    characters,
    backend: recordedBackend(backend),
    parameters: trained.model.parameterCount,
    budget,
  };
  const run = await Run.create(new FolderStorage(folder), config);
  return { run, config: run.config as RecogniserRunConfig, ...trained };
}

function assemble(config: RecogniserConfig, characters: string, { training, validation }: PenSplit) {
  const random = new RandomStream(config.seed).fork("recogniser");
  const model = createRecogniser(config, characters, random.fork("parameters"));
  const known = validation.filter(({ text = "" }) => model.labels(text) !== undefined);
  const learner = new RecogniserLearner({ model, random: random.fork("data"), training, validation: known, config });
  return { model, learner, optimizer: createRecogniserOptimizer(config, model) };
}

/** The run in a folder, undefined if it is one of another kind. @throws RunError if there is none */
export async function openRecogniserRun(folder: string): Promise<RecogniserRun | undefined> {
  const run = await Run.open(new FolderStorage(folder));
  return run.config.kind === "recogniser" ? { run, config: run.config as RecogniserRunConfig } : undefined;
}

/** A run about to go on. The checkpoint is undefined if none was finished: it then starts from its first step. */
export async function reopenRecogniserRun(opened: RecogniserRun): Promise<RecogniserSession & { checkpoint: Checkpoint | undefined; notes: readonly string[] }> {
  const { run, config } = opened;
  return { ...opened, ...assemble(config.recogniser, config.characters, readRecogniserLines(config.data)), ...(await run.resume()) };
}

/** A trained recogniser to be used: parameters of the last checkpoint. @throws RunError if there is no checkpoint */
export async function loadRecogniser({ run, config }: RecogniserRun): Promise<{ model: Recogniser; notes: readonly string[]; step: number }> {
  const last = await run.lastCheckpoint();
  if (last === undefined) throw new RunError(`${run.location} has no checkpoint yet: unrolled resume ${run.location}`);
  const model = createRecogniser(config.recogniser, config.characters, new RandomStream(0)).eval();
  loadParameters(last.checkpoint.tensors, model.namedParameters());
  return { model, notes: last.notes, step: last.checkpoint.step };
}
