import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStream, writeSafetensors } from "../../tensor/index.js";
import { writeNumber } from "./text-file.js";
import { readVectors, VECTOR_FORMATS, writeVectors, type VectorFormat } from "./vector-file.js";
import { WordVectors } from "./word-vectors.js";

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const answers = JSON.parse(fixture("gensim-answers.json").toString()) as {
  nearest: Record<string, [string, number][]>; "3CosAdd": [string, number][]; "3CosMul": [string, number][]; similarity: number;
};
const encode = (text: string) => new TextEncoder().encode(text);

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const write = (vectors: WordVectors, format: VectorFormat) => new Uint8Array(Buffer.concat([...writeVectors(vectors, format)]));
const read = (bytes: Uint8Array | string, size = 1e9, format?: VectorFormat) =>
  readVectors(inPieces(typeof bytes === "string" ? encode(bytes) : bytes, size), "v.txt", format);

/** Numbers of many magnitudes. */
function sample(words: readonly string[], dimensions: number): WordVectors {
  const random = new RandomStream(3);
  const values = Float32Array.from({ length: words.length * dimensions }, () => (random.next() - 0.5) * 10 ** (random.integer(12) - 7));
  return new WordVectors(words, values, dimensions);
}

describe("files that gensim wrote", () => {
  it.each(["gensim-vectors.txt", "gensim-vectors.bin"])("%s gives gensim's answers", async (name) => {
    for (const size of [1, 7, 100, 1e6]) {
      const vectors = await read(fixture(name), size);
      expect([vectors.words.length, vectors.dimensions, vectors.words[9]]).toEqual([12, 9, "北京"]);
      const plain = (found: readonly { word: string; score: number }[]) => found.map(({ word, score }) => [word, expect.closeTo(score, 5)]);
      for (const [word, neighbours] of Object.entries(answers.nearest)) expect(neighbours).toEqual(plain(vectors.nearest(word, { count: 4 })));
      expect(answers["3CosAdd"]).toEqual(plain(vectors.analogy(["king", "woman"], ["man"], { count: 4 })));
      // gensim divides by 1e-6 more than the similarities, we by 1e-3 as the paper does: the order is the same here.
      const products = vectors.analogy(["king", "woman"], ["man"], { count: 4, method: "3CosMul" });
      expect(products.map(({ word }) => word)).toEqual(answers["3CosMul"].map(([word]) => word));
      expect(vectors.similarity("paris", "france")).toBeCloseTo(answers.similarity, 6);
    }
  });

  it("text and binary are the same numbers", async () => {
    expect((await read(fixture("gensim-vectors.txt"))).values).toEqual((await read(fixture("gensim-vectors.bin"))).values);
  });
});

const GENSIM = spawnSync("/usr/bin/python3", ["-c", "import gensim"]).status === 0;
if (!GENSIM) console.log("gensim is not installed (apt install python3-gensim): files are not read back by it; its own fixture still is.");

describe.skipIf(!GENSIM)("files that gensim reads", () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "unrolled-gensim-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("have the same vectors and neighbours there", () => {
    const vectors = sample(["the", "größe", "北京", "don't", "a_b", ...Array.from({ length: 60 }, (_, i) => `w${i}`)], 25);
    const formats = ["word2vec", "word2vec-binary", "glove"] as const;
    for (const format of formats) writeFileSync(join(folder, format), write(vectors, format));
    const script = `
import json, sys
from gensim.models import KeyedVectors
out = {}
for name, options in (("word2vec", {}), ("word2vec-binary", {"binary": True}), ("glove", {"no_header": True})):
    v = KeyedVectors.load_word2vec_format(sys.argv[1] + "/" + name, **options)
    out[name] = {"words": v.index_to_key, "values": v.vectors.ravel().tolist(), "near": v.most_similar("北京", topn=5),
                 "analogy": v.most_similar(positive=["w1", "w2"], negative=["w3"], topn=5)}
print(json.dumps(out))`;
    const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", script, folder], { encoding: "utf8", maxBuffer: 1e8 });
    expect(stdout, stderr).not.toBe("");
    const there = JSON.parse(stdout) as Record<string, { words: string[]; values: number[]; near: [string, number][]; analogy: [string, number][] }>;
    for (const format of formats) {
      expect(there[format]!.words).toEqual(vectors.words);
      expect(Float32Array.from(there[format]!.values)).toEqual(vectors.values);
      const close = (found: readonly { word: string; score: number }[]) => found.map(({ word, score }) => [word, expect.closeTo(score, 5)]);
      expect(there[format]!.near).toEqual(close(vectors.nearest("北京", { count: 5 })));
      expect(there[format]!.analogy).toEqual(close(vectors.analogy(["w1", "w2"], ["w3"], { count: 5 })));
    }
  });
});

describe.each(VECTOR_FORMATS)("%s", (format) => {
  it("is read as it was written, in pieces of any size, and told by its beginning", async () => {
    for (const [words, dimensions] of [[1, 1], [3, 2], [40, 300], [500, 7]] as const) {
      const vectors = sample(Array.from({ length: words }, (_, i) => (i % 3 === 1 ? `größe${i}` : `w${i}`)), dimensions);
      const bytes = write(vectors, format);
      for (const size of [13, 1000, 1e9]) {
        const back = await read(bytes, size, words === 1 && format === "glove" ? "glove" : undefined);
        expect(back.words).toEqual(vectors.words);
        expect(back.values).toEqual(vectors.values);
      }
    }
  });

  it("cut off is not read", async () => {
    const bytes = write(sample(["a", "b", "c", "d"], 8), format);
    if (format === "glove") return; // ends on any line, and a number cut short is a number
    await expect(read(bytes.subarray(0, bytes.length - 20))).rejects.toThrow(/^v\.txt: /);
    await expect(read(bytes.subarray(0, 3), 1e9, format)).rejects.toThrow(/^v\.txt: /);
  });
});

describe("text", () => {
  it("is forgiving about what writers differ in", async () => {
    const back = await read("a 1 -2.5\r\nb\t+.5 1e-3 \n\nc -0 2E2\nd nan -Infinity\n . . 3 4.\n", 1e9, "glove");
    expect(back.words).toEqual(["a", "b", "c", "d", " . ."]);
    expect([...back.values]).toEqual([1, -2.5, 0.5, Math.fround(1e-3), -0, 200, NaN, -Infinity, 3, 4]);
    expect((await read("at name@example.com 0.5 1\n", 1e9, "glove").catch((error: Error) => error.message))).toContain("line 1");
  });

  it("nine digits give every float32 back", () => {
    const random = new RandomStream(9);
    const bytes = new Uint8Array(40);
    const bits = new Int32Array(1);
    const float = new Float32Array(bits.buffer);
    for (let i = 0; i < 20_000; i++) {
      bits[0] = random.integer(2 ** 32) - 2 ** 31;
      if (i % 2) float[0] = (random.next() - 0.5) * 10 ** random.integer(4);
      if (!Number.isFinite(float[0])) continue;
      const text = new TextDecoder().decode(bytes.subarray(0, writeNumber(float[0]!, bytes, 0)));
      expect(Object.is(Math.fround(Number(text)), float[0]), `${float[0]} as ${text}`).toBe(true);
    }
    for (const [value, text] of [[0, "0"], [1, "1"], [-0.5, "-0.5"], [999999, "999999"], [1e6, "1000000"], [0.0002, "0.000199999995"], [NaN, "NaN"], [0.1, "0.100000001"]] as const) {
      expect(new TextDecoder().decode(bytes.subarray(0, writeNumber(Math.fround(value), bytes, 0)))).toBe(text);
    }
  });

  it("numbers of any length are read as JavaScript reads them", async () => {
    const texts = ["0.1", "123456789012345", "1234567890123456789", "0.000000000000000000000000123", "-1.17549435e-38", "3.4028235E38", "00012.5"];
    expect([...(await read(`w ${texts.join(" ")}\n`, 3, "glove")).values]).toEqual(texts.map((text) => Math.fround(Number(text))));
  });
});

describe("malformed files", () => {
  const bin = (header: string, ...rest: number[]) => Uint8Array.from([...encode(header), ...rest]);
  it.each<[string, Uint8Array | string, RegExp | string, VectorFormat?]>([
    ["empty", "", "v.txt: the file is empty."],
    ["prose", "Call me Ishmael. Some years ago\nmore", 'v.txt: this is no file of vectors that is known here (word2vec, word2vec-binary, glove, safetensors): line 1: expected a word and numbers, got "Call me Ishmael. Some years ago".'],
    ["a number too few", "2 3\na 1 2 3\nb 1 2\n", 'v.txt: line 3: expected a word and 3 numbers, got 2 for "b".'],
    ["a number too many", "2 3\na 1 2 3 x\nb 1 2 3\n", 'v.txt: line 2: expected a word and 3 numbers, got 4 fields, one of them "x", for "a".'],
    ["no number", "a 1 2 3\nb 1 two 3\n", 'v.txt: line 2: expected a word and 3 numbers, got "two" for "b".'],
    ["fewer words", "3 1\na 1\nb 2\n", "v.txt: expected 3 words as the first line says, got 2."],
    ["more words", "1 1\na 1\nb 2\n", "v.txt: line 3: expected 1 words as the first line says, got more."],
    ["no dimensions", "2 0\na\nb\n", "v.txt: line 1: expected at least one dimension."],
    ["no header", "a 1 2\nb 1 2\n", 'v.txt: line 1: expected the numbers of words and dimensions, got "a 1 2".', "word2vec"],
    ["binary cut off", bin("2 1\n", 97, 32, 0, 0, 128, 63, 98, 32, 0), 'v.txt: after word 1, "a": cut off: expected 2 words as the first line says, got 1.', "word2vec-binary"],
    ["binary with more", bin("1 1\n", 97, 32, 0, 0, 128, 63, 98), "v.txt: expected 1 words as the first line says, got more.", "word2vec-binary"],
    ["binary without vectors", bin("0 5\n"), "v.txt: there are no vectors in it.", "word2vec-binary"],
    ["binary of other sizes", bin("2 1\n", ...new Array<number>(70_000).fill(97)), /v\.txt: expected a word and a space, got "aaaaa/, "word2vec-binary"],
    ["safetensors without words", writeSafetensors([["vectors", { dtype: "F32", shape: [1, 2], values: new Float32Array(2) }]]), 'v.txt: expected the words in its metadata under "words", a line each.'],
    ["safetensors with other words", writeSafetensors([["vectors", { dtype: "F32", shape: [1, 2], values: new Float32Array(2) }]], { words: "a\nb" }), 'v.txt: expected 1 words for the 1 rows of "vectors", got 2.'],
    ["safetensors of something else", writeSafetensors([["x", { dtype: "I32", shape: [2], values: new Int32Array(2) }]]), 'v.txt: expected a matrix "vectors", or one matrix; it has none.'],
  ])("%s", async (_, bytes, message, format) => {
    for (const size of [1e9, 5]) await expect(read(bytes, size, format)).rejects.toThrow(message);
  });

  it("words that a format cannot hold are refused when writing", () => {
    expect(() => write(sample(["new york"], 2), "word2vec")).toThrow('the word "new york" cannot stand in it: words are parted by spaces. Write safetensors.');
    expect(() => write(sample(["new york"], 2), "word2vec-binary")).toThrow("a space ends words");
    expect(() => write(sample(["a\nb"], 2), "safetensors")).toThrow("has a line end in it");
  });
});

it("reads half-precision safetensors and matrices under another name", async () => {
  const bytes = writeSafetensors([["emb.weight", { dtype: "F64", shape: [2, 1], values: Float64Array.of(0.5, 0.25) }]], { words: "a\nb" });
  expect([...(await read(bytes, 10)).values]).toEqual([0.5, 0.25]);
});
