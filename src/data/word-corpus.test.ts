import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileTokenCorpus, fileTokenSinks } from "./node-token-corpus.js";
import { phraseScore } from "./phrases.js";
import { SENTENCE_END, type TokenCorpus } from "./token-corpus.js";
import { buildWordCorpus, type WordCorpus, type WordCorpusOptions } from "./word-corpus.js";

const lines = (text: string) => text.split("\n").map((line) => line.split(" ").filter(Boolean));
const build = (texts: string[], options: WordCorpusOptions = {}) =>
  buildWordCorpus(texts.map((text, i) => ({ name: `${i}`, pieces: [text] })), { tokenise: lines, minimumCount: 1, ...options });

function show({ vocabulary, corpus }: WordCorpus, length = 3): string {
  const shown: string[] = [];
  for (const chunk of corpus.chunks({ length })) for (const id of chunk) shown.push(id === SENTENCE_END ? "/" : vocabulary.words[id]!);
  return shown.join(" ");
}

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "unrolled-corpus-"))));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ["in memory", () => ({})],
  ["on disk", () => ({ createSink: fileTokenSinks(join(folder, "corpus.tokens")) })],
])("buildWordCorpus %s", (_, where) => {
  it("numbers words by falling frequency, ends sentences and documents", async () => {
    const built = await build(["b a c\na b", "a"], where());
    expect(built.vocabulary.words).toEqual(["a", "b", "c"]);
    expect([...built.vocabulary.counts]).toEqual([3, 2, 1]);
    expect(show(built)).toBe("b a c / a b / a /");
    expect([built.corpus.tokens, built.corpus.length, built.words, built.types, built.documents]).toEqual([6, 9, 6, 3, 2]);
  });

  it("leaves rare words out, and sentences of nothing else", async () => {
    const built = await build(["a b x a\ny z\nb", "w"], { minimumCount: 2, ...where() });
    expect(show(built)).toBe("a b a / b /");
    expect([built.corpus.tokens, built.vocabulary.totalTokens, built.words, built.types]).toEqual([4, 4, 8, 6]);
    expect((await build(["a a a b b c"], { maximumSize: 2, ...where() })).vocabulary.words).toEqual(["a", "b"]);
  });

  it("can be read from and to any entry, again and again", async () => {
    const { corpus } = await build(["a b c d e f g\na b c"], where());
    const read = (options: { from?: number; to?: number; length: number }) => {
      const entries: number[] = [];
      for (const chunk of corpus.chunks(options)) entries.push(...chunk); // a piece is valid until the next
      return entries;
    };
    expect(read({ length: 100 }).length).toBe(12);
    for (const length of [1, 4, 100]) expect(read({ from: 2, to: 9, length })).toEqual(read({ length: 100 }).slice(2, 9));
    expect([...corpus.chunks({ from: corpus.length, length: 4 })]).toEqual([]);
  });

  it("joins phrases that stand together more often than chance has it, in several passes", async () => {
    // Scores: new york 4.8, the others at most 4.2; then new_york city 3.9, the others at most 3.4.
    const text = Array.from({ length: 60 }, (_, i) => `w${i % 6} new york city v${i % 5}`).join("\n");
    const phrases = (...thresholds: number[]) => build([text], { phrases: { thresholds, discount: 2 }, ...where() });
    expect(show(await phrases(4.5))).toMatch(/^w0 new_york city v0 \/ w1 new_york city v1 \//);
    const twice = await phrases(4.5, 3.5);
    expect(show(twice)).toMatch(/^w0 new_york_city v0 \/ w1 new_york_city v1 \//);
    expect([twice.vocabulary.words[0], twice.vocabulary.counts[0], twice.words, twice.corpus.tokens]).toEqual(["new_york_city", 60, 300, 180]);
    expect(show(await phrases(5))).toBe(show(await build([text], where())));
    // A word joins one phrase at most, the one that comes first.
    expect(show(await build(["a b c d"], { phrases: { thresholds: [0], discount: 0, minimumCount: 1 }, ...where() }))).toBe("a_b c_d /");
    expect(show(await build(["a b\nc"], { phrases: { thresholds: [0], discount: 0, minimumCount: 1, joiner: " " }, ...where() }))).toBe("a b / c /");
  });

  it("forgets rare words when there are too many", async () => {
    const built = await build([`${"a ".repeat(9)}\n${"b ".repeat(5)}`, "c d e f g", "h h h i j k a b"], { maximumTypes: 4, minimumCount: 2, ...where() });
    expect(Object.fromEntries(built.vocabulary.words.map((word, id) => [word, built.vocabulary.counts[id]]))).toEqual({ a: 10, b: 6, h: 3 });
  });

  it("explains an empty vocabulary", async () => {
    await expect(build(["a a b"], { minimumCount: 5, ...where() })).rejects.toThrow(
      'No words left: none of 2 different words occurs at least 5 times (--min-count). The most frequent, "a", occurs 2 times.',
    );
    await expect(build(["\n\n"], where())).rejects.toThrow("There are no words in the text.");
    expect(readdirSync(folder).filter((name) => name !== "corpus.tokens")).toEqual([]);
  });
});

it("scores phrases as word2vec does", () => {
  expect(phraseScore(20, 40, 50, 1000, 5)).toBeCloseTo(((20 - 5) / (40 * 50)) * 1000);
});

describe("FileTokenCorpus", () => {
  const corpusFile = async (name: string): Promise<[string, TokenCorpus]> => {
    const path = join(folder, name);
    return [path, (await build(["a b c"], { createSink: fileTokenSinks(path) })).corpus];
  };

  it("opens what was written, and nothing that is cut off or something else", async () => {
    const [path] = await corpusFile("a.tokens");
    expect([FileTokenCorpus.open(path).tokens, FileTokenCorpus.open(path).length]).toEqual([3, 4]);
    truncateSync(path, 44);
    expect(() => FileTokenCorpus.open(path)).toThrow("a.tokens: 4 entries take 48 bytes, the file has 44.");
    writeFileSync(path, "something else");
    expect(() => FileTokenCorpus.open(path)).toThrow("a.tokens: this is not a corpus of word numbers.");
    expect(() => FileTokenCorpus.open(join(folder, "b.tokens"))).toThrow(/^Cannot read .*b\.tokens: no such file or folder\.$/);
  });

  it.skipIf(!existsSync("/dev/full"))("on a full disk says so and leaves nothing behind", async () => {
    const path = join(folder, "full.tokens");
    symlinkSync("/dev/full", `${path}.0.tmp`);
    await expect(build(["a b c"], { createSink: fileTokenSinks(path) })).rejects.toThrow(/^Cannot write .*full\.tokens\.0 \(.* B\): no space left on the device\.$/);
    expect(readdirSync(folder).filter((name) => name.startsWith("full"))).toEqual([]);
  });
});
