/** Threads write to the same rows without locks: results differ in bits, and must not differ in what they are good for. */
import { describe, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { countCooccurrences } from "../../data/cooccurrence.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { Glove } from "./glove.js";
import { ROLE_WORDS, roleAnalogies, roleCorpus } from "./planted.js";
import { trainVectors } from "./train.js";
import type { VectorTrainer } from "./trainer.js";
import { Word2vec } from "./word2vec.js";
import { WordVectors } from "./word-vectors.js";

const { vocabulary, corpus } = roleCorpus(1, 60_000);
const records = countCooccurrences(corpus, { window: 5, random: new RandomStream(1) });
const word2vec = { dimensions: 16, window: 3, epochs: 5, lr: 0.05, subsample: 0 } as const;

async function train(threads: number, make: () => VectorTrainer): Promise<WordVectors> {
  setDefaultBackend(await loadBackend({ threads }));
  const trainer = make();
  await trainVectors(trainer);
  const vectors = await trainer.vectors();
  return new WordVectors(ROLE_WORDS, Float32Array.from(ROLE_WORDS.flatMap((word) => [...vectors.vector(word)])));
}

/** The share of the five nearest words that both have. */
function sharedNeighbours(a: WordVectors, b: WordVectors): number {
  const five = (vectors: WordVectors, word: string) => vectors.nearest(word, { count: 5 }).map((neighbour) => neighbour.word);
  const shared = ROLE_WORDS.map((word) => five(a, word).filter((other) => five(b, word).includes(other)).length);
  return shared.reduce((sum, count) => sum + count, 0) / (5 * ROLE_WORDS.length);
}

describe.each<[string, () => VectorTrainer]>([
  ["skip-gram", () => new Word2vec(vocabulary, corpus, { ...word2vec, method: "skipgram" })],
  ["CBOW", () => new Word2vec(vocabulary, corpus, { ...word2vec, method: "cbow" })],
  ["GloVe", () => new Glove(vocabulary, records, { dimensions: 16, xMax: 10, epochs: 25 })],
])("%s", (_, make) => {
  it("one thread gives the same bits twice; four give vectors as good", async () => {
    const one = await train(1, make);
    expect((await train(1, make)).values).toEqual(one.values);
    const four = await train(4, make);
    expect(roleAnalogies(one)).toBeGreaterThan(0.9);
    expect(roleAnalogies(four)).toBeGreaterThan(0.9);
    expect(sharedNeighbours(one, four)).toBeGreaterThan(0.45); // by chance 0.11
  });
});
