import { describe, expect, it } from "vitest";
import { RandomStream } from "../../tensor/index.js";
import { COS_MUL_EPSILON, cosine, WordVectors } from "./word-vectors.js";

const random = new RandomStream(1);
const words = Array.from({ length: 200 }, (_, i) => `w${i}`);
const vectors = new WordVectors(words, Float32Array.from({ length: 200 * 7 }, () => random.next() - 0.4));
const names = (found: readonly { word: string }[]) => found.map(({ word }) => word);
const sorted = (score: (word: string) => number, without: readonly string[]) =>
  words.filter((word) => !without.includes(word)).sort((a, b) => score(b) - score(a));

describe("nearest", () => {
  it("orders words by cosine, without the one that was asked about", () => {
    const expected = sorted((word) => vectors.similarity("w3", word), ["w3"]);
    expect(names(vectors.nearest("w3"))).toEqual(expected.slice(0, 10));
    expect(names(vectors.nearest("w3", { count: 500 }))).toEqual(expected);
    expect(vectors.nearest("w3", { count: 1 })[0]!.score).toBeCloseTo(vectors.similarity("w3", expected[0]!), 6);
    expect(names(vectors.nearest(vectors.vector("w3").map((x) => 5 * x), { count: 1 }))).toEqual(["w3"]);
  });

  it("leaves words out, and looks among the first ones only", () => {
    const all = names(vectors.nearest("w3", { count: 500 }));
    expect(names(vectors.nearest("w3", { count: 3, exclude: [all[0]!, all[2]!, "unknown"] }))).toEqual([all[1], all[3], all[4]]);
    expect(names(vectors.nearest("w3", { count: 5, among: 50 }))).toEqual(all.filter((word) => Number(word.slice(1)) < 50).slice(0, 5));
    const fresh = new WordVectors(words, vectors.values); // whose lengths are not known yet
    expect(names(fresh.nearest("w3", { count: 5, among: 50 }))).toEqual(names(vectors.nearest("w3", { count: 5, among: 50 })));
    expect(vectors.nearest("w3", { count: 0 })).toEqual([]);
  });

  it("gives a vector of zeros no direction", () => {
    const some = new WordVectors(["nil", "a", "b"], Float32Array.of(0, 0, 1, 0, -1, 0), 2);
    expect(some.nearest("a")).toEqual([{ word: "nil", score: 0 }, { word: "b", score: -1 }]);
    expect(some.nearest("nil").map(({ score }) => Math.abs(score))).toEqual([0, 0]);
  });
});

describe("analogy", () => {
  const unit = (word: string) => {
    const vector = vectors.vector(word);
    const length = Math.hypot(...vector);
    return [...vector].map((x) => x / length);
  };

  it("adds and takes away unit vectors (3CosAdd)", () => {
    const [a, b, c] = [unit("w1"), unit("w2"), unit("w3")];
    const target = a.map((x, i) => x - b[i]! + c[i]!);
    const expected = sorted((word) => cosine(target, vectors.vector(word)), ["w1", "w2", "w3"]);
    expect(names(vectors.analogy(["w1", "w3"], ["w2"], { count: 20 }))).toEqual(expected.slice(0, 20));
  });

  it("multiplies and divides similarities (3CosMul)", () => {
    const similarity = (a: string, b: string) => (vectors.similarity(a, b) + 1) / 2;
    const score = (word: string) => (similarity("w1", word) * similarity("w3", word)) / (similarity("w2", word) + COS_MUL_EPSILON);
    const found = vectors.analogy(["w1", "w3"], ["w2"], { count: 20, method: "3CosMul" });
    expect(names(found)).toEqual(sorted(score, ["w1", "w2", "w3"]).slice(0, 20));
    expect(found[0]!.score).toBeCloseTo(score(found[0]!.word), 5);
  });

  it("needs words", () => expect(() => vectors.analogy([], [])).toThrow("An analogy needs at least one word."));
});

describe("words", () => {
  it("unknown ones are answered with those spelt almost alike", () => {
    const some = new WordVectors(["king", "queen", "kind"], new Float32Array(6));
    expect(() => some.vector("kign")).toThrow('There is no vector for "kign". Did you mean king?');
    expect(() => some.nearest("zebra")).toThrow('There is no vector for "zebra".');
    expect(some.idOf("queen")).toBe(1);
  });

  it("that occur twice are the first, however often one asks", () => {
    const some = new WordVectors(["a", "b", "a"], Float32Array.of(1, 2, 3));
    for (let i = 0; i < 40; i++) expect([some.idOf("a"), some.idOf("b"), some.idOf("c")]).toEqual([0, 1, undefined]);
  });

  it("must fit their vectors", () => {
    expect(() => new WordVectors(["a", "b"], new Float32Array(5))).toThrow("2 words of 2.5 dimensions need 5 numbers, got 5.");
    expect(() => vectors.nearest([1, 2])).toThrow("A vector of 7 dimensions is needed, got 2.");
  });
});
