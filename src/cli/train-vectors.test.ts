/** Training word vectors from the command line. What happens to processes is in vectors-process.test.ts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { inTemporaryFolder, testContext, unrolled, unrolledWith, type TestContext } from "./testing.js";

const OPTIONS = "--dimensions 8 --epochs 2 --min-count 2 --backend wasm --threads 1".split(" ");
const SENTENCES = "The cat sat on the mat. A dog sat on the rug. The cat saw a dog. New York is large. New York never sleeps.\n\n";

inTemporaryFolder("train-vectors");
beforeAll(async () => {
  writeFileSync("text.txt", SENTENCES.repeat(60));
  await train("one");
});

const train = (out: string, ...more: string[]) => unrolled("train", "vectors", "text.txt", "--out", out, ...OPTIONS, ...more);
const jsonLines = (text: string) => text.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
const vectorsOf = (run: string) => readFileSync(join(run, "vectors.safetensors"));

describe("train vectors", () => {
  it.each(["skipgram", "cbow", "glove"])("%s: from a text to neighbours", async (method) => {
    const { code, out, err } = await train(method, "--method", method);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^text {5}text\.txt\n/);
    expect(out).toContain("words    1,500, 15 different; vectors for 15 that occur 2 times or more");
    if (method === "glove") expect(out).toMatch(/\npairs {4}\d+ within 10 words of each other\n/);
    expect(out).toMatch(/\nstep \d+\/\d+: loss \d\.\d+ (nats\/pair|squared error), [\d.]+ ?[kM]? (words|records)\/s, 0 s left\n/);
    expect(out).toMatch(/2 epochs in \d+ s: \d\.\d+ (nats per pair|weighted squared error)\n/);
    expect(out).toContain(`${method}/vectors.safetensors: 15 words of 8 dimensions`);
    expect(out).toContain(`unrolled nearest ${method} `);
    expect(readdirSync(method).sort()).toEqual(["checkpoints", "corpus.json", "metrics.jsonl", "run.json", "vectors.safetensors", "vocabulary.txt"]);
    expect(readFileSync(join(method, "vocabulary.txt"), "utf8")).toMatch(/^the 240\n/);
    expect((await unrolled("nearest", method, "Cat", "--count", "3")).out).toMatch(/^( ?-?\d\.\d{3} {2}\w+\n){3}$/);

    const complete = await unrolled("resume", method);
    expect([complete.code, complete.out]).toEqual([0, `${method} is complete. Its vectors: unrolled nearest ${method} WORD\n`]);
    const described = await unrolled("info", method);
    expect(described.out).toContain("text.txt: 1 document, 1,500 words, 15 different");
    expect(described.out).toMatch(/step \d+, complete, in \d+ s/);
    const [json] = jsonLines((await unrolled("info", method, "--json")).out);
    expect(json).toMatchObject({ kind: "vectors", complete: true, corpus: { words: 1500, vocabulary: 15 }, vectors: { method } });
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    for (const [name, ...more] of [["two"], ["three", "--seed", "2"], ["table", "--sigmoid", "table"], ["pairs", "--pairwise"]] as const) await train(name, ...more);
    expect(vectorsOf("two").equals(vectorsOf("one"))).toBe(true);
    for (const other of ["three", "table", "pairs"]) expect(vectorsOf(other).equals(vectorsOf("one")), other).toBe(false);
  });

  it("reads folders, patterns, gzip and standard input alike", async () => {
    mkdirSync("parts");
    writeFileSync("parts/a.txt", SENTENCES.repeat(30));
    writeFileSync("parts/b.txt.gz", gzipSync(SENTENCES.repeat(30)));
    writeFileSync("parts/cover.png", Uint8Array.of(137, 80, 78, 71, 0, 0));
    const inputs: [string, string, TestContext][] = [
      ["parts", "folder", testContext()],
      ["parts/*.t*", "pattern", testContext()],
      ["-", "piped", testContext({ standardInput: SENTENCES.repeat(60) })],
    ];
    mkdirSync("here");
    writeFileSync("here/text.txt", SENTENCES.repeat(60));
    inputs.push(["here", "here/run", testContext()]); // into the folder that is read
    for (const [input, out, context] of inputs) {
      const { code, err } = await unrolledWith(context, "train", "vectors", input, "--out", out, ...OPTIONS);
      expect([code, err]).toEqual([0, input === "parts" ? `Skipped ${join("parts", "cover.png")} (not text: a zero byte at offset 4).\n` : ""]);
      expect(readFileSync(join(out, "vocabulary.txt"), "utf8"), out).toBe(readFileSync("one/vocabulary.txt", "utf8"));
    }
  });

  it("joins phrases, keeps capitals, leaves words out", async () => {
    const { out } = await train("phrases", "--phrases", "11,100", "--keep-case", "--vocabulary-size", "6");
    const words = readFileSync("phrases/vocabulary.txt", "utf8").trim().split("\n");
    expect(words).toContain("New_York 120");
    expect(words).toContain("The_cat 120");
    expect(words).toHaveLength(6);
    expect(out).toContain("vectors for the 6 most frequent\n");
  });

  it("speaks JSON to machines", async () => {
    const lines = jsonLines((await train("json", "--json", "--method", "glove")).out);
    expect(lines.map(({ event }) => event)).toEqual(["start", "words", "pairs", ...lines.slice(3, -1).map(() => "metrics"), "end"]);
    expect(lines[1]).toMatchObject({ words: 1500, types: 15, vocabulary: 15, epochs: 2 });
    expect(lines.at(-1)).toMatchObject({ outcome: "complete", trainingLoss: expect.any(Number), vectors: join("json", "vectors.safetensors"), words: 15 });
  });

  it("in a terminal writes one line over, no wider than that", async () => {
    const context = testContext({ tty: true, columns: 80, environment: { NO_COLOR: "1" } });
    const { code } = await unrolledWith(context, "train", "vectors", "text.txt", "--out", "live", ...OPTIONS);
    expect(code).toBe(0);
    const frames = context.output().split("\r").filter((frame) => frame.includes("left"));
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) expect(frame.split("\u001b")[0]!.length).toBeLessThan(80);
  });
});

describe("stopped by a signal", () => {
  it.each([["skipgram", "reading"], ["glove", "counting"], ["glove", "training"], ["cbow", "training"]])("%s, while %s: saves, says how to go on, and ends with the same bytes", async (method, stage) => {
    await train(`whole-${method}-${stage}`, "--method", method);
    const out = `stopped-${method}-${stage}`;
    const context = testContext();
    const marks: Record<string, string> = { reading: "folder", counting: "epochs", training: method === "glove" ? "pairs" : "epochs" };
    const stopped = stopAfter(context, marks[stage]!);
    const { code, out: said } = await unrolledWith(stopped, "train", "vectors", "text.txt", "--out", out, ...OPTIONS, "--method", method);
    expect(code).toBe(130);
    expect(said).toContain("Stopping after this step. Once more to quit without saving.\n");
    expect(said).toMatch(new RegExp(`(Stopped while reading, which begins anew next time|Stopped, and what was counted is saved|Stopped at step \\d+ and saved)\\. Go on: unrolled resume ${out}\\n$`));
    expect(existsSync(join(out, "lock"))).toBe(false);
    const described = await unrolled("info", out);
    expect(described.code).toBe(0);
    const resumed = await unrolled("resume", out);
    expect([resumed.code, resumed.err]).toEqual([0, ""]);
    expect(vectorsOf(out).equals(vectorsOf(`whole-${method}-${stage}`))).toBe(true);
  });

  it("while standard input is read: nothing can be saved, and nothing stays", async () => {
    const context = stopAfter(testContext({ standardInput: SENTENCES }), "folder");
    const { code, out } = await unrolledWith(context, "train", "vectors", "-", "--out", "pipe", ...OPTIONS);
    expect(code).toBe(130);
    expect(out).toMatch(/Stopped before all of standard input was read: nothing was saved\.\n$/);
    expect(existsSync("pipe")).toBe(false);
  });

  /** Asks to stop as soon as a line that begins with `mark` was printed. */
  function stopAfter(context: TestContext, mark: string): TestContext {
    const print = context.terminal.print.bind(context.terminal);
    context.terminal.print = (text = "") => {
      print(text);
      if (text.startsWith(mark)) context.stop();
    };
    return context;
  }
});

describe("what does not work", () => {
  it.each([
    [["--method", "word2vec"], 'error: --method: unknown method "word2vec". There is: skipgram, cbow, glove.'],
    [["--method", "glove", "--negatives", "3"], "error: --negatives is for skipgram and cbow; --method is glove."],
    [["--x-max", "3"], "error: --x-max is for glove; --method is skipgram."],
    [["--window", "33"], "error: --window: expected at most 32 for skipgram, got 33."],
    [["--dimensions", "2000"], 'error: --dimensions: expected a whole number of at least 1 and at most 1024, got "2000".'],
    [["--phrases", "200,many"], 'error: --phrases: expected numbers above 0, parted by commas, such as 200,100, got "200,many".'],
    [["--memory", "lots"], 'error: --memory: expected a size of at least 262 kB, such as 512M or 2G, got "lots".'],
    [["--memory", "1k"], 'error: --memory: expected a size of at least 262 kB, such as 512M or 2G, got "1k".'],
    [["--min-count", "0"], 'error: --min-count: expected a whole number of at least 1, got "0".'],
    [["--subsample", "-1"], 'error: --subsample: expected a number of at least 0, got "-1".'],
    [["--lr", "fast"], 'error: --lr: expected a number above 0, got "fast".'],
    [["--dimension", "3"], "error: Unknown option --dimension of unrolled train vectors. Did you mean --dimensions?"],
  ])("%j: exit code 2", async (args, message) => {
    const { code, err } = await unrolled("train", "vectors", "text.txt", "--out", "bad", ...args);
    expect([code, err]).toEqual([2, `${message}\n`]);
    expect(existsSync("bad")).toBe(false);
  });

  it.each<[string, () => void, string[], string]>([
    ["a file that is not there", () => undefined, ["nowhere.txt"], "nowhere.txt: no such file or folder."],
    ["an empty file", () => writeFileSync("empty.txt", ""), ["empty.txt"], "empty.txt: the file is empty."],
    ["a text without words", () => writeFileSync("dots.txt", "... !!! ...\n"), ["dots.txt"], "There are no words in the text."],
    ["words that are all rare", () => undefined, ["text.txt", "--min-count", "500"],
      'No words left: none of 15 different words occurs at least 500 times (--min-count). The most frequent, "the", occurs 240 times.'],
    ["a text that is not UTF-8", () => writeFileSync("latin.txt", Buffer.from("ol\xe9 \n", "latin1")), ["latin.txt"],
      "latin.txt: not valid UTF-8: byte 0xe9 at offset 2, line 1. Convert it first (iconv -f latin1 -t utf8)."],
    ["damaged gzip", () => writeFileSync("cut.gz", gzipSync(SENTENCES).subarray(0, 40)), ["cut.gz"], "cut.gz: damaged gzip data (unexpected end of file)."],
    ["nothing on standard input", () => undefined, ["-"], "Standard input was empty."],
    ["a folder without text", () => mkdirSync("hollow"), ["hollow"], "No text found in hollow."],
  ])("%s: exit code 1, and no folder stays", async (_, prepare, args, message) => {
    prepare();
    const { code, err } = await unrolled("train", "vectors", ...args, "--out", "bad");
    expect([code, err]).toEqual([1, `error: ${message}\n`]);
    expect(existsSync("bad")).toBe(false);
  });

  it("a vocabulary whose checkpoint would be too large is refused before it is trained", async () => {
    writeFileSync("many.txt", Array.from({ length: 140_000 }, (_, i) => `w${i}`).join(" "));
    const args = "--method glove --min-count 1 --dimensions 1000 --out large --backend wasm".split(" ");
    const { code, err } = await unrolled("train", "vectors", "many.txt", ...args);
    expect([code, err]).toEqual([
      1,
      "error: 140000 words in 1000 dimensions make a checkpoint of 2.26 GB; 2.15 GB are the most. " +
        "Leave out rare words (--min-count, --vocabulary-size), or use fewer --dimensions.\n",
    ]);
    expect(existsSync("large/cooccurrence")).toBe(false);
  });

  it("other commands say what a run of vectors is, and is not", async () => {
    expect((await unrolled("sample", "one")).err).toBe('error: one is a run of kind "vectors", not a model of text; nearest, analogy, eval and export use it.\n');
    expect((await unrolled("resume", "one", "--steps", "3")).err).toBe("error: one holds word vectors, which end with their epochs: leave --steps and --seconds out.\n");
    expect((await train("one")).err).toBe("error: one already holds a run. Go on with it (unrolled resume one) or choose another --out.\n");
  });

  it.each(["skipgram", "glove"])("%s: a result that is gone is written anew from the last checkpoint", async (method) => {
    const run = `gone-${method}`;
    await train(run, "--method", method);
    const before = vectorsOf(run);
    rmSync(join(run, "vectors.safetensors"));
    expect((await unrolled("nearest", run, "cat")).err).toBe(`error: ${run} has no vectors yet: unrolled resume ${run}\n`);
    expect((await unrolled("resume", run)).out).toBe(`${run} is complete. Its vectors: unrolled nearest ${run} WORD\n`);
    expect(vectorsOf(run).equals(before)).toBe(true);
  });

  it("a run that was killed while standard input was read cannot go on", async () => {
    mkdirSync("lost");
    const config = JSON.parse(readFileSync("one/run.json", "utf8")) as object;
    writeFileSync("lost/run.json", JSON.stringify({ ...config, data: { inputs: ["-"] } }));
    expect(await unrolled("resume", "lost")).toMatchObject({
      code: 1,
      err: "error: lost was stopped before all of standard input was read, and that cannot be read again: delete the folder and train anew.\n",
    });
    expect((await unrolled("info", "lost")).out).toContain("standard input, not read to the end yet");
  });

  it("a damaged run says which file is", async () => {
    await train("broken");
    rmSync("broken/vectors.safetensors");
    const text = readFileSync("broken/vocabulary.txt");
    writeFileSync("broken/vocabulary.txt", "the 240\ncat\n");
    expect((await unrolled("resume", "broken")).err).toBe('error: broken/vocabulary.txt: line 2: expected a word and its count, got "cat".\n');
    writeFileSync("broken/vocabulary.txt", text);
    rmSync("broken/checkpoints", { recursive: true });
    expect((await unrolled("resume", "broken")).err).toBe("error: broken/corpus.tokens is missing: the run cannot go on.\n");
    writeFileSync("broken/corpus.json", "{");
    expect((await unrolled("resume", "broken")).err).toMatch(/^error: broken\/corpus\.json is damaged: /);
  });
});
