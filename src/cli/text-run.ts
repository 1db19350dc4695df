/** A text run in its folder: made new, or opened with what its checkpoint knows. */
import type { Backend } from "../backend/index.js";
import type { CorpusName } from "../data/node-corpora.js";
import * as text from "../systems/text/index.js";
import type { TextConfig, TextRunConfig, TextSession, TrainedText } from "../systems/text/index.js";
import { Run, RunError, type Checkpoint } from "../train/index.js";
import { FolderStorage } from "./node-storage.js";
import { packageVersion, recordedBackend } from "./runs.js";
import { readCorpus, type Corpus } from "./text-corpus.js";

export { cellOfRun, lastWeights, readVocabulary, type TextRunConfig, type TextSession } from "../systems/text/index.js";

export interface TextRunRequest extends Pick<text.TextRunRequest, "text" | "budget" | "from"> {
  readonly corpus: Corpus;
  readonly backend: Backend;
}

/** Starts a run; its folder is written last. @throws StateDictError if initial weights are of another network */
export function createTextRun(folder: string, { backend, ...request }: TextRunRequest): Promise<TextSession & { readonly notes: readonly string[] }> {
  return text.createTextRun(new FolderStorage(folder), { ...request, backend: recordedBackend(backend), version: packageVersion() });
}

/** @throws RunError if the folder holds no run, or one of another kind. */
export async function openRun(folder: string): Promise<{ run: Run; config: TextRunConfig }> {
  const run = await Run.open(new FolderStorage(folder));
  if (run.config.kind !== "text") {
    const use = run.config.kind === "vectors" ? "; nearest, analogy, eval and export use it" : "";
    throw new RunError(`${folder} is a run of kind ${JSON.stringify(run.config.kind)}, not a model of text${use}.`);
  }
  return { run, config: text.textRunConfigOf(run) };
}

/** The corpus of a run, read again. @throws RunError if it is not what it was. */
export async function rereadCorpus(run: Run, config: TextRunConfig): Promise<Corpus> {
  const { inputs, corpus: named, fingerprint: then } = config.data;
  const kept = inputs.includes(text.KEPT_INPUT) ? await run.file(text.INPUT_FILE) : undefined;
  const corpus = await readCorpus({ inputs, corpus: named as CorpusName | undefined, vocabulary: config.text.vocabulary, readStandardInput: () => kept! });
  text.requireSameText(run, then, corpus.fingerprint);
  return corpus;
}

/** A run about to go on. The checkpoint is undefined if none was finished: it then starts from its first step. */
export async function reopenTextRun(
  run: Run,
  config: TextRunConfig,
): Promise<TextSession & { readonly checkpoint: Checkpoint | undefined; readonly notes: readonly string[] }> {
  return text.reopenTextRun(run, config, await rereadCorpus(run, config));
}

/** The trained model of a run. @param changed settings that say how it is used */
export function loadTextModel(run: Run, config: TextRunConfig, changed: Partial<TextConfig> = {}): Promise<TrainedText> {
  return text.loadTrainedText(run, { ...config.text, ...changed });
}
