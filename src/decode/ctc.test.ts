import { describe, expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { ctcBeamSearch, ctcBestPath, type CtcPrior } from "./index.js";

function logSoftmax(row: readonly number[]): number[] {
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  return row.map((value) => value - total);
}

/** Three steps, blank 0. */
const VALUES = [[0.1, 0.6, -0.2], [0.3, -0.4, 0.5], [-0.1, 0.2, 0.7]].flatMap(logSoftmax);
const FRAMES = { values: VALUES, classes: 3 };

/** Log probabilities of all labellings, by all paths. */
function byEnumeration(values: readonly number[], classes: number, blank: number): Map<string, number> {
  const totals = new Map<string, number>();
  const walk = (at: number, before: number, said: readonly number[], log: number): void => {
    if (at === values.length) {
      totals.set(said.join(), (totals.get(said.join()) ?? 0) + Math.exp(log));
      return;
    }
    for (let k = 0; k < classes; k++) walk(at + classes, k, k === blank || k === before ? said : [...said, k], log + values[at + k]!);
  };
  walk(0, blank, [], 0);
  return totals;
}

describe("ctcBestPath", () => {
  it("takes repeated classes out first, then blanks", () => {
    const path = (classes: readonly number[], blank = 0) =>
      ctcBestPath({ values: classes.flatMap((best) => [0, 1, 2].map((k) => (k === best ? 0 : -9))), classes: 3, blank });
    expect(path([1, 1, 0, 1, 2, 2, 0])).toEqual([1, 1, 2]);
    expect(path([0, 0])).toEqual([]);
    expect(path([])).toEqual([]);
    expect(path([2, 0, 2, 1, 1], 2)).toEqual([0, 1]);
  });

  it("is not the likeliest labelling: that of the beam is", () => {
    const frames = { values: [0.6, 0.4, 0.6, 0.4].map(Math.log), classes: 2 };
    expect(ctcBestPath(frames)).toEqual([]);
    const [best, next] = ctcBeamSearch(frames);
    expect(best!.labels).toEqual([1]);
    expect(Math.exp(best!.score)).toBeCloseTo(0.64, 12);
    expect(next!.labels).toEqual([]);
    expect(Math.exp(next!.score)).toBeCloseTo(0.36, 12);
  });
});

describe("ctcBeamSearch", () => {
  it("gives every labelling its probability where the beam holds them all", () => {
    const random = new RandomStream(3);
    for (const [steps, classes, blank] of [[3, 3, 0], [4, 3, 2], [5, 3, 1], [4, 4, 0]] as const) {
      const values = Array.from({ length: steps }, () => logSoftmax(Array.from({ length: classes }, () => 4 * random.next() - 2))).flat();
      const expected = byEnumeration(values, classes, blank);
      const found = ctcBeamSearch({ values, classes, blank }, { beamWidth: 1000 });
      expect(found.length).toBe(expected.size);
      for (const { labels, score } of found) expect(Math.exp(score)).toBeCloseTo(expected.get(labels.join())!, 12);
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
    }
  });

  it("has the known probabilities of three steps", () => {
    const found = ctcBeamSearch(FRAMES);
    expect(found.slice(0, 4).map(({ labels }) => labels)).toEqual([[1, 2], [2], [1], [2, 1]]);
    expect(Math.exp(found[0]!.score)).toBeCloseTo(0.3105915564, 10);
    expect(found.reduce((sum, { score }) => sum + Math.exp(score), 0)).toBeCloseTo(1, 12);
  });

  it("adds what a language model of pairs says", () => {
    const first: Record<number, number> = { 1: 0.3, 2: 0.7 };
    const after: Record<number, Record<number, number>> = { 1: { 1: 0.9, 2: 0.1 }, 2: { 1: 0.2, 2: 0.8 } };
    const prior: CtcPrior<number | undefined> = {
      start: undefined,
      extend: (before, label) => ({ state: label, score: Math.log(before === undefined ? first[label]! : after[before]![label]!) }),
    };
    const found = ctcBeamSearch(FRAMES, { prior });
    expect(found.slice(0, 4).map(({ labels }) => labels)).toEqual([[2], [1], [], [2, 2]]);
    [0.1631537756, 0.0433388668, 0.0237237159, 0.0219037252].forEach((p, i) => expect(Math.exp(found[i]!.score)).toBeCloseTo(p, 10));
  });

  it("keeps to what a prior allows, and hears how it ends", () => {
    const onlyTwos: CtcPrior<number> = {
      start: 0,
      extend: (count, label) => ({ state: count + 1, score: label === 2 ? 0 : -Infinity }),
      end: (count) => (count === 1 ? -Infinity : 0),
    };
    const found = ctcBeamSearch(FRAMES, { prior: onlyTwos });
    expect(found.map(({ labels }) => labels)).toEqual([[2, 2], []]);
    expect(Math.exp(found[0]!.score)).toBeCloseTo(0.039113795, 10);
  });

  it("meets the same labels again after they were dropped", () => {
    // A narrow beam gives at most what there is, and each labelling once.
    const random = new RandomStream(8);
    const values = Array.from({ length: 6 }, () => logSoftmax(Array.from({ length: 4 }, () => 3 * random.next()))).flat();
    const expected = byEnumeration(values, 4, 0);
    for (const beamWidth of [1, 2, 3, 5, 8, 20]) {
      const found = ctcBeamSearch({ values, classes: 4 }, { beamWidth });
      expect(new Set(found.map(({ labels }) => labels.join())).size).toBe(found.length);
      expect(found.length).toBeLessThanOrEqual(beamWidth);
      for (const { labels, score } of found) expect(Math.exp(score)).toBeLessThanOrEqual(expected.get(labels.join())! * (1 + 1e-12));
    }
  });

  it("reads nothing as no labels, and refuses a beam of none", () => {
    expect(ctcBeamSearch({ values: [], classes: 3 })).toEqual([{ labels: [], score: 0 }]);
    expect(() => ctcBeamSearch(FRAMES, { beamWidth: 0 })).toThrow("beamWidth: expected a whole number from 1 on, got 0");
  });
});
