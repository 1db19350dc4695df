import { expect, it } from "vitest";
import { keepProbabilities } from "./subsampling.js";
import { WordVocabulary } from "./word-vocabulary.js";

const vocabulary = new WordVocabulary(["rest", "a", "b", "c"], [939, 50, 10, 1]); // frequencies .939, .05, .01, .001

it("keeps by the paper's formula and by the program's", () => {
  const [, a, b, c] = keepProbabilities(vocabulary, { threshold: 1e-3, form: "paper" });
  expect([a, b, c]).toEqual([expect.closeTo(0.1414213562, 10), expect.closeTo(0.316227766, 10), 1]);
  const [, d, e, f] = keepProbabilities(vocabulary, { threshold: 1e-3 });
  expect([d, e, f]).toEqual([expect.closeTo(0.1614213562, 10), expect.closeTo(0.416227766, 10), 1]);
});

it("keeps everything at threshold 0, and takes no other nonsense", () => {
  expect([...keepProbabilities(vocabulary, { threshold: 0 })]).toEqual([1, 1, 1, 1]);
  expect(() => keepProbabilities(vocabulary, { threshold: NaN })).toThrow("threshold: expected a number from 0 on, got NaN");
});
