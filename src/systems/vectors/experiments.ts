/** What word2vec and GloVe claim, on corpora whose structure is known. */
import { CooccurrenceCounter, countCooccurrences, MemoryCooccurrence, PairExpansion, RecordBuffer } from "../../data/cooccurrence.js";
import { keepProbabilities, MemoryTokenCorpus, SENTENCE_END, WordVocabulary, type CooccurrenceRecords } from "../../data/index.js";
import { UniformDraws } from "../../data/uniform-draws.js";
import { RandomStream } from "../../tensor/index.js";
import type { Progress } from "../../train/index.js";
import { defineExperiment, type Experiment, type ExperimentContext } from "../experiment.js";
import { Glove, type GloveConfig } from "./glove.js";
import { noiseDistribution } from "./noise.js";
import { roleAnalogies, roleCorpus, topicCorpus, type PlantedCorpus } from "./planted.js";
import { shiftedPmi } from "./shifted-pmi.js";
import { spearman } from "./spearman.js";
import { trainVectors } from "./train.js";
import { rowStride, type VectorTrainer } from "./trainer.js";
import { Word2vec } from "./word2vec.js";
import type { WordVectors } from "./word-vectors.js";

const MIKOLOV = "Mikolov, Sutskever, Chen, Corrado & Dean 2013, Distributed Representations of Words and Phrases and their Compositionality";
const PENNINGTON = "Pennington, Socher & Manning 2014, GloVe: Global Vectors for Word Representation";

/** Pairs that occur less often have too noisy a PMI to compare with. */
const FREQUENT_PAIR = 20;

const word2vec = defineExperiment({
  name: "word2vec",
  paper: `${MIKOLOV}; Levy & Goldberg 2014, Neural Word Embedding as Implicit Matrix Factorization`,
  claim: "Skip-gram with negative sampling factorises shifted PMI, its vectors solve analogies by addition, and leaving out frequent words saves work at no loss.",
  setup:
    "200,000 words: 8 roles times 6 attributes are 48 words, each among contexts of its role and of its attribute, with function words by Zipf's law. 16 " +
    "dimensions, window 3, 5 negatives, 5 epochs, learning rate 0.05. Analogies by 3CosAdd among the 48 words; Spearman's correlation of u·v with the shifted " +
    "PMI of the windows' counts, over pairs that occur 20 times; with subsampling (1e-3) the counts are those of the thinned text.",
  caution:
    "The paper's accuracies are of 19,544 questions of general knowledge, 300 dimensions and a billion words of news; its measure of work is minutes. A planted " +
    "corpus has nothing but the structure asked about, so that all of it can be found: the sign of the effects compares, not their size.",
  needsOneThread: true,
  figures: {
    analogies: { title: "analogies", form: "share", published: "59 %" },
    analogiesThinned: { title: "analogies, subsampled", form: "share", published: "60 %" },
    correlation: { title: "correlation with shifted PMI" },
    correlationThinned: { title: "the same, subsampled" },
    correlationRaw: { title: "subsampled, PMI of the whole text" },
    pairs: { title: "pairs trained", form: "whole", published: "38 min" },
    pairsThinned: { title: "pairs trained, subsampled", form: "whole", published: "14 min" },
  },
  checks: [
    { claim: "Analogies: at least 95 % without subsampling", margin: ({ analogies }) => analogies - 0.95 },
    { claim: "and with it", margin: ({ analogiesThinned }) => analogiesThinned - 0.95 },
    { claim: "Products follow shifted PMI: correlation above 0.85", margin: ({ correlation }) => correlation - 0.85 },
    {
      claim: "With subsampling they follow the PMI of the thinned text, not that of the whole",
      margin: ({ correlationThinned, correlationRaw }) => correlationThinned - correlationRaw,
    },
    { claim: "Subsampling leaves less than 60 % of the pairs", margin: ({ pairs, pairsThinned }) => 0.6 - pairsThinned / pairs },
  ],
  async run(seed, { quick, report }) {
    const planted = roleCorpus(seed, quick ? 60_000 : 200_000);
    const { vocabulary, entries } = planted;
    const settings = { dimensions: 16, window: 3, negatives: 5, epochs: 5, lr: 0.05, seed };
    const train = async (doing: string, subsample: number) => {
      const trainer = new Word2vec(vocabulary, planted.corpus, { ...settings, subsample });
      const pairs = await trainAll(trainer, doing, report);
      return { pairs, vectors: await trainer.vectors(), outputs: await trainer.outputVectors() };
    };
    const whole = await train("without subsampling", 0);
    const thinned = await train("with subsampling", 1e-3);
    report("counting");
    const count = (of: Int32Array) => windowCounts(of, vocabulary.size, settings.window);
    const follow = ({ vectors, outputs }: typeof whole, counts: Float64Array) =>
      pmiCorrelation(vectors, outputs, counts, shiftedPmi(counts, noiseDistribution(vocabulary.counts), settings.negatives));
    const counts = count(entries);
    const random = new RandomStream(seed).fork("thinning");
    return {
      analogies: roleAnalogies(whole.vectors),
      analogiesThinned: roleAnalogies(thinned.vectors),
      correlation: follow(whole, counts),
      correlationThinned: follow(thinned, count(thinnedOut(planted, 1e-3, random))),
      correlationRaw: follow(thinned, counts),
      pairs: whole.pairs,
      pairsThinned: thinned.pairs,
    };
  },
});

const glove = defineExperiment({
  name: "glove",
  paper: PENNINGTON,
  claim: "Vectors from co-occurrence counts solve analogies; adding word and context vectors does not hurt; more text helps.",
  setup:
    "The corpus of roles and attributes (see word2vec). Counts in symmetric windows of 5, weighted 1/distance; 16 dimensions, xMax 10, 50 passes. The same " +
    "from the first tenth of the text.",
  caution:
    "The paper's accuracies are of 19,544 questions of general knowledge, 300 dimensions, from 1.6 and from 42 billion words; it gives no number for w alone.",
  needsOneThread: true,
  figures: {
    sum: { title: "analogies, w + w̃", form: "share", published: "75.0 %" },
    words: { title: "analogies, w alone", form: "share" },
    tenth: { title: "a tenth of the text, w + w̃", form: "share", published: "70.3 %" },
    tenthWords: { title: "a tenth of the text, w alone", form: "share" },
  },
  checks: [
    { claim: "w + w̃ answers no fewer than w alone, but for a hundredth", margin: ({ sum, words }) => sum - words + 0.01 },
    { claim: "The whole text answers more than a tenth of it", margin: ({ sum, tenth }) => sum - tenth },
  ],
  async run(seed, { quick, report }) {
    const { vocabulary, entries } = roleCorpus(seed, quick ? 60_000 : 200_000);
    const train = async (doing: string, part: Int32Array) => {
      report("counting");
      const records = countCooccurrences(new MemoryTokenCorpus(part), { window: 5, random: new RandomStream(seed).fork("records") });
      const trainer = new Glove(vocabulary, records, { dimensions: 16, xMax: 10, epochs: 50, seed });
      await trainAll(trainer, doing, report);
      return trainer;
    };
    const whole = await train("the whole text", entries);
    const tenth = await train("a tenth of it", entries.subarray(0, entries.length / 10));
    return {
      sum: roleAnalogies(await whole.vectors()),
      words: roleAnalogies(await whole.vectors("words")),
      tenth: roleAnalogies(await tenth.vectors()),
      tenthWords: roleAnalogies(await tenth.vectors("words")),
    };
  },
});

const PROBES = ["solid", "water", "fashion", "gas"] as const;

const gloveRatios = defineExperiment({
  name: "glove-ratios",
  paper: PENNINGTON,
  claim: "Differences of word vectors encode ratios of co-occurrence probabilities (section 3, table 1): (ice - steam)·solid is large, ·gas small, ·water and ·fashion are neither.",
  setup:
    "200,000 words in sentences around \"ice\" or \"steam\": solid near the one, gas near the other, water near both, fashion near neither, the rest " +
    "neutral. Counts in windows of 10, weighted 1/distance; 4 dimensions, xMax 100, 100 passes. What is measured are (w_ice - w_steam)·w̃_probe, and beside them " +
    "the logarithms of the counted ratios.",
  caution: "The paper's ratios P(k|ice) / P(k|steam), here as logarithms, are counted in six billion words, not planted.",
  needsOneThread: true,
  figures: {
    solid: { title: "(ice - steam)·solid", published: "2.19" },
    water: { title: "(ice - steam)·water", published: "0.31" },
    fashion: { title: "(ice - steam)·fashion", published: "-0.04" },
    gas: { title: "(ice - steam)·gas", published: "-2.47" },
    solidCounted: { title: "log ratio counted, solid" },
    gasCounted: { title: "log ratio counted, gas" },
  },
  checks: [
    { claim: "solid above water and fashion, and above 0", margin: ({ solid, water, fashion }) => Math.min(solid, solid - Math.max(water, fashion)) },
    { claim: "gas below them, and below 0", margin: ({ gas, water, fashion }) => Math.min(-gas, Math.min(water, fashion) - gas) },
    {
      claim: "water and fashion nearer to 0 than a quarter of what solid and gas are apart",
      margin: ({ solid, water, fashion, gas }) => (solid - gas) / 4 - Math.max(Math.abs(water), Math.abs(fashion)),
    },
  ],
  async run(seed, { quick, report }) {
    const { vocabulary, corpus } = topicCorpus(seed, quick ? 50_000 : 200_000);
    const records = countCooccurrences(corpus, { window: 10, random: new RandomStream(seed).fork("records") });
    const trainer = new Glove(vocabulary, records, { dimensions: 4, xMax: 100, epochs: 100, seed });
    await trainAll(trainer, "passes", report);
    const [sums, words] = [await trainer.vectors(), await trainer.vectors("words")];
    const difference = words.vector("ice").map((x, q) => x - words.vector("steam")[q]!);
    const product = (probe: string) => difference.reduce((sum, x, q) => sum + x * (sums.vector(probe)[q]! - words.vector(probe)[q]!), 0);
    const counted = new Map<string, number>();
    for (const { rows, columns, values } of records.chunks({ length: records.count })) {
      rows.forEach((row, i) => counted.set(`${vocabulary.words[row]!} ${vocabulary.words[columns[i]!]!}`, values[i]!));
    }
    const logRatio = (probe: string) => Math.log(counted.get(`ice ${probe}`)! / counted.get(`steam ${probe}`)!);
    const [solid, water, fashion, gas] = PROBES.map(product) as [number, number, number, number];
    return { solid, water, fashion, gas, solidCounted: logRatio("solid"), gasCounted: logRatio("gas") };
  },
});

/** Words and contexts of the matrix to be found, its rank, and how often it is tried. */
const [SIDE, RANK, STARTS] = [12, 3, 5];

const gloveRank = defineExperiment({
  name: "glove-rank",
  paper: PENNINGTON,
  claim: "Weighted least squares finds a matrix of logarithms of rank 3, with biases, exactly with 3 dimensions, and cannot with fewer.",
  setup:
    "log X = u·v + a + c, 12 by 12, u and v of 3 dimensions from N(0, 1), a from N(2, 0.3²), c from N(1, 0.3²). xMax 100, learning rate 0.05, 2,000 passes over all " +
    "cells in shuffled order, from five random starts, of which the best counts: the loss has local minima. J is the paper's, " +
    "Σ f(X) (w·w̃ + b + b̃ - log X)².",
  needsOneThread: true,
  figures: {
    first: { title: "J before" },
    third: { title: "J, 3 dimensions" },
    error: { title: "largest error of log X, 3 dimensions" },
    found: { title: "starts of five that end there" },
    second: { title: "J, 2 dimensions" },
    one: { title: "J, 1 dimension" },
  },
  checks: [
    { claim: "With 3 dimensions J falls below a millionth; by so many orders of magnitude", margin: ({ first, third }) => Math.log10((1e-6 * first) / third) },
    { claim: "and log X is found within 0.01", margin: ({ error }) => 0.01 - error },
    { claim: "With 2 dimensions J stays above a thousandth; by so many", margin: ({ first, second }) => Math.log10(second / (1e-3 * first)) },
    { claim: "and with 1 above that", margin: ({ second, one }) => one - second },
  ],
  async run(seed, { quick, report }) {
    const { logs, records } = matrixOfRank(RANK, new RandomStream(seed).fork("matrix"));
    const vocabulary = new WordVocabulary(Array.from({ length: SIDE }, (_, i) => `${i}`), new Array<number>(SIDE).fill(1));
    /** The fit before, and those at the end of every start, the best first. */
    const train = async (dimensions: number) => {
      let first = 0;
      const last = [];
      for (let start = 0; start < STARTS; start++) {
        const trainer = new Glove(vocabulary, records, { dimensions, xMax: 100, epochs: quick ? 1000 : 2000, seed: STARTS * seed + start });
        if (start === 0) first = (await gloveFit(trainer, logs)).loss;
        await trainAll(trainer, `${dimensions} dimensions, start ${start + 1}`, report);
        last.push(await gloveFit(trainer, logs));
      }
      return { first, last: last.sort((a, b) => a.loss - b.loss) };
    };
    const [one, second, third] = [await train(1), await train(2), await train(3)];
    const [best] = third.last;
    const found = third.last.filter(({ loss }) => loss < 1e-6 * third.first).length;
    return { first: third.first, third: best!.loss, error: best!.largestError, found, second: second.last[0]!.loss, one: one.last[0]!.loss };
  },
});

export const VECTOR_EXPERIMENTS: readonly Experiment[] = [word2vec, glove, gloveRatios, gloveRank];

/** To the end; the pairs that were trained. */
async function trainAll(trainer: VectorTrainer, doing: string, report: ExperimentContext["report"]): Promise<number> {
  let pairs = 0;
  const { steps, parameters } = trainer;
  const step = async (index: number) => {
    const taken = await trainer.step(index);
    pairs += taken.pairs;
    return taken;
  };
  const onProgress = ({ step: done }: Progress) => report(`${doing}, ${Math.round((100 * done) / steps)} %`);
  await trainVectors({ steps, parameters, step, vectors: () => trainer.vectors() }, { onProgress });
  return pairs;
}

/** Pairs with the weight that windows of random width give them, [words, words]. */
function windowCounts(entries: Int32Array, words: number, window: number): Float64Array {
  const counts = new Float64Array(words * words);
  const options = { window, weighting: "linear" } as const;
  const expansion = new PairExpansion(options);
  const counter = new CooccurrenceCounter(options);
  counter.count(new MemoryTokenCorpus(entries), 0, entries.length);
  counter.forEachSorted(words, (row, column, sum) => expansion.expand(row, column, sum, (i, j, value) => (counts[i * words + j] = value)));
  return counts;
}

/** The text with frequent words left out as in training; the draws are others. */
function thinnedOut({ vocabulary, entries }: PlantedCorpus, threshold: number, random: RandomStream): Int32Array {
  const keep = keepProbabilities(vocabulary, { threshold }).map((p) => Math.round(p * 2 ** 24));
  const draws = new UniformDraws(random);
  return entries.filter((entry) => entry === SENTENCE_END || draws.integer(2 ** 24) < keep[entry]!);
}

/** Spearman's correlation of v·u with PMI over the pairs that are frequent. */
function pmiCorrelation(vectors: WordVectors, outputs: WordVectors, counts: Float64Array, pmi: Float64Array): number {
  const words = vectors.words.length;
  const frequent = [...counts.keys()].filter((cell) => counts[cell]! >= FREQUENT_PAIR);
  const products = frequent.map((cell) => {
    const [v, u] = [vectors.row(Math.floor(cell / words)), outputs.row(cell % words)];
    return v.reduce((sum, x, q) => sum + x * u[q]!, 0);
  });
  return spearman(products, frequent.map((cell) => pmi[cell]!));
}

/** log X, [SIDE, SIDE], and X as records. */
function matrixOfRank(rank: number, random: RandomStream): { logs: Float64Array; records: CooccurrenceRecords } {
  const draw = (n: number, mean: number, deviation: number) => random.normal([n], mean, deviation).dataSync();
  const [u, v, a, c] = [draw(SIDE * rank, 0, 1), draw(SIDE * rank, 0, 1), draw(SIDE, 2, 0.3), draw(SIDE, 1, 0.3)];
  const buffer = new RecordBuffer(SIDE * SIDE);
  const logs = Float64Array.from({ length: SIDE * SIDE }, (_, cell) => {
    const [i, j] = [Math.floor(cell / SIDE), cell % SIDE];
    let log = a[i]! + c[j]!;
    for (let q = 0; q < rank; q++) log += u[i * rank + q]! * v[j * rank + q]!;
    buffer.add(i, j, Math.exp(log));
    return log;
  });
  buffer.shuffle(random);
  return { logs, records: new MemoryCooccurrence(buffer) };
}

/** The paper's J over a full matrix, and the largest error of its logarithms: never parameters, which many changes leave the sums of alone. */
async function gloveFit({ parameters, config }: Glove, logs: Float64Array): Promise<{ loss: number; largestError: number }> {
  const { dimensions, xMax, power }: GloveConfig = config;
  const [words, contexts] = await Promise.all([...parameters.values()].map((rows) => rows.data()));
  const apart = 2 * rowStride(dimensions + 1);
  let [loss, largestError] = [0, 0];
  logs.forEach((log, cell) => {
    const [w, c] = [Math.floor(cell / SIDE) * apart, (cell % SIDE) * apart];
    let error = words![w + dimensions]! + contexts![c + dimensions]! - log;
    for (let q = 0; q < dimensions; q++) error += words![w + q]! * contexts![c + q]!;
    loss += Math.min(1, (Math.exp(log) / xMax) ** power) * error * error;
    largestError = Math.max(largestError, Math.abs(error));
  });
  return { loss, largestError };
}
