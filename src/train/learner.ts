/** What the loop trains: a model together with the data it reads. */
import type { NamedTensors } from "../nn/state-dict.js";
import type { Tensor } from "../tensor/index.js";
import type { StoredTensor } from "../tensor/safetensors.js";
import type { Json } from "./json.js";

/** A model whose loss is differentiated; an optimiser changes its parameters. */
export interface Learner {
  readonly parameters: NamedTensors;
  /** Reads the next batch and computes its loss, inside a step; the data position and carried states move on. */
  loss(): StepLoss;
  /**
   * The loss per unit on held-out data, undefined if there is none. Must leave no trace: neither on random streams nor on the data
   * position nor on carried states.
   */
  validate(): Promise<number | undefined>;
  /** Something that the model makes of itself as it is now, for people to see beside each validation; leaves no trace either. */
  sample?(): Promise<string | undefined>;
  /** What `load` needs, beside the parameters, to go on exactly: data position, random streams, carried states. */
  state(): { readonly json: Json; readonly tensors: NamedTensors };
  load(state: { readonly json: Json; readonly tensors: ReadonlyMap<string, StoredTensor> }): void;
}

export interface StepLoss {
  /** What is differentiated, in nats: the mean over `predictions`, unless `weight` says otherwise. */
  readonly loss: Tensor;
  /** What the loss is multiplied by to be that of all predictions together. @default predictions */
  readonly weight?: number;
  readonly predictions: number;
  /** What reported losses are divided by: characters, words, frames. */
  readonly units: number;
  /** Called once gradients are there, still inside the step: for who wants to look at those that end with it. */
  readonly afterBackward?: () => void;
}

/**
 * A model that changes its parameters itself, without tape and optimiser: its kernels update them in place, as those of word2vec and
 * GloVe do. All that a step depends on beside the parameters must follow from its number; then runs resume to the same bits.
 */
export interface SteppingLearner {
  readonly parameters: NamedTensors;
  /** Does step `index`, counted from 0. */
  step(index: number): Promise<TakenStep>;
  /** The loss per unit on held-out data; leaves no trace. */
  validate?(): Promise<number | undefined>;
  /** As that of `Learner`. */
  sample?(): Promise<string | undefined>;
}

/** A step that was done. */
export interface TakenStep {
  /** The sum over `units`, before the parameters changed; in nats where it is a likelihood. */
  readonly totalLoss: number;
  /** What reported losses are divided by; 0 where nothing was measured. */
  readonly units: number;
  /** What speeds are told in: tokens, words, records. */
  readonly predictions: number;
  readonly learningRate: number;
  /** Before clipping; of learners that have one. */
  readonly gradientNorm?: number;
  /** What describing the weights costs, in nats for each of the training set's units; where noise on the weights is adapted. */
  readonly complexity?: number;
}
