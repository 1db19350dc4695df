import { expect, test } from "vitest";
import { qualityBlock, resultBlocks, speedBlock } from "./vector-results-tables.mjs";

function result(method, dimensions, right, { seed = 1, ...more } = {}) {
  return {
    method, settings: { dimensions, seed }, corpus: "c0ffee", questions: "beef", words: 24e6, wordsInVocabulary: 23e6, vocabularySize: 90000,
    analogies: [
      { name: "plural", questions: 100, asked: 80, correct: { "3CosAdd": right, "3CosMul": right + 1 } },
      { name: "capital-country", questions: 20, asked: 20, correct: { "3CosAdd": 5, "3CosMul": 5 } },
    ],
    similarities: [{ name: "wu-palmer", pairs: 10, asked: 9, spearman: 0.25 + seed / 100 }, { name: "lin", pairs: 10, asked: 10, spearman: 0.5 }],
    processorSeconds: 61.4, ...more,
  };
}

test("models stand in order, with what they got right of what was asked", () => {
  const blocks = resultBlocks([result("glove", 200, 20, { countingSeconds: 7 }), result("gensim-skipgram", 100, 40), result("skipgram", 100, 60), result("skipgram", 100, 58, { seed: 2 })]);
  const cells = (line) => line.split("|").slice(1, -1).map((cell) => cell.trim());
  expect(blocks["vector-models"].slice(2).map(cells)).toEqual([
    ["skip-gram", "100", "65.0", "66.0", "0.260", "0.500", "61 s", ""],
    ["gensim skip-gram", "100", "45.0", "46.0", "0.260", "0.500", "61 s", ""],
    ["GloVe", "200", "25.0", "26.0", "0.260", "0.500", "61 s", "7 s"],
  ]);
  expect(blocks["vector-sections"].map(cells).filter((line) => line.length > 0)).toEqual([
    ["100 dimensions", "asked", "skip-gram", "gensim skip-gram"], expect.anything(),
    ["plural", "80", "75.0", "50.0"], ["capital-country", "20", "25.0", "25.0"], ["all", "100", "65.0", "45.0"],
    ["200 dimensions", "asked", "GloVe"], expect.anything(), ["plural", "80", "25.0"], ["capital-country", "20", "25.0"], ["all", "100", "25.0"],
  ]);
  expect(blocks["vector-corpus"]).toEqual([
    "24,000,000 words, 23,000,000 of them among the 90,000 that occur five times or more; SHA-256 of the file `c0ffee`.",
    "120 analogies in 2 sections (83.3 % asked), 10 pairs by Wu-Palmer (90.0 % asked), 10 pairs by Lin (100.0 % asked); SHA-256 of the questions `beef`.",
  ]);
  expect(blocks["vector-seeds"]).toEqual(["skip-gram, 100 dimensions, 2 seeds: 63.0 to 65.0 % right by 3CosAdd, ρ 0.260 to 0.270 with Wu-Palmer."]);
  expect(resultBlocks([result("cbow", 100, 3)])["vector-seeds"]).toEqual(["Every model was trained once."]);
});

const cellsOf = (lines) => lines.filter((line) => line.startsWith("|") && !line.startsWith("|-")).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

test("quality is told with its spread, and a difference with whether it counts", () => {
  const training = (id, seed, analogies, lin) => ({ id, method: "cbow", seed, processorSeconds: 10 * seed, scores: { analogies, "wu-palmer": 0.5, lin } });
  const lines = qualityBlock({
    part: 12, words: 1574000, vocabulary: 19000, dimensions: 100, epochs: 5, asked: { analogies: 18478, "wu-palmer": 1000, lin: 999 },
    trainings: [training("gensim", 1, 0.1, 0.3), training("native", 1, 0.11, 0.2), training("native", 2, 0.13, 0.22), training("gensim", 2, 0.12, 0.32)],
  });
  expect(lines[0]).toMatch(/^Every twelfth line of the corpus: 1,574,000 words, .* seeds 1 to 2\. .* 18,478 analogies/);
  expect(cellsOf(lines).slice(1)).toEqual([
    ["Unrolled, CBOW", "2", "12.00 ± 1.41", "0.5000 ± 0.0000", "0.2100 ± 0.0141", "15.0 s"],
    ["gensim, CBOW", "2", "11.00 ± 1.41 (+1.00 =)", "0.5000 ± 0.0000 (+0.0000 =)", "0.3100 ± 0.0141 (-0.1000)", "15.0 s"],
  ]);
});

test("speeds are compared round by round", () => {
  const rounds = (...speeds) => speeds.map((speed) => ({ wordsPerSecond: speed, wordsPerProcessorSecond: speed / 2 }));
  const lines = speedBlock({
    machine: { processor: "P", logicalCores: 2 }, date: "2026-01-02T03:04:05Z", loadBefore: 3, busy: true, words: 500000, vocabulary: 20000,
    settings: { corpus: "zipf", dimensions: 100, epochs: 1, threads: 1 },
    results: { skipgram: { native: rounds(4e6, 2e6, 8e6), gensim: rounds(1e6, 1e6, 1e6), fasttext: [] } },
  });
  expect(lines[0]).toContain("P, 2 logical cores; 2026-01-02; other programs were running (load 3.0)");
  expect(cellsOf(lines).slice(1)).toEqual([
    ["skip-gram: Unrolled, native", "4,000 k", "2,000 k", "", ""],
    ["skip-gram: gensim", "1,000 k", "500 k", "4.00", "4.00"],
    ["skip-gram: fastText", "not installed", "not installed", "", ""],
  ]);
});
