/** What a handwriting run is made of: the settings, their defaults, and the parts they describe. */
import { cellNamed, cells } from "../../cell/index.js";
import { Adam, chosenNoise, GravesRmsProp, optimised, type NoisyWeights, type Optimizer, type Parameters } from "../../optim/index.js";
import type { PenSequence } from "../../data/index.js";
import type { RandomStream } from "../../tensor/index.js";
import type { ScheduleName } from "../../train/index.js";
import type { Script } from "./alphabet.js";
import { Condition, Conditions, CONDITION_KINDS, namesOf, type KnownNames } from "./conditions.js";
import { HandwritingModel, type PenModel } from "./model.js";
import { SynthesisModel } from "./synthesis-model.js";

export const HANDWRITING_TASKS = ["prediction", "synthesis", "drawing"] as const;
export type HandwritingTask = (typeof HANDWRITING_TASKS)[number];

export interface HandwritingConfig {
  /**
   * "prediction": the next movement from those before it (Graves 2013, section 4); "synthesis": from those and from the text that is
   * written (section 5); "drawing": from those and from what is drawn as a whole, such as a Chinese character.
   */
  readonly task: HandwritingTask;
  readonly cell: string;
  readonly layers: number;
  readonly hidden: number;
  /** M, the Gaussians of the mixture. */
  readonly components: number;
  /** K, the Gaussians of the window over the text; for synthesis. */
  readonly window: number;
  /** Numbers that stand for a writer, whose hand can then be chosen; 0, and undefined in older runs, where writers are not told apart. */
  readonly writers?: number;
  /** Numbers that stand for what is drawn; for drawing. */
  readonly classes?: number;
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
  /** Standard deviation of Gaussian noise on the weights while the gradient is computed; 0, and undefined in older runs, for none. */
  readonly weightNoise?: number;
  /** The same at the start, for noise that every weight adapts (Graves 2011). */
  readonly adaptiveNoise?: number;
  readonly seed: number;
  /** Steps between checkpoints; 0 for every 30 seconds. */
  readonly checkpointEvery: number;
}

const OPTIMIZERS = {
  adam: { lr: 5e-3, make: (parameters: Parameters, lr: number) => new Adam(parameters, { lr }) },
  "graves-rmsprop": { lr: 1e-4, make: (parameters: Parameters, lr: number) => new GravesRmsProp(parameters, { lr }) },
} as const satisfies Record<string, { lr: number; make: (parameters: Parameters, lr: number) => Optimizer }>;

export type HandwritingOptimizer = keyof typeof OPTIMIZERS;
export const HANDWRITING_OPTIMIZERS = Object.keys(OPTIMIZERS) as HandwritingOptimizer[];

export function defaultHandwritingRate(name: HandwritingOptimizer): number {
  return OPTIMIZERS[name].lr;
}

/** @param noise whose deviations, if it adapts them, are optimised too */
export function createHandwritingOptimizer(config: HandwritingConfig, model: PenModel, noise?: NoisyWeights): Optimizer {
  return OPTIMIZERS[config.optimizer].make(optimised(model, noise), config.lr);
}

/**
 * The noise on the weights that was asked for.
 * @param sequences to learn from
 * @param random a stream that nothing else draws from
 * @throws RangeError if both kinds were
 */
export function createHandwritingNoise({ weightNoise = 0, adaptiveNoise = 0 }: HandwritingConfig, model: PenModel, sequences: number, random: RandomStream): NoisyWeights | undefined {
  return chosenNoise(model, { fixed: weightNoise, adaptive: adaptiveNoise, sequences, random });
}

/** For a laptop: the paper's network in small. */
export const HANDWRITING_DEFAULTS: HandwritingConfig = {
  task: "prediction",
  cell: "peephole-lstm",
  layers: 2,
  hidden: 128,
  components: 20,
  window: 10,
  writers: 0,
  classes: 64,
  batch: 8,
  longest: 600,
  augment: 0,
  optimizer: "adam",
  lr: OPTIMIZERS.adam.lr,
  schedule: "decay",
  clip: 0,
  clipOutputs: 100,
  clipPreactivations: 10,
  weightNoise: 0,
  adaptiveNoise: 0,
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
};

/** What the networks of both tasks are made of. @throws RangeError for a cell that there is not */
function networkOptions(config: HandwritingConfig, random: RandomStream, names: KnownNames) {
  const cell = cellNamed(config.cell);
  if (cell === undefined) throw new RangeError(`cell: expected one of ${[...cells.keys()].join(", ")}, got ${JSON.stringify(config.cell)}`);
  const { layers, hidden, components, batch, clipPreactivations } = config;
  const conditions = createConditions(config, random.fork("conditions"), names);
  return {
    cell,
    layers,
    hiddenSize: hidden,
    components,
    random,
    ...(conditions && { conditions }),
    // The loss is the mean over the lines of a batch: so are its derivatives.
    ...(clipPreactivations > 0 && { clipPreactivations: clipPreactivations / batch }),
  };
}

/** How many numbers stand for a name of each kind; 0 where the model is not told. */
function conditionSizes({ task, writers = 0, classes = 0 }: HandwritingConfig): Readonly<Record<keyof KnownNames, number>> {
  return { writer: writers, class: task === "drawing" ? classes : 0 };
}

/** The names that a model with these settings learns to follow. @throws DataError if the sequences do not name what the settings ask for */
export function knownNames(config: HandwritingConfig, sequences: readonly PenSequence[]): KnownNames {
  const sizes = conditionSizes(config);
  return Object.fromEntries(CONDITION_KINDS.filter((kind) => sizes[kind] > 0).map((kind) => [kind, namesOf(kind, sequences)]));
}

function createConditions(config: HandwritingConfig, random: RandomStream, known: KnownNames): Conditions | undefined {
  const sizes = conditionSizes(config);
  const conditions = CONDITION_KINDS.filter((kind) => sizes[kind] > 0).map((kind) => {
    const names = known[kind];
    if (names === undefined) throw new RangeError(`names: expected those of every ${kind} to learn from, got none`);
    return [kind, new Condition(kind, { names, size: sizes[kind], random: random.fork(kind) })] as const;
  });
  return conditions.length === 0 ? undefined : new Conditions(Object.fromEntries(conditions));
}

/** The network of prediction and of drawing. @throws RangeError for a cell that there is not */
export function createHandwritingModel(config: HandwritingConfig, random: RandomStream, names: KnownNames = {}): HandwritingModel {
  return new HandwritingModel(networkOptions(config, random, names));
}

/** The network of synthesis. @throws RangeError for a cell that there is not */
export function createSynthesisModel(config: HandwritingConfig, random: RandomStream, script: Script, names: KnownNames = {}): SynthesisModel {
  return new SynthesisModel({ ...networkOptions(config, random, names), window: config.window, script });
}

/**
 * The network of the task that the settings name.
 * @param script of the lines to learn from, for synthesis
 * @param names that it can be told, as `knownNames` gives them
 */
export function createPenModel(config: HandwritingConfig, random: RandomStream, script?: Script, names: KnownNames = {}): PenModel {
  if (config.task !== "synthesis") return createHandwritingModel(config, random, names);
  if (script === undefined) throw new RangeError("script: expected that of the lines to learn from, got none");
  return createSynthesisModel(config, random, script, names);
}
