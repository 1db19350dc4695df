/**
 * A corpus whose structure is known: 8 roles times 6 attributes are 48 words, each among contexts of its role and of its attribute. Their
 * vectors must solve every analogy, and their products must follow shifted PMI.
 */
import { beforeAll, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { MemoryTokenCorpus, SENTENCE_END, WordVocabulary } from "../../data/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { noiseDistribution } from "./noise.js";
import { shiftedPmi } from "./shifted-pmi.js";
import { trainVectors } from "./train.js";
import { Word2vec } from "./word2vec.js";
import type { WordVectors } from "./word-vectors.js";

const [ROLES, ATTRIBUTES, WINDOW, NEGATIVES] = [8, 6, 3, 5];
const content = (role: number, attribute: number) => `r${role}a${attribute}`;

beforeAll(async () => {
  setDefaultBackend(await loadBackend({ threads: 1 }));
});

/** Occurrences of a word between 3 of its role's 4 contexts and 3 of its attribute's 4, half of them after a function word. */
function planted(seed: number, tokens = 200_000) {
  const random = new RandomStream(seed);
  const text: string[] = [];
  const three = (name: string) => [...random.permutation(4)].slice(0, 3).map((i) => `${name}${i}`);
  while (text.length < tokens) {
    const [role, attribute] = [random.integer(ROLES), random.integer(ATTRIBUTES)];
    const around = [...three(`R${role}c`), ...three(`A${attribute}c`)];
    const order = [...random.permutation(6)].map((i) => around[i]!);
    // Zipf's law over 20 function words, by the inverse of a logarithm.
    const words = [...order.slice(0, 3), content(role, attribute), ...order.slice(3)];
    for (const word of words) {
      if (random.next() < 0.5) text.push(`f${Math.floor(Math.exp(random.next() * Math.log(20)))}`);
      text.push(word);
    }
    text.push("");
  }
  const counts = new Map<string, number>();
  for (const word of text) if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const vocabulary = new WordVocabulary(sorted.map(([word]) => word), sorted.map(([, count]) => count));
  const entries = Int32Array.from(text, (word) => (word === "" ? SENTENCE_END : vocabulary.idOf(word)!));
  return { vocabulary, entries, corpus: new MemoryTokenCorpus(entries) };
}

/** How many of all questions a : b = c : ? over roles and attributes the 48 words answer. */
function analogies(vectors: WordVectors): number {
  const unit = new Map<string, Float64Array>();
  for (let role = 0; role < ROLES; role++) {
    for (let attribute = 0; attribute < ATTRIBUTES; attribute++) {
      const v = Float64Array.from(vectors.vector(content(role, attribute)));
      const norm = Math.hypot(...v);
      unit.set(content(role, attribute), v.map((x) => x / norm));
    }
  }
  let [right, asked] = [0, 0];
  for (let r = 0; r < ROLES; r++) for (let s = 0; s < ROLES; s++) for (let a = 0; a < ATTRIBUTES; a++) for (let b = 0; b < ATTRIBUTES; b++) {
    if (r === s || a === b) continue;
    const [x, y, z] = [content(r, a), content(r, b), content(s, a)];
    const wanted = unit.get(y)!.map((value, q) => value - unit.get(x)![q]! + unit.get(z)![q]!);
    const score = ([, v]: readonly [string, Float64Array]) => v.reduce((sum, value, q) => sum + value * wanted[q]!, 0);
    const candidates = [...unit].filter(([word]) => word !== x && word !== y && word !== z);
    const best = candidates.reduce((most, each) => (score(each) > score(most) ? each : most));
    asked++;
    if (best[0] === content(s, b)) right++;
  }
  return right / asked;
}

function spearman(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]) => {
    const ranked = new Float64Array(values.length);
    [...values.keys()].sort((i, j) => values[i]! - values[j]!).forEach((i, rank) => (ranked[i] = rank));
    return ranked;
  };
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let [xy, xx] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (x[i]! - mean) * (y[i]! - mean);
    xx += (x[i]! - mean) ** 2;
  }
  return xy / xx;
}

/** Pairs with the weights that windows of random width give them, (W - d + 1) / W. */
function windowCounts(entries: Int32Array, words: number): Float64Array {
  const counts = new Float64Array(words * words);
  for (let i = 0; i < entries.length; i++) {
    for (let d = 1; d <= WINDOW && entries[i] !== SENTENCE_END; d++) {
      const other = entries[i + d];
      if (other === undefined || other === SENTENCE_END) break;
      const weight = (WINDOW - d + 1) / WINDOW;
      counts[entries[i]! * words + other]! += weight;
      counts[other * words + entries[i]!]! += weight;
    }
  }
  return counts;
}

it.each([1, 2, 3])("solves all analogies and follows shifted PMI (seed %i)", async (seed) => {
  const { vocabulary, entries, corpus } = planted(seed);
  const settings = { dimensions: 16, window: WINDOW, negatives: NEGATIVES, epochs: 5, lr: 0.05, subsample: 0, seed };
  const trainer = new Word2vec(vocabulary, corpus, settings);
  await trainVectors(trainer);
  const [v, u] = [await trainer.vectors(), await trainer.outputVectors()];
  expect(analogies(v)).toBeGreaterThanOrEqual(0.95);
  const n = vocabulary.size;
  const counts = windowCounts(entries, n);
  const pmi = shiftedPmi(counts, noiseDistribution(vocabulary.counts), NEGATIVES);
  const products: number[] = [];
  const expected: number[] = [];
  for (let i = 0; i < n * n; i++) {
    if (counts[i]! < 20) continue;
    const [w, c] = [Math.floor(i / n) * 16, (i % n) * 16];
    let product = 0;
    for (let q = 0; q < 16; q++) product += v.values[w + q]! * u.values[c + q]!;
    products.push(product);
    expected.push(pmi[i]!);
  }
  expect(spearman(products, expected)).toBeGreaterThan(0.85);

  const thinned = new Word2vec(vocabulary, corpus, { ...settings, subsample: 1e-3 });
  await trainVectors(thinned);
  expect(analogies(await thinned.vectors())).toBeGreaterThanOrEqual(0.95);
}, 30_000);
