import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { evaluateAnalogies, evaluateSimilarities, totalAnalogies } from "./evaluate.js";
import { formatAnalogies, formatSimilarities, parseAnalogies, parseSimilarities, type AnalogyQuestion } from "./questions.js";
import { ranks, spearman } from "./spearman.js";
import { ANALOGY_METHODS, WordVectors } from "./word-vectors.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

describe("evaluateAnalogies", () => {
  const random = new RandomStream(1);
  const words = Array.from({ length: 9000 }, (_, i) => `w${i}`); // more than one block
  const vectors = new WordVectors(words, Float32Array.from({ length: 9000 * 4 }, () => random.next() - 0.5));
  const draw = () => words[random.integer(400) * 20]!;
  const questions = Array.from({ length: 60 }, () => [draw(), draw(), draw()] as const).filter((three) => new Set(three).size === 3);

  it.each(ANALOGY_METHODS)("finds what WordVectors.analogy finds: %s", (method) => {
    const best = (among?: number) => (question: readonly string[]) => {
      const [a, b, c] = question as [string, string, string];
      return [a, b, c, vectors.analogy([b, c], [a], { method, count: 1, ...(among && { among }) })[0]!.word] as AnalogyQuestion;
    };
    const right = questions.map(best());
    const [result] = evaluateAnalogies(vectors, [{ name: "s", questions: right }]);
    expect(result).toMatchObject({ name: "s", questions: right.length, asked: right.length });
    expect(result!.correct[method]).toBe(right.length);
    expect(result!.correct[method === "3CosAdd" ? "3CosMul" : "3CosAdd"]).toBeLessThan(right.length); // they are not the same
    const few = questions.filter((question) => question.every((word) => Number(word.slice(1)) < 5000)).map(best(5000));
    expect(evaluateAnalogies(vectors, [{ name: "s", questions: few }], { among: 5000 })[0]!.correct[method]).toBe(few.length);
  });

  it("asks only what it can, also in small letters, and adds sections up", () => {
    const [a, b, c] = questions[0]!;
    const answer = vectors.analogy([b, c], [a])[0]!.word;
    const results = evaluateAnalogies(vectors, [
      { name: "one", questions: [[a.toUpperCase(), b, c, answer.toUpperCase()], [a, b, c, "nowhere"], [a, b, "nowhere", c]] },
      { name: "two", questions: [[a, b, c, b]] },
      { name: "three", questions: [["x", "y", "z", "u"]] },
    ]);
    expect(results.map(({ questions: all, asked, correct }) => [all, asked, correct["3CosAdd"]])).toEqual([[3, 1, 1], [1, 1, 0], [1, 0, 0]]);
    expect(totalAnalogies(results)).toMatchObject({ name: "all", questions: 5, asked: 2, correct: { "3CosAdd": 1 } });
  });
});

describe("evaluateSimilarities", () => {
  it("correlates ranks of cosines and scores", () => {
    const vectors = new WordVectors(["a", "b", "c", "d"], Float32Array.of(1, 0, 1, 0.1, 1, 1, 0, 1), 2);
    const pairs = [{ a: "a", b: "b", score: 9 }, { a: "A", b: "c", score: 5 }, { a: "a", b: "d", score: 1 }, { a: "a", b: "x", score: 1 }];
    expect(evaluateSimilarities(vectors, pairs)).toEqual({ pairs: 4, asked: 3, spearman: expect.closeTo(1, 12) });
    expect(evaluateSimilarities(vectors, pairs.map((pair) => ({ ...pair, score: -pair.score }))).spearman).toBeCloseTo(-1, 12);
    expect(evaluateSimilarities(vectors, [pairs[3]!]).spearman).toBeNaN();
  });

  it("shares ranks among equals", () => {
    expect([...ranks([10, 20, 20, 5, 20])]).toEqual([2, 4, 4, 1, 4]);
    // scipy.stats.spearmanr([1, 2, 2, 4, 5, 1], [3, 1, 4, 1, 5, 9]).statistic
    expect(spearman([1, 2, 2, 4, 5, 1], [3, 1, 4, 1, 5, 9])).toBeCloseTo(-0.19405146605862292, 12);
  });
});

describe("files of questions", () => {
  it("analogies: sections, comments, and none at all", () => {
    const sections = parseAnalogies(": capitals\nParis France  Rome Italy\n\n# a comment\n// another\r\n: none\n: plurals \na as b bs\n", "q");
    expect(sections).toEqual([
      { name: "capitals", questions: [["Paris", "France", "Rome", "Italy"]] },
      { name: "plurals", questions: [["a", "as", "b", "bs"]] },
    ]);
    expect(parseAnalogies(formatAnalogies(sections), "q")).toEqual(sections);
    expect(parseAnalogies("a b c d", "q")[0]!.name).toBe("all");
    expect(() => parseAnalogies("a b c d\na b c\n", "q.txt")).toThrow('q.txt: line 2: expected four words or ": section", got "a b c".');
    expect(() => parseAnalogies(": capitals\n", "q.txt")).toThrow("q.txt: there are no questions in it.");
  });

  it("similarities: tabs, commas, semicolons or spaces, with a title or without", () => {
    const pairs = [{ a: "tiger", b: "cat", score: 7.35 }, { a: "book", b: "paper", score: 7.46 }];
    for (const text of ["Word 1,Word 2,Human (mean)\ntiger,cat,7.35\nbook,paper,7.46", "tiger\tcat\t7.35\textra\nbook\tpaper\t7.46\n", "tiger cat 7.35\n# n\nbook  paper 7.46", "tiger;cat;7.35\nbook;paper;7.46"]) {
      expect(parseSimilarities(text, "s")).toEqual(pairs);
    }
    expect(parseSimilarities(formatSimilarities(pairs), "s")).toEqual(pairs);
    expect(() => parseSimilarities("a b 1\na b\n", "s.csv")).toThrow('s.csv: line 2: expected two words and a number, got "a b".');
    expect(() => parseSimilarities("title\n", "s.csv")).toThrow("s.csv: there are no pairs in it.");
  });
});
