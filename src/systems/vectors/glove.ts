/** GloVe: vectors whose products are the logarithms of co-occurrence counts (Pennington, Socher & Manning 2014). */
import { GLOVE_UNSCALED_BIAS, WORD2VEC_MAX_DIMENSIONS } from "../../backend/generated/kernels.js";
import type { CooccurrenceRecords, WordVocabulary } from "../../data/index.js";
import { defaultBackend, fromInts, RandomStream, step as tensorStep, tensor, zeros, type Tensor } from "../../tensor/index.js";
import { requirePositive, requireWhole, rowStride, type VectorStep, type VectorTrainer } from "./trainer.js";
import { WordVectors } from "./word-vectors.js";

export interface GloveConfig {
  readonly method: "glove";
  readonly dimensions: number;
  /** Passes over the records. */
  readonly epochs: number;
  readonly lr: number;
  /** Counts from here on weigh 1, smaller ones (x / xMax)^power. */
  readonly xMax: number;
  readonly power: number;
  /** Biases move without the learning rate, as in the authors' program of today. */
  readonly unscaledBias: boolean;
  readonly seed: number;
  readonly stepRecords: number;
}

export const GLOVE_DEFAULTS: GloveConfig = {
  method: "glove",
  dimensions: 100,
  epochs: 25,
  lr: 0.05,
  xMax: 100,
  power: 0.75,
  unscaledBias: false,
  seed: 1,
  stepRecords: 1 << 17,
};

/**
 * Trains GloVe vectors on co-occurrence counts.
 *
 *     const trainer = new Glove(vocabulary, countCooccurrences(corpus, { random }), { dimensions: 200 });
 *     for (let i = 0; i < trainer.steps; i++) await trainer.step(i);
 *     const vectors = await trainer.vectors();
 */
export class Glove implements VectorTrainer {
  readonly config: GloveConfig;
  readonly vocabulary: WordVocabulary;
  readonly steps: number;
  /** `words` and `contexts`, [words, 2, width]: vector, bias, zeros; and AdaGrad's sums of squares of each. */
  readonly parameters: ReadonlyMap<"words" | "contexts", Tensor>;
  readonly #records: CooccurrenceRecords;
  readonly #statistics: Tensor;
  readonly #stepsPerEpoch: number;

  /** @throws RangeError naming a setting that makes no sense */
  constructor(vocabulary: WordVocabulary, records: CooccurrenceRecords, settings: Partial<GloveConfig> = {}) {
    const config = { ...GLOVE_DEFAULTS, ...settings };
    requireWhole("glove", "dimensions", config.dimensions, 1, WORD2VEC_MAX_DIMENSIONS);
    requireWhole("glove", "epochs", config.epochs, 1, 1e6);
    requireWhole("glove", "stepRecords", config.stepRecords, 1, 1 << 26);
    for (const name of ["lr", "xMax", "power"] as const) requirePositive("glove", name, config[name]);
    this.config = config;
    this.vocabulary = vocabulary;
    this.#records = records;
    this.#stepsPerEpoch = Math.ceil(records.count / config.stepRecords);
    this.steps = config.epochs * this.#stepsPerEpoch;
    const random = new RandomStream(config.seed).fork("glove");
    const width = rowStride(config.dimensions + 1);
    const make = (name: "words" | "contexts") =>
      [name, tensor(initialRows(vocabulary.size, config.dimensions, width, random.fork(name)), [vocabulary.size, 2, width])] as const;
    this.parameters = new Map([make("words"), make("contexts")]);
    this.#statistics = zeros([1]);
  }

  async step(index: number): Promise<VectorStep> {
    const { dimensions, lr, xMax, power, unscaledBias, stepRecords } = this.config;
    const from = (index % this.#stepsPerEpoch) * stepRecords;
    const [chunk] = this.#records.chunks({ from, length: stepRecords });
    const { rows, columns, values } = chunk!;
    tensorStep(() => {
      defaultBackend().kernels.gloveTrain(
        this.parameters.get("words")!.pointer, this.parameters.get("contexts")!.pointer, rowStride(dimensions + 1), dimensions,
        fromInts(rows).pointer, fromInts(columns).pointer, tensor(values).pointer, rows.length, lr, xMax, power,
        unscaledBias ? GLOVE_UNSCALED_BIAS : 0, this.#statistics.pointer,
      );
    });
    const [totalLoss] = (await this.#statistics.data()) as unknown as [number];
    this.#statistics.set([0]);
    const records = rows.length;
    return { predictions: records, pairs: records, totalLoss, units: records, learningRate: lr };
  }

  /** @param parts "sum": word plus context vector, as published; "words": the word's alone */
  async vectors(parts: "sum" | "words" = "sum"): Promise<WordVectors> {
    const [words, contexts] = await Promise.all([...this.parameters.values()].map((rows) => rows.data()));
    const { dimensions } = this.config;
    const apart = 2 * rowStride(dimensions + 1);
    const values = Float32Array.from({ length: this.vocabulary.size * dimensions }, (_, i) => {
      const at = Math.floor(i / dimensions) * apart + (i % dimensions);
      return words![at]! + (parts === "sum" ? contexts![at]! : 0);
    });
    return new WordVectors(this.vocabulary.words, values, dimensions);
  }
}

/** Vectors and biases uniform in (-0.5, 0.5) / dimensions; sums of squares begin at 1. */
function initialRows(words: number, dimensions: number, width: number, random: RandomStream): Float32Array {
  const columns = dimensions + 1;
  const rows = new Float32Array(2 * words * width);
  const drawn = random.uniform([words, columns], -0.5 / dimensions, 0.5 / dimensions).dataSync();
  for (let i = 0; i < words; i++) {
    rows.set(drawn.subarray(i * columns, (i + 1) * columns), 2 * i * width);
    rows.fill(1, (2 * i + 1) * width, (2 * i + 2) * width);
  }
  return rows;
}
