/** What a run of the recogniser is made of: the settings and their defaults. */
import { cellNamed, cells } from "../../cell/index.js";
import { Adam, type Optimizer } from "../../optim/index.js";
import type { RandomStream } from "../../tensor/index.js";
import type { ScheduleName } from "../../train/index.js";
import { Recogniser } from "./model.js";

export interface RecogniserConfig {
  readonly cell: string;
  readonly layers: number;
  /** Units of each layer, in each direction. */
  readonly hidden: number;
  /** Between layers. */
  readonly dropout: number;
  /** Lines read in parallel. */
  readonly batch: number;
  /** How much lines are distorted, anew in every epoch: 0 not at all, 1 as usual. */
  readonly augment: number;
  readonly lr: number;
  readonly schedule: ScheduleName;
  /** Limit on the norm of the gradient; 0 for none. */
  readonly clip: number;
  readonly seed: number;
  /** Steps between checkpoints; 0 for every 30 seconds. */
  readonly checkpointEvery: number;
}

export const RECOGNISER_DEFAULTS: RecogniserConfig = {
  cell: "lstm",
  layers: 2,
  hidden: 64,
  dropout: 0.2,
  batch: 8,
  augment: 1,
  lr: 4e-3,
  schedule: "decay",
  clip: 5,
  seed: 1,
  checkpointEvery: 0,
};

/** @param characters that it tells apart @throws RangeError for a cell that there is not */
export function createRecogniser({ cell: name, layers, hidden, dropout }: RecogniserConfig, characters: string, random: RandomStream): Recogniser {
  const cell = cellNamed(name);
  if (cell === undefined) throw new RangeError(`cell: expected one of ${[...cells.keys()].join(", ")}, got ${JSON.stringify(name)}`);
  return new Recogniser({ cell, layers, hiddenSize: hidden, dropout, characters, random });
}

export function createRecogniserOptimizer({ lr }: RecogniserConfig, model: Recogniser): Optimizer {
  return new Adam(model, { lr });
}
