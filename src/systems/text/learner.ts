/** The text model as the training loop sees it. */
import { sampleSegments, WindowReader, type ReaderPosition, type Segment, type TokenRow } from "../../data/index.js";
import { tensor, type RandomState, type RandomStream, type Tensor } from "../../tensor/index.js";
import type { StoredTensor } from "../../tensor/safetensors.js";
import { CarriedStates, windowLoss, type Json, type Learner, type StepLoss } from "../../train/index.js";
import type { TextConfig } from "./config.js";
import { addMeasures, measure } from "./measure.js";
import type { TextModel } from "./model.js";

/** Predictions per validation during training: enough to see the curve, little beside the training in between. */
const VALIDATION_PREDICTIONS = 16_384;

export interface TextLearnerOptions {
  readonly model: TextModel;
  /** The stream that the model draws its dropout masks from. */
  readonly random: RandomStream;
  readonly training: TokenRow;
  readonly validation: TokenRow | undefined;
  readonly config: Pick<TextConfig, "batch" | "window" | "back" | "resetEvery" | "loss">;
}

export class TextLearner implements Learner {
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly #model: TextModel;
  readonly #random: RandomStream;
  readonly #reader: WindowReader;
  readonly #carried = new CarriedStates();
  readonly #loss: TextConfig["loss"];
  readonly #validation: TokenRow | undefined;
  readonly #segments: readonly Segment[];

  constructor({ model, random, training, validation, config }: TextLearnerOptions) {
    this.parameters = model.namedParameters();
    this.#model = model.train();
    this.#random = random;
    this.#loss = config.loss;
    this.#reader = new WindowReader(training, {
      batch: config.batch,
      stride: config.window,
      back: config.back,
      ...(config.resetEvery > 0 && { resetEvery: config.resetEvery }),
    });
    this.#validation = validation;
    this.#segments = validation === undefined ? [] : sampleSegments(validation, { limit: VALIDATION_PREDICTIONS });
  }

  /** How often the training text has been read. */
  get epochs(): number {
    return this.#reader.epochs;
  }

  loss(): StepLoss {
    const window = this.#reader.next();
    const { predictions, units } = window;
    const loss = windowLoss(this.#model, window, this.#carried);
    if (this.#loss === "mean") return { loss, predictions, units };
    const weight = this.#reader.batch;
    return { loss: loss.scale(predictions / weight), weight, predictions, units };
  }

  async validate(): Promise<number | undefined> {
    if (this.#validation === undefined) return undefined;
    const { nats, units } = addMeasures(await measure(this.#model, this.#validation, this.#segments));
    return nats / Math.max(1, units);
  }

  state(): { json: Json; tensors: Map<string, Tensor> } {
    const json = { position: this.#reader.position(), random: this.#random.state() };
    return { json: json as unknown as Json, tensors: this.#carried.tensors() };
  }

  load({ json, tensors }: { json: Json; tensors: ReadonlyMap<string, StoredTensor> }): void {
    const { position, random } = json as unknown as { position: ReaderPosition; random: RandomState };
    this.#reader.restore(position);
    this.#random.restore(random);
    this.#carried.restore(new Map([...tensors].map(([name, { values, shape }]) => [name, tensor(values, shape)])));
  }
}
