/** A run of handwriting in its folder: made new, or opened with what its checkpoint knows. */
import type { Backend } from "../backend/index.js";
import { DataError, MOVE_WIDTH, type PenScale, type PenSequence, type PenSplit } from "../data/index.js";
import type { NoisyWeights, Optimizer } from "../optim/index.js";
import {
  createHandwritingNoise, createHandwritingOptimizer, createPenModel, HandwritingLearner, knownNames, scriptOf, type HandwritingConfig, type PenModel, type PenRunConfig,
} from "../systems/handwriting/index.js";
import { RandomStream } from "../tensor/index.js";
import { Run, RunError, type Budget, type Checkpoint } from "../train/index.js";
import { FolderStorage } from "./node-storage.js";
import { penSequences, readPenCorpus, type PenCorpus, type PenData } from "./pen-corpus.js";
import { packageVersion, recordedBackend, type RecordedBackend } from "./runs.js";

interface PartSizes {
  readonly sequences: number;
  readonly movements: number;
}

/** run.json of a handwriting run. */
export interface HandwritingRunConfig extends PenRunConfig {
  readonly data: PenData & { readonly sha256: string; readonly training: PartSizes; readonly validation: PartSizes; readonly test: PartSizes };
  readonly backend: RecordedBackend;
  readonly parameters: number;
  /** What was asked for at first. */
  readonly budget: Budget;
}

export interface HandwritingRun {
  readonly run: Run;
  readonly config: HandwritingRunConfig;
}

/** Everything that trains together. */
export interface HandwritingSession extends HandwritingRun {
  readonly model: PenModel;
  readonly learner: HandwritingLearner;
  readonly optimizer: Optimizer;
  readonly noise: NoisyWeights | undefined;
}

export interface HandwritingRunRequest {
  readonly handwriting: HandwritingConfig;
  /** Epochs become steps: so many times through the sequences to learn from. */
  readonly budget: Budget | { readonly epochs: number };
  readonly data: PenData;
  readonly corpus: PenCorpus;
  readonly backend: Backend;
}

/** Starts a run; the folder is written last. */
export async function createHandwritingRun(
  folder: string,
  { handwriting, budget: asked, data, corpus, backend }: HandwritingRunRequest,
): Promise<HandwritingSession> {
  const { scale, ...parts } = sequencesOf(handwriting, corpus.split);
  const budget = "epochs" in asked ? { steps: Math.max(1, Math.ceil(asked.epochs * Math.ceil(parts.training.length / handwriting.batch))) } : asked;
  const script = handwriting.task === "synthesis" ? scriptOf(parts.training) : undefined;
  const names = knownNames(handwriting, parts.training);
  const trained = assemble({ handwriting, scale, names, ...(script && { script }) }, parts);
  const config: Omit<HandwritingRunConfig, "format"> = {
    version: packageVersion(),
    kind: "handwriting",
    handwriting,
    data: { ...data, sha256: corpus.sha256, training: sizesOf(parts.training), validation: sizesOf(parts.validation), test: sizesOf(parts.test) },
    scale,
    names,
    ...(script && { script }),
    backend: recordedBackend(backend),
    parameters: trained.model.parameterCount,
    budget,
  };
  const run = await Run.create(new FolderStorage(folder), config);
  return { run, config: run.config as HandwritingRunConfig, ...trained };
}

function sizesOf(sequences: readonly PenSequence[]): PartSizes {
  return { sequences: sequences.length, movements: sequences.reduce((sum, { moves }) => sum + moves.length / MOVE_WIDTH, 0) };
}

/**
 * What a model learns from and is measured by, each at most `longest` movements. A model that writes texts takes the lines that have
 * one: a longer line, which would be cut into pieces, is left out.
 * @param scale of the training part where missing
 * @throws DataError where no line with a text is short enough to learn from
 */
export function sequencesOf({ task, longest }: HandwritingConfig, split: PenSplit, scale?: PenScale): ReturnType<typeof penSequences> {
  const sequences = penSequences(split, longest, scale);
  if (task === "prediction") return sequences;
  const written = (part: readonly PenSequence[]) => part.filter(({ text = "" }) => text !== "");
  if (split.training.some(({ text = "" }) => text !== "") && written(sequences.training).length === 0) {
    throw new DataError(`Every line that has a text is longer than ${longest} points: --longest takes longer ones.`);
  }
  return { scale: sequences.scale, training: written(sequences.training), validation: written(sequences.validation), test: written(sequences.test) };
}

function assemble(
  { handwriting: config, scale, script, names }: Pick<HandwritingRunConfig, "handwriting" | "scale" | "script" | "names">,
  { training, validation }: { training: readonly PenSequence[]; validation: readonly PenSequence[] },
) {
  const random = new RandomStream(config.seed).fork("handwriting");
  const model = createPenModel(config, random.fork("parameters"), script, names);
  const learner = new HandwritingLearner({ model, random: random.fork("data"), training, validation, scale, config });
  const noise = createHandwritingNoise(config, model, training.length, random.fork("weight noise"));
  return { model, learner, noise, optimizer: createHandwritingOptimizer(config, model, noise) };
}

/** The run in a folder, undefined if it is one of another kind. @throws RunError if there is none */
export async function openHandwritingRun(folder: string): Promise<HandwritingRun | undefined> {
  const run = await Run.open(new FolderStorage(folder));
  return run.config.kind === "handwriting" ? { run, config: run.config as HandwritingRunConfig } : undefined;
}

/** The data of a run, read again. @throws RunError if it is not what it was */
export async function rereadPenCorpus({ run, config }: HandwritingRun): Promise<PenCorpus> {
  const corpus = await readPenCorpus(config.data);
  if (corpus.sha256 === config.data.sha256) return corpus;
  throw new RunError(`The pen data of ${run.location} is not what it was when the run began: another version of its files, or of Unrolled.`);
}

/** A run about to go on. The checkpoint is undefined if none was finished: it then starts from its first step. */
export async function reopenHandwritingRun(opened: HandwritingRun): Promise<HandwritingSession & { checkpoint: Checkpoint | undefined; notes: readonly string[] }> {
  const { run, config } = opened;
  const corpus = await rereadPenCorpus(opened);
  const parts = sequencesOf(config.handwriting, corpus.split, config.scale);
  return { ...opened, ...assemble(config, parts), ...(await run.resume()) };
}

