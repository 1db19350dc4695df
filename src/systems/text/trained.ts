/** A trained model of text, read from its run to be used. */
import { cellFromJson, CellError, type Cell, type CellJson } from "../../cell/index.js";
import { vocabularyFromJSON, type Vocabulary, type VocabularyJson } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { loadParameters, RunError, type Checkpoint, type Run } from "../../train/index.js";
import { parseJson } from "../../train/json.js";
import { createTextModel, TEXT_DEFAULTS, type TextConfig } from "./config.js";
import type { TextModel, TextModelOptions } from "./model.js";

/** Beside run.json: what the tokens of the model are. */
export const VOCABULARY_FILE = "vocabulary.json";
/** Beside run.json, where the cell is none of the library's: its graph. */
export const CELL_FILE = "cell.json";

/** Weights, and what the tokens mean to them. */
export interface TextWeights {
  /** Where the run lies. */
  readonly folder: string;
  readonly vocabulary: Vocabulary;
  readonly checkpoint: Checkpoint;
  /** Where it is none of the library's. */
  readonly cell?: Cell | undefined;
}

export interface TrainedText {
  readonly model: TextModel;
  readonly vocabulary: Vocabulary;
  readonly checkpoint: Checkpoint;
  /** What was wrong with the run, and did no harm, in sentences. */
  readonly notes: readonly string[];
}

/** The settings of a text run. @throws RunError for a run of another kind */
export function textConfigOf({ config, location }: Run): TextConfig {
  if (config.kind !== "text") throw new RunError(`${location} is a run of kind ${JSON.stringify(config.kind)}, not a model of text.`);
  // Runs of earlier versions lack the settings that came later: what they did then is the default now.
  return { ...TEXT_DEFAULTS, ...(config["text"] as Partial<TextConfig>) };
}

/** @throws RunError if it is missing or damaged */
export async function readVocabulary(run: Run): Promise<Vocabulary> {
  try {
    return vocabularyFromJSON(parseJson(await run.file(VOCABULARY_FILE)) as unknown as VocabularyJson);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RunError(`${run.location}/${VOCABULARY_FILE} is damaged: ${error.message}.`);
  }
}

/** The cell that a run carries, where it is none of the library's. @throws RunError if it is damaged */
export async function cellOfRun(run: Run): Promise<Cell | undefined> {
  const bytes = await run.storage.read(CELL_FILE);
  if (bytes === undefined) return undefined;
  try {
    return cellFromJson(parseJson(bytes) as unknown as CellJson);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof CellError)) throw error;
    throw new RunError(`${run.location}/${CELL_FILE} is damaged: ${error.message}.`);
  }
}

/** Weights of the last checkpoint of a run. @throws RunError if there is none, or something is damaged */
export async function lastWeights(run: Run): Promise<TextWeights & { readonly notes: readonly string[] }> {
  const vocabulary = await readVocabulary(run);
  const last = await run.lastCheckpoint();
  if (last === undefined) throw new RunError(`${run.location} has no checkpoint yet: unrolled resume ${run.location}`);
  return { folder: run.location, vocabulary, checkpoint: last.checkpoint, cell: await cellOfRun(run), notes: last.notes };
}

/**
 * The model of a run: parameters of the last checkpoint, dropout off.
 * @param config the settings of the run, changed where they say how it is used
 * @param options values of the cell to record while it reads
 * @throws RunError, StateDictError if the parameters are those of another model
 */
export async function loadTrainedText(run: Run, config: TextConfig, options: Pick<TextModelOptions, "inspect"> = {}): Promise<TrainedText> {
  const { vocabulary, checkpoint, cell, notes } = await lastWeights(run);
  const model = createTextModel(config, vocabulary.size, new RandomStream(config.seed), { ...options, ...(cell && { cell }) }).eval();
  loadParameters(checkpoint.tensors, model.namedParameters());
  return { model, vocabulary, checkpoint, notes };
}
