/** Trained models to be used, out of their runs. */
import type { PenScale } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { loadParameters, RunError, type Run, type RunConfig } from "../../train/index.js";
import type { Script } from "./alphabet.js";
import type { KnownNames } from "./conditions.js";
import { createPenModel, type HandwritingConfig } from "./config.js";
import type { PenModel } from "./model.js";

/** run.json of a handwriting run: what makes its model. */
export interface PenRunConfig extends RunConfig {
  readonly kind: "handwriting";
  readonly handwriting: HandwritingConfig;
  readonly scale: PenScale;
  /** For synthesis. */
  readonly script?: Script;
  /** What the model can be told; missing in older runs, which can be told nothing. */
  readonly names?: KnownNames;
}

export interface TrainedPenModel {
  readonly model: PenModel;
  /** Steps that it was trained for. */
  readonly step: number;
  /** Of checkpoints that could not be read. */
  readonly notes: readonly string[];
}

/** The model with the parameters of the last checkpoint. @throws RunError if there is no checkpoint */
export async function loadPenModel(run: Run, { handwriting, script, names }: Pick<PenRunConfig, "handwriting" | "script" | "names">): Promise<TrainedPenModel> {
  const last = await run.lastCheckpoint();
  if (last === undefined) throw new RunError(`${run.location} has no checkpoint yet: unrolled resume ${run.location}`);
  const model = createPenModel(handwriting, new RandomStream(0), script, names).eval();
  loadParameters(last.checkpoint.tensors, model.namedParameters());
  return { model, notes: last.notes, step: last.checkpoint.step };
}
