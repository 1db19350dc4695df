import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createReferenceBackend, loadBackend, type Backend } from "../../backend/index.js";
import { tableSigmoid } from "../../backend/reference/word-vectors.js";
import { MemoryTokenCorpus, SENTENCE_END, WordVocabulary } from "../../data/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { MemoryStorage, Run } from "../../train/index.js";
import { aliasTable, noiseDistribution } from "./noise.js";
import { shiftedPmi } from "./shifted-pmi.js";
import { trainVectors } from "./train.js";
import { Word2vec, type Word2vecConfig } from "./word2vec.js";

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend({ threads: 1 });
});
beforeEach(() => setDefaultBackend(backend));

const COUNTS = [10, 2, 1, 2, 8, 4, 1, 4, 6];

/** The corpus of COUNTS: sentences of two words, so that each gives both of its pairs; in random order, `times` over. */
function pairCorpus(times: number): MemoryTokenCorpus {
  const pairs: [number, number][] = [];
  for (let w = 0; w < 3; w++) {
    for (let c = w; c < 3; c++) {
      const count = (times * COUNTS[3 * w + c]!) / (w === c ? 2 : 1);
      for (let i = 0; i < count; i++) pairs.push([w, c]);
    }
  }
  const order = new RandomStream(5).permutation(pairs.length);
  return new MemoryTokenCorpus(Int32Array.from([...order].flatMap((i) => [...pairs[i]!, SENTENCE_END])));
}
const vocabulary = new WordVocabulary(["b", "a", "c"].map((word) => `w${word}`), [14, 13, 11]);

async function train(corpus: MemoryTokenCorpus, words: WordVocabulary, settings: Partial<Word2vecConfig>) {
  const trainer = new Word2vec(words, corpus, { subsample: 0, ...settings });
  await trainVectors(trainer);
  return trainer;
}

describe("golden values", () => {
  it("noise is count to the power of 3/4", () => {
    const expected = [0.5543070482, 0.3295929428, 0.0985712811, 0.017528728];
    noiseDistribution([100, 50, 10, 1]).forEach((p, i) => expect(p).toBeCloseTo(expected[i]!, 10));
  });

  it("the closed form, with the noise of counts and with that of their power", () => {
    const rows = [13, 14, 11];
    const plain = shiftedPmi(COUNTS, rows.map((count) => count / 38), 5);
    const expected = [
      -0.7991653746, -2.4827112592, -2.934696383, -2.4827112592, -1.1705248703, -1.622509994, -2.934696383, -1.622509994, -0.9758828291,
    ];
    plain.forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 9));
    const powered = [
      -0.7935983516, -2.4586172431, -2.9708928811, -2.4771442362, -1.1464308542, -1.6587064921, -2.9291293599, -1.5984159779, -1.0120793272,
    ];
    shiftedPmi(COUNTS, noiseDistribution(rows), 5).forEach((x, i) => expect(x).toBeCloseTo(powered[i]!, 9));
  });

  it("the table of the public program, whose 0 is not in the middle", () => {
    expect(tableSigmoid(0)).toBeCloseTo(0.494000288, 9);
    expect(tableSigmoid(0.5)).toBeCloseTo(0.6149102741, 9);
    expect([tableSigmoid(6.1), tableSigmoid(-6.1)]).toEqual([1, 0]);
  });
});

it("an alias table holds its distribution", () => {
  const wanted = noiseDistribution(Array.from({ length: 97 }, (_, i) => 1000 / (i + 1)));
  const table = aliasTable(wanted);
  const found = new Float64Array(97);
  for (let i = 0; i < 97; i++) {
    const own = (table[2 * i]! >>> 0) / 2 ** 32;
    found[i]! += own / 97;
    found[table[2 * i + 1]!]! += (1 - own) / 97;
  }
  wanted.forEach((p, i) => expect(found[i]).toBeCloseTo(p, 8));
});

describe.each([["exact", true], ["shared negatives", false]])("%s", (_name, exact) => {
  it("converges to the closed form of shifted PMI", async () => {
    // Negatives that are the centre are skipped, as in the public program: of #(w) · P(c) only (#(w) - #(w,c)) · P(c) are left.
    // The corpus names word 0 what has 13 occurrences: counts need only be in order for real vocabularies.
    const words = new WordVocabulary(["a", "b", "c"], [13, 14, 11]);
    const trainer = await train(pairCorpus(400), words, { dimensions: 8, window: 1, negatives: 5, epochs: 30, lr: 0.1, exact });
    const [v, u] = [await trainer.vectors(), await trainer.outputVectors()];
    const noise = noiseDistribution(words.counts);
    for (let w = 0; w < 3; w++) {
      for (let c = 0; c < 3; c++) {
        const count = COUNTS[3 * w + c]!;
        // A centre c is the target of the context w.
        const expected = Math.log(count / (5 * noise[c]! * (words.counts[w]! - count)));
        const x = v.vector(words.words[w]!).reduce((sum, a, q) => sum + a * u.vector(words.words[c]!)[q]!, 0);
        expect(Math.abs(x - expected), `cell ${w}, ${c}: ${x} beside ${expected}`).toBeLessThan(0.15);
      }
    }
  });
});

describe.each([["skip-gram", 0], ["skip-gram, exact", 2], ["bag of words", 1], ["bag of words, exact", 3]])("%s", (_name, flags) => {
  it("moves along the gradient of its loss, by finite differences", () => {
    const reference = createReferenceBackend();
    const [words, columns] = [7, 5];
    const stride = 16;
    const size = words * stride;
    const start = Float64Array.from({ length: 2 * size }, (_, i) => (i % stride < columns ? Math.sin(3 * i + 1) / 2 : 0));
    // Words of the corpus stand where the loss is measured; between them are numbers beyond the vocabulary.
    const tokens = Array.from({ length: 33 }, (_, i) => (i % 16 === 0 ? [1, 2, 1][i / 16]! : words));
    const alias = aliasTable(noiseDistribution([7, 6, 5, 4, 3, 2, 1]));
    const run = (parameters: Float64Array, lr: number) => {
      const place = (values: ArrayLike<number>) => {
        const at = reference.memory.allocate(4 * values.length);
        reference.memory.floats(at, values.length).set(values);
        return at;
      };
      const [input, output] = [place(parameters.subarray(0, size)), place(parameters.subarray(size))];
      const statistics = place([0, 0, 0, 0]);
      reference.kernels.word2vecTrain(
        input, output, stride, columns, place(tokens), tokens.length, 0, place(alias), words, 2, 3, flags, lr, 0, 0, 1, 2, 0, 0, statistics,
      );
      return {
        loss: reference.memory.floats(statistics, 1)[0]!,
        moved: Float64Array.from([...reference.memory.floats(input, size), ...reference.memory.floats(output, size)]),
      };
    };
    const { moved } = run(start, 1e-8);
    for (let i = 0; i < 2 * size; i++) {
      if (i % stride >= columns) continue;
      const at = (change: number) => run(start.map((x, j) => (j === i ? x + change : x)), 0).loss;
      const numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
      // Of the mean of a bag's contexts each gets the whole error: as many times the gradient as there are.
      const analytic = (start[i]! - moved[i]!) / 1e-8;
      if (flags & 1 && i < size) {
        if (Math.abs(numeric) > 1e-6) expect(analytic / numeric).toBeGreaterThan(0);
      } else expect(Math.abs(analytic - numeric)).toBeLessThan(1e-5);
    }
  });
});

it("gives up the same bits after being stopped and taken up again", async () => {
  const words = new WordVocabulary(["a", "b", "c"], [13, 14, 11]);
  const make = () => new Word2vec(words, pairCorpus(40), { dimensions: 20, epochs: 3, stepEntries: 512, subsample: 0.1 });
  const unbroken = make();
  await trainVectors(unbroken);
  const run = await Run.create(new MemoryStorage(), { version: "0", kind: "vectors" });
  const stop = new AbortController();
  const first = await trainVectors(make(), { run, signal: stop.signal, onProgress: ({ step }) => step === 3 && stop.abort() });
  expect(first).toMatchObject({ outcome: "interrupted", step: 3 });
  const { checkpoint } = await run.resume();
  const resumed = make();
  const last = await trainVectors(resumed, { run, checkpoint });
  expect(last).toMatchObject({ outcome: "complete", step: resumed.steps });
  expect((await resumed.vectors()).values).toEqual((await unbroken.vectors()).values);
  expect((await run.metrics()).map(({ step }) => step)).toEqual(Array.from({ length: resumed.steps }, (_, i) => i + 1));
});

it("draws the radius of a window uniformly, and keeps words with the probability asked for", () => {
  // The kernel counts its pairs: of each centre 2 b, b uniform from 1 to 5, with four fifths of the words kept.
  const count = 20_000;
  const place = (values: ArrayLike<number>, kind: "floats" | "ints") => {
    const at = backend.memory.allocate(4 * values.length);
    backend.memory[kind](at, values.length).set(values);
    return at;
  };
  const row = place(new Float32Array(16), "floats");
  const statistics = place([0, 0, 0, 0], "floats");
  backend.kernels.word2vecTrain(
    row, place(new Float32Array(16), "floats"), 16, 1, place(new Int32Array(count), "ints"), count,
    place([Math.round(0.8 * 2 ** 24)], "ints"), place([-1, 0], "ints"), 1, 5, 1, 0, 0, 0, 0, 1, 2, 0, 0, statistics,
  );
  const [, , pairs, kept] = backend.memory.floats(statistics, 4);
  expect(Math.abs(kept! / count - 0.8)).toBeLessThan(0.01);
  expect(Math.abs(pairs! / kept! - 6)).toBeLessThan(0.1);
});

it("names settings that make no sense", () => {
  expect(() => new Word2vec(vocabulary, pairCorpus(2), { window: 0 })).toThrow("word2vec: window: expected a whole number from 1 to 32, got 0");
  expect(() => new Word2vec(vocabulary, pairCorpus(2), { lr: NaN })).toThrow("word2vec: lr: expected a number above 0, got NaN");
});
