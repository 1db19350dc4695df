/** The recogniser as the training loop sees it. */
import { movesOf, normal, PenReader, strokesOf, type PenPosition, type PenSample } from "../../data/index.js";
import { ctcLoss } from "../../nn/index.js";
import { noGrad, step, type RandomStream, type Tensor } from "../../tensor/index.js";
import type { Json, Learner, StepLoss } from "../../train/index.js";
import type { RecogniserConfig } from "./config.js";
import { inkColumns, type Distortion } from "./ink.js";
import { BLANK, inkBatch, type Recogniser } from "./model.js";

/** Lines of a validation during training: enough to see the curve. */
const VALIDATION_LINES = 64;

export interface RecogniserLearnerOptions {
  readonly model: Recogniser;
  /** Shuffles, and distorts what is read. */
  readonly random: RandomStream;
  /** Lines with their texts, of characters that the model knows. */
  readonly training: readonly PenSample[];
  readonly validation: readonly PenSample[];
  readonly config: Pick<RecogniserConfig, "batch" | "augment">;
}

export class RecogniserLearner implements Learner {
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly #model: Recogniser;
  readonly #reader: PenReader;
  readonly #random: RandomStream;
  readonly #augment: number;
  readonly #validation: readonly { readonly ink: Float32Array; readonly text: string }[];

  constructor({ model, random, training, validation, config: { batch, augment } }: RecogniserLearnerOptions) {
    this.parameters = model.namedParameters();
    this.#model = model.train();
    this.#reader = new PenReader(training.map(({ strokes, ...sample }) => ({ ...sample, moves: movesOf(strokes) })), { batch, random });
    this.#random = random;
    this.#augment = augment;
    this.#validation = validation.slice(0, VALIDATION_LINES).map(({ strokes, text = "" }) => ({ ink: inkColumns(strokes), text }));
  }

  /** How often all lines have been read. */
  get epochs(): number {
    return this.#reader.epochs;
  }

  /** The mean over the lines of -log p(text | ink). */
  loss(): StepLoss {
    const { rows } = this.#reader.next();
    const { epoch, read } = this.#reader.position();
    const lines = rows.map(({ moves, text = "" }, r) => {
      const distortion = drawDistortion(this.#random.fork(`epoch ${epoch} line ${read - r}`), this.#augment);
      return { ink: inkColumns(strokesOf(moves), distortion), text };
    });
    const { loss, columns, characters } = this.#lossOf(lines);
    return { loss, weight: lines.length, predictions: columns, units: characters };
  }

  async validate(): Promise<number | undefined> {
    if (this.#validation.length === 0) return undefined;
    const wasTraining = this.#model.training;
    this.#model.eval();
    const nats = step(() =>
      noGrad(() => {
        const { loss, characters } = this.#lossOf(this.#validation);
        return (loss.item() * this.#validation.length) / characters;
      }),
    );
    this.#model.train(wasTraining);
    return nats;
  }

  state(): { json: Json; tensors: Map<string, Tensor> } {
    return { json: this.#reader.position() as unknown as Json, tensors: new Map() };
  }

  load({ json }: { json: Json }): void {
    this.#reader.restore(json as unknown as PenPosition);
  }

  #lossOf(lines: readonly { readonly ink: Float32Array; readonly text: string }[]): { loss: Tensor; columns: number; characters: number } {
    const batch = inkBatch(lines.map(({ ink }) => ink));
    const labels = lines.map(({ text }) => this.#model.labels(text)!);
    // A line squeezed to fewer columns than its text needs teaches nothing.
    const loss = ctcLoss(this.#model.forward(batch), labels, { lengths: batch.lengths, blank: BLANK, zeroInfinity: true });
    return { loss, columns: sumOf(batch.lengths), characters: sumOf(labels.map(({ length }) => length)) };
  }
}

function drawDistortion(random: RandomStream, amount: number): Distortion {
  const draw = (deviation: number) => amount * deviation * normal(random);
  return {
    lean: draw(0.15), width: draw(0.2), height: draw(0.1), bulge: draw(0.2), lift: draw(0.1), swing: draw(0.2), phase: 2 * Math.PI * random.next(),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
