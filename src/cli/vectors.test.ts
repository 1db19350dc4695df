import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { parseTerms } from "./commands/analogy.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("vectors");
beforeAll(() => {
  const fixtures = fileURLToPath(new URL("../systems/vectors/fixtures", import.meta.url));
  copyFileSync(join(fixtures, "gensim-vectors.txt"), "words.vec");
  // Capitals on the left, countries on the right, two of each.
  writeFileSync("map.txt", "paris 1 0 1\nfrance 0 1 1\nrome 1 0 -1\nitaly 0 1 -1\nnoise 0.1 0.2 0\n");
});
describe("nearest", () => {
  it("lists neighbours, of one word or several", async () => {
    expect((await unrolled("nearest", "map.txt", "Paris", "--count", "2")).out).toBe(" 0.500  france\n 0.316  noise\n".replaceAll(/^ /gm, ""));
    const two = await unrolled("nearest", "map.txt", "paris", "rome", "--count", "1");
    expect(two.out).toBe("paris\n0.500  france\n\nrome\n0.500  italy\n");
    const [line] = (await unrolled("nearest", "words.vec", "paris", "--json", "--count", "1")).out.split("\n");
    expect(JSON.parse(line!)).toEqual({ source: "words.vec", word: "paris", neighbours: [{ word: "france", score: expect.closeTo(0.9985, 4) }] });
  });

  it("suggests spellings, and says what a file is not", async () => {
    expect(await unrolled("nearest", "map.txt", "pariss")).toMatchObject({ code: 1, err: 'error: There is no vector for "pariss". Did you mean paris?\n' });
    expect((await unrolled("nearest", "nowhere.bin", "a")).err).toBe("error: nowhere.bin: no such run or file.\n");
    expect((await unrolled("nearest", ".", "a")).err).toBe("error: .: no run here (there is no run.json).\n");
    mkdirSync("text-run");
    writeFileSync("text-run/run.json", JSON.stringify({ format: 1, version: "0", kind: "text" }));
    expect((await unrolled("nearest", "text-run", "a")).err).toBe('error: text-run is a run of kind "text", which has no word vectors.\n');
    writeFileSync("prose.txt", "Call me Ishmael.\n");
    expect((await unrolled("nearest", "prose.txt", "me")).err).toContain("prose.txt: this is no file of vectors that is known here");
    writeFileSync("bad.txt", "a 1 2\nb 1\n");
    expect((await unrolled("nearest", "bad.txt", "a")).err).toBe('error: bad.txt: line 2: expected a word and 2 numbers, got 1 for "b".\n');
  });
});

describe("map", () => {
  it("draws words, the same for the same seed, and prints their places", async () => {
    const { code, out } = await unrolled("map", "map.txt", "--arrows", "France:paris,italy:rome", "--out", "map.svg");
    expect(code).toBe(0);
    expect(out).toMatch(/^map\.svg: 5 words, \d/);
    const svg = readFileSync("map.svg", "utf8");
    expect(svg.match(/<circle/g)).toHaveLength(5);
    expect(svg.match(/marker-end/g)).toHaveLength(2);
    await unrolled("map", "map.txt", "--arrows", "france:paris,italy:rome", "--out", "again.svg");
    expect(readFileSync("again.svg", "utf8")).toBe(svg);
    const { words } = JSON.parse((await unrolled("map", "map.txt", "--json")).out) as { words: { word: string; x: number }[] };
    expect(words.map(({ word }) => word)).toEqual(["paris", "france", "rome", "italy", "noise"]);
  });

  it("says what pairs look like, and which words there are not", async () => {
    expect((await unrolled("map", "map.txt", "--arrows", "paris")).err).toContain('--arrows: expected pairs of words such as man:king,woman:queen, got "paris".');
    expect((await unrolled("map", "map.txt", "pariss")).err).toContain("Did you mean paris?");
    expect((await unrolled("map", "map.txt", "--arrows", "pariss:rome")).err).toContain("Did you mean paris?");
  });
});

describe("analogy", () => {
  it("calculates with words", async () => {
    const { out } = await unrolled("analogy", "map.txt", "italy", "-", "rome", "+", "paris", "--count", "1");
    expect(out).toBe("1.000  france\n");
    expect((await unrolled("analogy", "map.txt", "italy", "-", "rome", "+", "paris", "--method", "3CosMul", "--count", "1")).out).toMatch(/ {2}france\n$/);
  });

  it("reads signs and words by turns", () => {
    expect(parseTerms(["king", "-", "man", "+", "woman"])).toEqual({ positive: ["king", "woman"], negative: ["man"] });
    expect(parseTerms(["-", "man", "+", "king"])).toEqual({ positive: ["king"], negative: ["man"] });
    expect(() => parseTerms(["king", "man"])).toThrow('Before "man" + or - is expected: king - man + woman.');
    expect(() => parseTerms(["king", "-"])).toThrow("After - a word is expected.");
    expect(() => parseTerms(["king", "-", "+", "man"])).toThrow("After - a word is expected, got +.");
  });
});

describe("eval of vectors", () => {
  it("tables sections and agreement, with the share that could be asked", async () => {
    writeFileSync("q.txt", ": capitals\nparis france rome italy\nRome Italy Paris France\nparis france berlin germany\n: wrong\nparis rome france noise\n");
    writeFileSync("s.csv", "word1,word2,score\nparis,france,9\nparis,rome,5\nfrance,rome,1\nx,y,1\n");
    const { code, out, err } = await unrolled("eval", "map.txt", "--analogies", "q.txt", "--similarity", "s.csv", "--backend", "wasm", "--threads", "1");
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n").map((line) => line.trim())).toEqual([
      "section   questions    asked  3CosAdd  3CosMul",
      "capitals          3   66.7 %  100.0 %  100.0 %",
      "wrong             1  100.0 %    0.0 %    0.0 %",
      "all               4   75.0 %   66.7 %   66.7 %",
      "",
      expect.stringMatching(/^s\.csv: Spearman -?\d\.\d{3} over 3 of 4 pairs \(75\.0 %\)$/),
      "",
    ]);
    const json = JSON.parse((await unrolled("eval", "map.txt", "--analogies", "q.txt", "--json", "--backend", "reference")).out) as object;
    expect(json).toMatchObject({ words: 5, dimensions: 3, analogies: { file: "q.txt", all: { questions: 4, asked: 3, correct: { "3CosAdd": 2 } } } });
  });

  it.each([
    [["eval", "map.txt"], 2, "map.txt holds word vectors: unrolled eval needs --analogies FILE, --similarity FILE, or both."],
    [["eval", "map.txt", "other.txt"], 2, "map.txt holds word vectors: texts and --part are for models of text."],
    [["eval", "text-run", "--similarity", "s.csv"], 2, "--similarity is for word vectors; text-run is something else."],
    [["eval", "map.txt", "--analogies", "nowhere.txt"], 1, "nowhere.txt: cannot be read (no such file or folder)."],
    [["eval", "map.txt", "--analogies", "s.csv"], 1, 's.csv: line 1: expected four words or ": section", got "word1,word2,score".'],
  ])("%j", async (args, code, message) => {
    expect(await unrolled(...args)).toMatchObject({ code, err: `error: ${message}\n` });
  });
});

describe("export", () => {
  it("writes every format, which is read again", async () => {
    for (const [format, name] of [["word2vec", "map.vec"], ["word2vec-binary", "map.bin"], ["safetensors", "map.safetensors"]] as const) {
      const { out } = await unrolled("export", "map.txt", "--format", format);
      expect(out).toMatch(new RegExp(`^${name}: 5 words of 3 dimensions, ${format}, \\d+ B\\n$`));
      expect((await unrolled("nearest", name, "paris")).out).toBe((await unrolled("nearest", "map.txt", "paris")).out);
    }
    await unrolled("export", "map.bin", "--out", "again.txt.gz");
    expect(gunzipSync(readFileSync("again.txt.gz")).toString()).toMatch(/^paris 1 0 1\nfrance 0 1 1\n/);
    expect((await unrolled("nearest", "again.txt.gz", "rome")).code).toBe(0);
  });

  it("needs a format, and writes nothing over", async () => {
    expect((await unrolled("export", "map.txt")).err).toMatch(/^error: unrolled export needs --format: word2vec, /);
    expect((await unrolled("export", "map.txt", "--out", "x.dat")).err).toContain('the ending of "x.dat" names no format');
    expect((await unrolled("export", "words.vec", "--format", "glove", "--out", "map.txt")).err).toBe("error: map.txt exists already: choose another --out.\n");
    writeFileSync("spaced.txt", "york 1 2\nnew york 1 2\n");
    expect((await unrolled("export", "spaced.txt", "--format", "glove", "--out", "y.txt")).code).toBe(1);
    expect(existsSync("y.txt")).toBe(false);
  });
});
