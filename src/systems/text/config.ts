/** What a text run is made of: the settings, their defaults, and the parts they describe. */
import { cellNamed, cells, type Cell, type Expression } from "../../cell/index.js";
import type { VocabularyKind } from "../../data/index.js";
import {
  Adam, AdamW, AdaGrad, chosenNoise, GravesRmsProp, optimised, RmsProp, Sgd, type NoisyWeights, type Optimizer, type Parameters,
} from "../../optim/index.js";
import type { RandomStream } from "../../tensor/index.js";
import type { ScheduleName } from "../../train/index.js";
import { TextModel, type TextModelOptions } from "./model.js";

export interface TextConfig {
  readonly vocabulary: VocabularyKind;
  /** Rarer tokens become <unk>; 0 stands for the vocabulary's own default. */
  readonly minimumCount: number;
  /** The largest vocabulary; 0 stands for the vocabulary's own default. */
  readonly maximumSize: number;
  readonly cell: string;
  readonly layers: number;
  /** The input goes to every layer, every layer's output to the scores (Graves 2013). */
  readonly skip: boolean;
  readonly hidden: number;
  /** Width of the token vectors; 0 for one-hot. */
  readonly embedding: number;
  readonly dropout: number;
  /** Rows of text read in parallel. */
  readonly batch: number;
  /** k1: tokens per row and step. */
  readonly window: number;
  /** k2: how far back the gradient flows. */
  readonly back: number;
  /** Windows after which states are forgotten, also inside a document; 0 for never. */
  readonly resetEvery: number;
  /** Steps of the segments that the backward pass computes again; 0 keeps everything. */
  readonly recompute: number | "sqrt";
  /** What the products of the recurrent layers round their operands to; parameters and all else are float32. */
  readonly precision: "float32" | "bfloat16";
  /**
   * What is differentiated: "mean" over all predictions of a step, or "sum", each row's sum and the mean over the rows. With "sum" a
   * learning rate means what it does in Graves 2013.
   */
  readonly loss: LossForm;
  readonly optimizer: OptimizerName;
  readonly lr: number;
  /** Of the optimisers "momentum" and "nesterov". */
  readonly momentum: number;
  readonly schedule: ScheduleName;
  /** Limit on the norm of the gradient; 0 for none. */
  readonly clip: number;
  /**
   * Limit on the derivatives of a row's loss, a sum over its predictions, by the sums that enter the gates; 0 for none. (Those by the
   * scores need none: they lie between -1 and 1.)
   */
  readonly clipPreactivations: number;
  /** Standard deviation of Gaussian noise on the weights while the gradient is computed; 0 for none. */
  readonly weightNoise: number;
  /** The same at the start, for noise that every weight adapts (Graves 2011); 0 for none. */
  readonly adaptiveNoise: number;
  readonly seed: number;
  /** Steps between checkpoints; 0 for every 30 seconds. */
  readonly checkpointEvery: number;
  /** Characters that it writes at each validation, for people to see; 0 for none. They change nothing in what it learns. */
  readonly sampleLength: number;
}

export type LossForm = "mean" | "sum";
export const LOSS_FORMS: readonly LossForm[] = ["mean", "sum"];

type MakeOptimizer = (parameters: Parameters, config: TextConfig) => Optimizer;

/**
 * The optimisers by name, with the learning rate that each has when none is given. Adam's is high because a short run gains by
 * it: after 1,500 steps on Moby Dick 0.01 reached 2.12 bits per character and 0.005 reached 2.15; clipping and the falling end
 * keep it stable.
 */
const OPTIMIZERS = {
  adam: { lr: 6e-3, make: (parameters, { lr }) => new Adam(parameters, { lr }) },
  adamw: { lr: 6e-3, make: (parameters, { lr }) => new AdamW(parameters, { lr }) },
  sgd: { lr: 1, make: (parameters, { lr }) => new Sgd(parameters, { lr }) },
  momentum: { lr: 0.2, make: (parameters, { lr, momentum }) => new Sgd(parameters, { lr, momentum }) },
  nesterov: { lr: 0.2, make: (parameters, { lr, momentum }) => new Sgd(parameters, { lr, momentum, nesterov: true }) },
  rmsprop: { lr: 2e-3, make: (parameters, { lr }) => new RmsProp(parameters, { lr }) },
  "graves-rmsprop": { lr: 1e-4, make: (parameters, { lr }) => new GravesRmsProp(parameters, { lr }) },
  adagrad: { lr: 0.02, make: (parameters, { lr }) => new AdaGrad(parameters, { lr }) },
} as const satisfies Record<string, { lr: number; make: MakeOptimizer }>;

export type OptimizerName = keyof typeof OPTIMIZERS;
export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as OptimizerName[];

export function defaultLearningRate(name: OptimizerName): number {
  return OPTIMIZERS[name].lr;
}

/** @param noise whose deviations, if it adapts them, are optimised too */
export function createOptimizer(config: TextConfig, parameters: Parameters, noise?: NoisyWeights): Optimizer {
  return OPTIMIZERS[config.optimizer].make(optimised(parameters, noise), config);
}

/**
 * The noise on the weights that was asked for.
 * @param tokens of the training text
 * @param random a stream that nothing else draws from
 * @throws RangeError if both kinds were
 */
export function createNoise(config: TextConfig, parameters: Parameters, tokens: number, random: RandomStream): NoisyWeights | undefined {
  const { weightNoise, adaptiveNoise, loss, window } = config;
  const sequences = Math.max(1, loss === "sum" ? tokens / window : tokens);
  return chosenNoise(parameters, { fixed: weightNoise, adaptive: adaptiveNoise, sequences, random });
}

/**
 * Settings under which a minute on two cores makes samples that look like English. Vectors of 64 for the characters learn much
 * faster than one-hot ones; of equally many characters 32 rows learn as much as 16, and fill the vector units better.
 */
export const TEXT_DEFAULTS: TextConfig = {
  vocabulary: "characters",
  minimumCount: 0,
  maximumSize: 0,
  cell: "lstm",
  layers: 1,
  skip: false,
  hidden: 256,
  embedding: 64,
  dropout: 0,
  batch: 32,
  window: 64,
  back: 64,
  resetEvery: 0,
  recompute: 0,
  precision: "float32",
  loss: "mean",
  optimizer: "adam",
  lr: OPTIMIZERS.adam.lr,
  momentum: 0.9,
  schedule: "decay",
  clip: 1,
  clipPreactivations: 0,
  weightNoise: 0,
  adaptiveNoise: 0,
  seed: 1,
  checkpointEvery: 0,
  sampleLength: 200,
};

/**
 * @param random draws the initial parameters, and dropout masks from then on
 * @param options values of the cell to record; a cell in place of the library's of that name
 * @throws RangeError for a cell that there is not
 */
export function createTextModel(
  config: TextConfig,
  vocabularySize: number,
  random: RandomStream,
  { inspect, cell = cellNamed(config.cell) }: Partial<Pick<TextModelOptions, "inspect" | "cell">> = {},
): TextModel {
  if (cell === undefined) {
    throw new RangeError(`cell: expected one of ${[...cells.keys()].join(", ")}, got ${JSON.stringify(config.cell)}`);
  }
  return new TextModel({
    vocabularySize,
    cell,
    hiddenSize: config.hidden,
    layers: config.layers,
    embeddingSize: addsInputToState(cell) ? config.hidden : config.embedding,
    dropout: config.dropout,
    skip: config.skip,
    ...(config.clipPreactivations > 0 && { clipPreactivations: config.clipPreactivations * lossScale(config) }),
    ...(config.recompute !== 0 && { recompute: config.recompute }),
    precision: config.precision,
    ...(inspect && { inspect }),
    random,
  });
}

/** What a row's loss, a sum over its predictions, is multiplied by in the loss that is differentiated (where all rows are full). */
function lossScale({ loss, batch, window }: TextConfig): number {
  return loss === "sum" ? 1 / batch : 1 / (batch * window);
}

/** Whether the input enters a cell without a matrix, as in MUT1 and MUT2: it must then be as wide as the state. */
function addsInputToState(cell: Cell): boolean {
  const seen = new Set<Expression>();
  const visit = (expression: Expression): boolean => {
    if (seen.has(expression)) return false;
    seen.add(expression);
    const direct = expression.op !== "linear" && expression.inputs.some((input) => input.op === "input");
    return direct || expression.inputs.some(visit);
  };
  return Object.values(cell.next).some(visit);
}
