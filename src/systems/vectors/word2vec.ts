/** Skip-gram and continuous bag of words with negative sampling (Mikolov et al. 2013). */
import {
  WORD2VEC_CBOW, WORD2VEC_EXACT, WORD2VEC_MAX_DIMENSIONS, WORD2VEC_MAX_NEGATIVES, WORD2VEC_MAX_WINDOW, WORD2VEC_TABLE,
} from "../../backend/generated/kernels.js";
import { keepProbabilities, SENTENCE_END, type SubsamplingForm, type TokenCorpus, type WordVocabulary } from "../../data/index.js";
import { defaultBackend, fromInts, RandomStream, step as tensorStep, tensor, zeros, type Tensor } from "../../tensor/index.js";
import { aliasTable, noiseDistribution } from "./noise.js";
import { requirePositive, requireWhole, rowStride, type VectorStep, type VectorTrainer } from "./trainer.js";
import { WordVectors } from "./word-vectors.js";

export interface Word2vecConfig {
  readonly method: "skipgram" | "cbow";
  readonly dimensions: number;
  /** The largest distance of a context; each centre draws its own from 1 to this. */
  readonly window: number;
  /** Noise words per window, with `exact` per pair. */
  readonly negatives: number;
  readonly epochs: number;
  /** Falls in a straight line to a ten-thousandth over the training. */
  readonly lr: number;
  /** Relative frequency above which words are thinned out; 0 for none. */
  readonly subsample: number;
  readonly subsampling: SubsamplingForm;
  /** Noise is count^power. */
  readonly noisePower: number;
  /** Every pair has negatives of its own and changes rows at once, as in the public program; slower. */
  readonly exact: boolean;
  /** The public program's table in place of the sigmoid. */
  readonly sigmoidTable: boolean;
  /** Vectors begin uniform in (-initialRange, initialRange) / dimensions. The public program has 0.5, gensim and fastText have 1. */
  readonly initialRange: number;
  readonly seed: number;
  /** Entries of the corpus in a step. */
  readonly stepEntries: number;
}

/** Those of the public program, but for five epochs instead of one to fifteen, and vectors that begin larger: they leave the start sooner, and answer more. */
export const SKIPGRAM_DEFAULTS: Word2vecConfig = {
  method: "skipgram",
  dimensions: 100,
  window: 5,
  negatives: 5,
  epochs: 5,
  lr: 0.025,
  subsample: 1e-3,
  subsampling: "code",
  noisePower: 0.75,
  exact: false,
  sigmoidTable: false,
  initialRange: 1,
  seed: 1,
  stepEntries: 1 << 16,
};
export const CBOW_DEFAULTS: Word2vecConfig = { ...SKIPGRAM_DEFAULTS, method: "cbow", lr: 0.05 };

/** The rate never falls below this part of what it was at first. */
const LEAST_RATE = 1e-4;
/** How far beyond its place a step's end may move to meet the end of a sentence. */
const SENTENCE_REACH = 1000;
const KEEP_ALL = 2 ** 24;

/**
 * Trains word vectors on a corpus. With one thread the result is the same to the last bit however the steps are interrupted.
 *
 *     const { vocabulary, corpus } = await buildWordCorpus(documents);
 *     const trainer = new Word2vec(vocabulary, corpus, { dimensions: 200 });
 *     for (let i = 0; i < trainer.steps; i++) await trainer.step(i);
 *     const vectors = await trainer.vectors();
 */
export class Word2vec implements VectorTrainer {
  readonly config: Word2vecConfig;
  readonly vocabulary: WordVocabulary;
  readonly steps: number;
  /** `input` and `output`, [words, stride]: the dimensions, then zeros. */
  readonly parameters: ReadonlyMap<"input" | "output", Tensor>;
  readonly #corpus: TokenCorpus;
  readonly #keep: Tensor | undefined;
  readonly #alias: Tensor;
  readonly #statistics: Tensor;
  readonly #seed: readonly [number, number];
  readonly #stepsPerEpoch: number;

  /** @throws RangeError naming a setting that makes no sense */
  constructor(vocabulary: WordVocabulary, corpus: TokenCorpus, settings: Partial<Word2vecConfig> = {}) {
    const config = { ...(settings.method === "cbow" ? CBOW_DEFAULTS : SKIPGRAM_DEFAULTS), ...settings };
    check(config);
    this.config = config;
    this.vocabulary = vocabulary;
    this.#corpus = corpus;
    this.#stepsPerEpoch = Math.max(1, Math.ceil(corpus.length / config.stepEntries));
    this.steps = config.epochs * this.#stepsPerEpoch;
    const random = new RandomStream(config.seed).fork("word2vec");
    const stride = rowStride(config.dimensions);
    const shape = [vocabulary.size, stride];
    this.parameters = new Map([
      ["input", tensor(initialRows(vocabulary.size, stride, config, random.fork("input")), shape)],
      ["output", zeros(shape)],
    ]);
    const kept = keepProbabilities(vocabulary, { threshold: config.subsample, form: config.subsampling });
    this.#keep = kept.every((p) => p === 1) ? undefined : fromInts(Int32Array.from(kept, (p) => Math.round(p * KEEP_ALL)));
    this.#alias = fromInts(aliasTable(noiseDistribution(vocabulary.counts, config.noisePower)));
    this.#statistics = zeros([4]);
    this.#seed = random.fork("draws").state().seed;
  }

  async step(index: number): Promise<VectorStep> {
    const { config } = this;
    const length = this.#corpus.length;
    const epoch = Math.floor(index / this.#stepsPerEpoch);
    const [from, to] = [0, 1].map((next) => this.#boundary(((index % this.#stepsPerEpoch) + next) * config.stepEntries)) as [number, number];
    const position = epoch * length + from;
    const fall = config.lr / (config.epochs * length + 1);
    const lr = Math.max(config.lr - fall * position, config.lr * LEAST_RATE);
    let words = 0;
    const backend = defaultBackend();
    for (const entries of this.#corpus.chunks({ from, to, length: Math.max(1, to - from) })) {
      for (const entry of entries) if (entry !== SENTENCE_END) words++;
      tensorStep(() => {
        backend.kernels.word2vecTrain(
          this.parameters.get("input")!.pointer, this.parameters.get("output")!.pointer, rowStride(config.dimensions), config.dimensions,
          fromInts(entries).pointer, entries.length, this.#keep?.pointer ?? 0, this.#alias.pointer, this.vocabulary.size, config.window,
          config.negatives, flagsOf(config), lr, fall, config.lr * LEAST_RATE, this.#seed[0], this.#seed[1], position >>> 0,
          Math.floor(position / 2 ** 32), this.#statistics.pointer,
        );
      });
    }
    const [totalLoss, units, pairs] = (await this.#statistics.data()) as unknown as [number, number, number];
    this.#statistics.set([0, 0, 0, 0]);
    return { predictions: words, pairs, totalLoss, units, learningRate: lr };
  }

  /** Where a step that is due to begin at entry `at` does: after the first end of a sentence from there on, if one is near. */
  #boundary(at: number): number {
    if (at === 0 || at >= this.#corpus.length) return Math.min(at, this.#corpus.length);
    const to = Math.min(at + SENTENCE_REACH, this.#corpus.length);
    for (const entries of this.#corpus.chunks({ from: at, to, length: SENTENCE_REACH })) {
      const end = entries.indexOf(SENTENCE_END);
      if (end >= 0) return at + end + 1;
    }
    return at;
  }

  async vectors(): Promise<WordVectors> {
    return this.#vectorsOf("input");
  }

  /** The vectors of words as targets, u in u·v; word similarity is measured on the others. */
  async outputVectors(): Promise<WordVectors> {
    return this.#vectorsOf("output");
  }

  async #vectorsOf(name: "input" | "output"): Promise<WordVectors> {
    const rows = await this.parameters.get(name)!.data();
    const { dimensions } = this.config;
    const stride = rowStride(dimensions);
    const values = new Float32Array(this.vocabulary.size * dimensions);
    for (let i = 0; i < this.vocabulary.size; i++) values.set(rows.subarray(i * stride, i * stride + dimensions), i * dimensions);
    return new WordVectors(this.vocabulary.words, values, dimensions);
  }
}

function check(config: Word2vecConfig): void {
  const what = "word2vec";
  requireWhole(what, "dimensions", config.dimensions, 1, WORD2VEC_MAX_DIMENSIONS);
  requireWhole(what, "window", config.window, 1, WORD2VEC_MAX_WINDOW);
  requireWhole(what, "negatives", config.negatives, 1, WORD2VEC_MAX_NEGATIVES);
  requireWhole(what, "epochs", config.epochs, 1, 1e6);
  requireWhole(what, "stepEntries", config.stepEntries, 1, 1 << 26);
  requirePositive(what, "lr", config.lr);
  requirePositive(what, "initialRange", config.initialRange);
}

function flagsOf({ method, exact, sigmoidTable }: Word2vecConfig): number {
  return (method === "cbow" ? WORD2VEC_CBOW : 0) | (exact ? WORD2VEC_EXACT : 0) | (sigmoidTable ? WORD2VEC_TABLE : 0);
}

/** [words, stride] */
function initialRows(words: number, stride: number, { dimensions, initialRange }: Word2vecConfig, random: RandomStream): Float32Array {
  const rows = new Float32Array(words * stride);
  const range = initialRange / dimensions;
  const drawn = random.uniform([words, dimensions], -range, range).dataSync();
  for (let i = 0; i < words; i++) rows.set(drawn.subarray(i * dimensions, (i + 1) * dimensions), i * stride);
  return rows;
}
