/** The text model as the training loop sees it. */
import { sampleSegments, WindowReader, type ReaderPosition, type Segment, type TokenRow, type Vocabulary } from "../../data/index.js";
import { tensor, type RandomState, type RandomStream, type Tensor } from "../../tensor/index.js";
import type { StoredTensor } from "../../tensor/safetensors.js";
import { CarriedStates, windowLoss, type Json, type Learner, type StepLoss } from "../../train/index.js";
import type { TextConfig } from "./config.js";
import { generate } from "./generate.js";
import { addMeasures, measure } from "./measure.js";
import type { TextModel } from "./model.js";

/** Predictions per validation during training: enough to see the curve, little beside the training in between. */
const VALIDATION_PREDICTIONS = 16_384;
/** Of samples: somewhat likelier than chance would have them. */
const SAMPLE_TEMPERATURE = 0.8;

export interface TextLearnerOptions {
  readonly model: TextModel;
  /** The stream that the model draws its dropout masks from. */
  readonly random: RandomStream;
  readonly training: TokenRow;
  readonly validation: TokenRow | undefined;
  readonly config: Pick<TextConfig, "batch" | "window" | "back" | "resetEvery" | "loss"> & Partial<Pick<TextConfig, "sampleLength">>;
  /** What the tokens of samples mean. @default there are no samples */
  readonly vocabulary?: Vocabulary;
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
  readonly #vocabulary: Vocabulary | undefined;
  readonly #sampleLength: number;

  constructor({ model, random, training, validation, config, vocabulary }: TextLearnerOptions) {
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
    this.#vocabulary = vocabulary;
    this.#sampleLength = config.sampleLength ?? 0;
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

  /** A text from its beginning, chosen by the same random numbers every time: what differs is what was learnt. */
  async sample(): Promise<string | undefined> {
    const length = this.#sampleLength;
    if (this.#vocabulary === undefined || length === 0) return undefined;
    const decoder = new TextDecoder();
    let written = "";
    const random = this.#random.fork("sample");
    for (const piece of generate(this.#model, this.#vocabulary, { length, temperature: SAMPLE_TEMPERATURE, random })) {
      written += decoder.decode(piece, { stream: true });
      if (written.length >= length) break;
    }
    return written;
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
