/** What a handwriting run is made of: the settings, their defaults, and the parts they describe. */
import { cellNamed, cells } from "../../cell/index.js";
import { Adam, GravesRmsProp, type Optimizer } from "../../optim/index.js";
import type { RandomStream } from "../../tensor/index.js";
import type { ScheduleName } from "../../train/index.js";
import type { Script } from "./alphabet.js";
import { HandwritingModel, type PenModel } from "./model.js";
import { SynthesisModel } from "./synthesis-model.js";

export const HANDWRITING_TASKS = ["prediction", "synthesis"] as const;
export type HandwritingTask = (typeof HANDWRITING_TASKS)[number];

export interface HandwritingConfig {
  /**
   * "prediction": the next movement from those before it (Graves 2013, section 4); "synthesis": from those and from the text that is
   * written (section 5).
   */
  readonly task: HandwritingTask;
  readonly cell: string;
  readonly layers: number;
  readonly hidden: number;
  /** M, the Gaussians of the mixture. */
  readonly components: number;
  /** K, the Gaussians of the window over the text; for synthesis. */
  readonly window: number;
  /** Lines read in parallel. */
  readonly batch: number;
  /** Movements after which a sequence is cut. */
  readonly longest: number;
  /** How much slant, size, angle and pace of the lines are varied anew in every epoch: 0 not at all, 1 as usual. */
  readonly augment: number;
  readonly optimizer: HandwritingOptimizer;
  readonly lr: number;
  readonly schedule: ScheduleName;
  /** Limit on the norm of the gradient; 0 for none. */
  readonly clip: number;
  /** Limit on the derivatives of a line's loss by the network's outputs; 0 for none. */
  readonly clipOutputs: number;
  /** Limit on the derivatives of a line's loss by the sums that enter the gates; 0 for none. */
  readonly clipPreactivations: number;
  readonly seed: number;
  /** Steps between checkpoints; 0 for every 30 seconds. */
  readonly checkpointEvery: number;
}

const OPTIMIZERS = {
  adam: { lr: 5e-3, make: (model: PenModel, lr: number) => new Adam(model, { lr }) },
  "graves-rmsprop": { lr: 1e-4, make: (model: PenModel, lr: number) => new GravesRmsProp(model, { lr }) },
} as const satisfies Record<string, { lr: number; make: (model: PenModel, lr: number) => Optimizer }>;

export type HandwritingOptimizer = keyof typeof OPTIMIZERS;
export const HANDWRITING_OPTIMIZERS = Object.keys(OPTIMIZERS) as HandwritingOptimizer[];

export function defaultHandwritingRate(name: HandwritingOptimizer): number {
  return OPTIMIZERS[name].lr;
}

export function createHandwritingOptimizer(config: HandwritingConfig, model: PenModel): Optimizer {
  return OPTIMIZERS[config.optimizer].make(model, config.lr);
}

/** For a laptop: the paper's network in small. */
export const HANDWRITING_DEFAULTS: HandwritingConfig = {
  task: "prediction",
  cell: "peephole-lstm",
  layers: 2,
  hidden: 128,
  components: 20,
  window: 10,
  batch: 8,
  longest: 600,
  augment: 0,
  optimizer: "adam",
  lr: OPTIMIZERS.adam.lr,
  schedule: "decay",
  clip: 10,
  clipOutputs: 100,
  clipPreactivations: 10,
  seed: 1,
  checkpointEvery: 0,
};

/** The network and the optimiser of Graves 2013, section 4.2: three layers of 400 cells, one line an update. */
export const HANDWRITING_PAPER: HandwritingConfig = {
  ...HANDWRITING_DEFAULTS,
  layers: 3,
  hidden: 400,
  batch: 1,
  longest: 2000,
  optimizer: "graves-rmsprop",
  lr: OPTIMIZERS["graves-rmsprop"].lr,
  schedule: "constant",
  clip: 0,
};

/** What the networks of both tasks are made of. @throws RangeError for a cell that there is not */
function networkOptions(config: HandwritingConfig, random: RandomStream) {
  const cell = cellNamed(config.cell);
  if (cell === undefined) throw new RangeError(`cell: expected one of ${[...cells.keys()].join(", ")}, got ${JSON.stringify(config.cell)}`);
  const { layers, hidden, components, batch, clipPreactivations } = config;
  return {
    cell,
    layers,
    hiddenSize: hidden,
    components,
    random,
    // The loss is the mean over the lines of a batch: so are its derivatives.
    ...(clipPreactivations > 0 && { clipPreactivations: clipPreactivations / batch }),
  };
}

/** The network of prediction. @throws RangeError for a cell that there is not */
export function createHandwritingModel(config: HandwritingConfig, random: RandomStream): HandwritingModel {
  return new HandwritingModel(networkOptions(config, random));
}

/** The network of synthesis. @throws RangeError for a cell that there is not */
export function createSynthesisModel(config: HandwritingConfig, random: RandomStream, script: Script): SynthesisModel {
  return new SynthesisModel({ ...networkOptions(config, random), window: config.window, script });
}

/** The network of the task that the settings name. @param script of the lines to learn from, for synthesis */
export function createPenModel(config: HandwritingConfig, random: RandomStream, script?: Script): PenModel {
  if (config.task === "prediction") return createHandwritingModel(config, random);
  if (script === undefined) throw new RangeError("script: expected that of the lines to learn from, got none");
  return createSynthesisModel(config, random, script);
}
