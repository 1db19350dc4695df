import { describe, expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { countCooccurrences, type CooccurrenceOptions, type CooccurrenceRecords } from "./cooccurrence.js";
import { MemoryTokenCorpus } from "./token-corpus.js";
import { UniformDraws } from "./uniform-draws.js";

const corpusOf = (...ids: number[]) => new MemoryTokenCorpus(Int32Array.from(ids));
const count = (corpus: MemoryTokenCorpus, options: CooccurrenceOptions = {}) => countCooccurrences(corpus, { random: new RandomStream(1), ...options });

/** "row,column" to value; fails on an entry that is there twice. */
function entries(records: CooccurrenceRecords, length = 7): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { rows, columns, values } of records.chunks({ length })) {
    for (const [i, value] of values.entries()) {
      const name = `${rows[i]},${columns[i]}`;
      expect(found[name]).toBeUndefined();
      found[name] = value;
    }
  }
  expect(Object.keys(found).length).toBe(records.count);
  return found;
}

/** By the definition. */
function byHand(ids: readonly number[], window: number, symmetric: boolean, weight: (d: number) => number): Record<string, number> {
  const sums: Record<string, number> = {};
  const add = (i: number, j: number, value: number) => (sums[`${i},${j}`] = (sums[`${i},${j}`] ?? 0) + value);
  for (let at = 0; at < ids.length; at++) {
    for (let d = 1; d <= window && at - d >= 0 && ids[at - d] !== -1; d++) {
      if (ids[at] === -1) break;
      add(ids[at - d]!, ids[at]!, weight(d));
      if (symmetric) add(ids[at]!, ids[at - d]!, weight(d));
    }
  }
  return sums;
}

describe("countCooccurrences", () => {
  it("has the known values of a b c a b", () => {
    const counted = entries(count(corpusOf(0, 1, 2, 0, 1), { window: 2 }));
    expect(counted).toEqual({ "0,1": 2.5, "1,0": 2.5, "0,2": 1.5, "2,0": 1.5, "1,2": 1.5, "2,1": 1.5 });
  });

  it.each([
    [1, true, "inverse"], [5, true, "inverse"], [10, false, "inverse"], [30, true, "inverse"], [4, true, "linear"], [4, false, "flat"],
  ] as const)("agrees with the definition: window %d, symmetric %s, %s", (window, symmetric, weighting) => {
    const random = new RandomStream(2);
    const ids = Array.from({ length: 3000 }, () => Math.floor(random.next() ** 3 * 60) - 1);
    const weights = { inverse: (d: number) => 1 / d, linear: (d: number) => (window - d + 1) / window, flat: () => 1 };
    const expected = byHand(ids, window, symmetric, weights[weighting]);
    const counted = entries(count(corpusOf(...ids), { window, symmetric, weighting }), 1000);
    expect(Object.keys(counted).sort()).toEqual(Object.keys(expected).sort());
    for (const [pair, value] of Object.entries(expected)) expect(counted[pair], pair).toBeCloseTo(value, 4);
  });

  it("counts words beyond the table of frequent ones like those in it", () => {
    const ids = [0, 5000, 1, 0, 3000, 5000, 2047, 2048, 0];
    const expected = Object.entries(byHand(ids, 3, true, (d) => 1 / d)).map(([pair, value]) => [pair, Math.fround(value)]);
    expect(entries(count(corpusOf(...ids), { window: 3 }))).toEqual(Object.fromEntries(expected));
  });

  it("shuffles, the same way for the same seed", () => {
    const corpus = corpusOf(...Array.from({ length: 200 }, (_, i) => (i * i) % 83));
    const order = (seed: number) => Object.keys(entries(countCooccurrences(corpus, { random: new RandomStream(seed) })));
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    const rows = [...countCooccurrences(corpus, { random: new RandomStream(3) }).chunks({ length: 1e6 })][0]!.rows;
    const rises = rows.filter((row, i) => i > 0 && row >= rows[i - 1]!).length;
    expect(rises / rows.length).toBeCloseTo(0.5, 1);
  });

  it("can be read from any record", () => {
    const records = count(corpusOf(0, 1, 2, 0, 1, 3));
    const rows = (from: number, length: number) => [...records.chunks({ from, length })].flatMap((chunk) => [...chunk.rows]);
    expect(rows(3, 2)).toEqual(rows(0, 100).slice(3));
  });

  it("says when memory does not do, and what a window is", () => {
    const random = new RandomStream(1);
    const corpus = corpusOf(...Array.from({ length: 20_000 }, () => random.integer(5000)));
    expect(() => count(corpus, { memory: 2 ** 20 })).toThrow(/more than \d+ pairs do not fit into 1048576 bytes: allow more memory, or count on disk/);
    expect(() => count(corpus, { window: 0 })).toThrow("co-occurrence: window: expected a whole number from 1 on, got 0");
  });

  it("makes nothing of nothing", () => expect(count(corpusOf(-1)).count).toBe(0));
});

it("draws whole numbers evenly", () => {
  const draws = new UniformDraws(new RandomStream(4));
  const counts = new Float64Array(10);
  for (let i = 0; i < 50_000; i++) counts[draws.integer(10)]!++;
  const chi2 = counts.reduce((sum, n) => sum + (n - 5000) ** 2 / 5000, 0);
  expect(chi2).toBeLessThan(27.9); // the 0.999 quantile of 9 degrees of freedom
});
