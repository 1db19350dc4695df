/** A handwriting model of either task as the training loop sees it. */
import { augmentSequence, MOVE_WIDTH, PenReader, type PenPosition, type PenScale, type PenSequence } from "../../data/index.js";
import { RandomStream, tensor, type Tensor } from "../../tensor/index.js";
import type { Json, Learner, StepLoss } from "../../train/index.js";
import type { Conditions } from "./conditions.js";
import type { HandwritingConfig } from "./config.js";
import { measurePen, natsPerPoint } from "./measure.js";
import type { PenModel } from "./model.js";

/** How often a model is told nothing, so that it also learns to follow nobody in particular. */
const UNTOLD = 0.1;

/**
 * Of the points of drawings that are varied, in deviations of a movement: the same few points over and over would have densities that grow
 * without end, beside whose gradients that of the pen's lifting is nothing.
 */
const JITTER = 0.1;

/** Movements per validation during training, about: enough to see the curve. */
const VALIDATION_MOVEMENTS = 12_000;

export interface HandwritingLearnerOptions {
  readonly model: PenModel;
  /** Shuffles, and varies what is read. */
  readonly random: RandomStream;
  readonly training: readonly PenSequence[];
  readonly validation: readonly PenSequence[];
  /** Of the sequences: what augmentation needs. */
  readonly scale: PenScale;
  readonly config: Pick<HandwritingConfig, "batch" | "clipOutputs" | "augment">;
}

export class HandwritingLearner implements Learner {
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly #model: PenModel;
  readonly #reader: PenReader;
  readonly #validation: readonly PenSequence[];
  readonly #clip: number;
  readonly #batch: number;

  constructor({ model, random, training, validation, scale, config }: HandwritingLearnerOptions) {
    this.parameters = model.namedParameters();
    this.#model = model.train();
    const { batch, augment } = config;
    const { conditions } = model;
    const change = (sequence: PenSequence, stream: RandomStream) => {
      const changed = augment > 0 ? augmentSequence(sequence, scale, stream, augment, conditions?.class === undefined ? 0 : JITTER) : sequence;
      return conditions === undefined ? changed : partlyTold(changed, conditions, stream.fork("told"));
    };
    this.#reader = new PenReader(training, { batch, random, ...((augment > 0 || conditions !== undefined) && { change }) });
    this.#clip = config.clipOutputs;
    this.#batch = config.batch;
    this.#validation = someOf(validation, VALIDATION_MOVEMENTS);
  }

  /** How often all lines have been read. */
  get epochs(): number {
    return this.#reader.epochs;
  }

  /**
   * The mean over the lines of a (full) batch of each line's loss, which is a sum over its points: what is clipped and what the
   * learning rate is multiplied by are those of the paper.
   */
  loss(): StepLoss {
    const batch = this.#reader.next();
    const { rows, timeSteps, targets, movements } = batch;
    const total = this.#model.density.loss(this.#model.predict(batch), tensor(targets, [timeSteps, rows.length, MOVE_WIDTH]), this.#clip > 0 ? { clip: this.#clip } : {});
    return { loss: total.scale(1 / this.#batch), weight: this.#batch, predictions: movements, units: movements };
  }

  async validate(): Promise<number | undefined> {
    if (this.#validation.length === 0) return undefined;
    return natsPerPoint(measurePen(this.#model, this.#validation, { errors: false }));
  }

  state(): { json: Json; tensors: Map<string, Tensor> } {
    return { json: this.#reader.position() as unknown as Json, tensors: new Map() };
  }

  load({ json }: { json: Json }): void {
    this.#reader.restore(json as unknown as PenPosition);
  }
}

/** Sequences drawn from all over the list that together have about so many movements: the same ones every time. */
function someOf(sequences: readonly PenSequence[], movements: number): PenSequence[] {
  const all = sequences.reduce((sum, { moves }) => sum + moves.length / MOVE_WIDTH, 0);
  const count = Math.ceil(sequences.length * Math.min(1, movements / Math.max(1, all)));
  return Array.from(new RandomStream(0).permutation(sequences.length).subarray(0, count), (i) => sequences[i]!);
}

/** A sequence without what it says of its hand, or of what it is, now and then. (A text to be written stays: that is no class.) */
function partlyTold(sequence: PenSequence, conditions: Conditions, random: RandomStream): PenSequence {
  const [hand, what] = [random.next() < UNTOLD, random.next() < UNTOLD];
  const { name, moves, text, writer, style } = sequence;
  return {
    name,
    moves,
    ...(text !== undefined && !(what && conditions.class !== undefined) && { text }),
    ...(writer !== undefined && !hand && { writer }),
    ...(style !== undefined && !hand && { style }),
  };
}
