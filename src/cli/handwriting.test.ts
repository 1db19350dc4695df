import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { penJson, type PenPoint } from "../data/index.js";
import { RandomStream } from "../tensor/index.js";
import { splitSamples } from "./pen-corpus.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("pen");
beforeAll(() => {
  mkdirSync("strokes");
  for (let i = 0; i < 12; i++) {
    const random = new RandomStream(i);
    const strokes = [0, 1, 2].map((s) => Array.from({ length: 6 }, (_, p): PenPoint => [10 * s + p + random.next() / 4, 3 * (p % 2) + random.next() / 4]));
    writeFileSync(`strokes/${i}.json`, penJson({ name: "", strokes, writer: `w${i}` }));
  }
  writeFileSync("strokes/readme.txt", "not strokes");
  writeFileSync("strokes/bad.inkml", "<ink><trace>1 2, x</trace></ink>");
});
const TRAIN = ["train", "handwriting", "strokes", "--hidden", "8", "--layers", "1", "--components", "2", "--backend", "wasm", "--threads", "1"];

describe("train handwriting", () => {
  it("trains on files, tells what it passed over, and goes on", async () => {
    const { code, out, err } = await unrolled(...TRAIN, "--steps", "6", "--out", "one");
    expect(code).toBe(0);
    expect(err).toContain("strokes/bad.inkml: line 1: point 2:");
    expect(out).toMatch(/data {5}\S*strokes\nsize {5}10 sequences of 170 points to learn from, and 2 sequences held out/);
    expect(out).toContain("peephole-lstm, 1 layer of 8, 2 Gaussians");
    expect(out).toMatch(/6 steps in .*: training \S+, validation \S+ nats per point/);
    const again = await unrolled("resume", "one");
    expect(again.out).toContain("one has done its 6 steps.");
    const more = await unrolled("resume", "one", "--steps", "9", "--json");
    expect(JSON.parse(more.out.trim().split("\n").at(-1)!)).toMatchObject({ event: "end", outcome: "complete", step: 9 });
  });

  it("of the same seed gives the same strokes", async () => {
    for (const out of ["same", "as"]) await unrolled(...TRAIN, "--steps", "3", "--augment", "1", "--out", out);
    for (const run of ["same", "as"]) await unrolled("write", run, "--out", `${run}.json`, "--points", "30", "--backend", "wasm");
    expect(readFileSync("same.json", "utf8")).toBe(readFileSync("as.json", "utf8"));
  });

  it.each([
    [["strokes/bad.inkml"], 1, 'strokes/bad.inkml: line 1: point 2: "x" is not a number.'],
    [["strokes/readme.txt"], 1, "expected a file that ends in .inkml, .xml, .ndjson or .json."],
    [["strokes/0.json"], 1, "There are 1 samples: expected 3 or more"],
    [["strokes", "--lines", "20"], 2, "--lines is for data without FILES."],
    [["--spacing", "2"], 2, "--spacing is for FILES: name some."],
    [["--task", "telepathy"], 2, '--task: unknown task "telepathy".'],
  ])("says what is wrong with %j", async (args, code, message) => {
    const result = await unrolled("train", "handwriting", ...args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(message);
  });
});

describe("a run of handwriting", () => {
  beforeAll(async () => {
    await unrolled(...TRAIN, "--steps", "4", "--out", "run");
  });

  it("is told about and measured", async () => {
    const info = await unrolled("info", "run", "--backend", "wasm");
    expect(info.out).toContain("HandwritingModel {parameters: ");
    expect(info.out).toContain("step 4, complete");
    const json = JSON.parse((await unrolled("eval", "run", "--json", "--part", "training", "--backend", "wasm")).out);
    expect(json).toMatchObject({ part: "training", sequences: 10, movements: 170 });
    expect(json.natsPerPoint * 170).toBeCloseTo(json.nats, 6);
    expect((await unrolled("eval", "run", "--backend", "wasm")).out).toMatch(/test +1 +17 +\S+ +\S+ +\S+\n/);
    expect((await unrolled("eval", "run", "strokes")).err).toContain("run is a model of pen strokes: it is measured on its own data");
    expect((await unrolled("sample", "run")).err).toContain('run is a run of kind "handwriting", not a model of text');
  });

  it("writes SVG that replays, still SVG, PNG and JSON", async () => {
    const write = (...args: string[]) => unrolled("write", "run", "--points", "40", "--backend", "wasm", ...args);
    expect((await write("--out", "a.svg", "--samples", "2")).out).toMatch(/^a\.svg: 2 samples of 40 points, \d+ strokes, /);
    expect(readFileSync("a.svg", "utf8")).toContain("animation-delay");
    await write("--out", "still.svg", "--still");
    expect(readFileSync("still.svg", "utf8")).not.toContain("animation");
    await write("--out", "a.png");
    const png = readFileSync("a.png");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    const data = png.subarray(41, 41 + png.readUInt32BE(33));
    expect(inflateSync(data)).toHaveLength(height * (width + 1));
    expect(Math.min(...inflateSync(data))).toBe(0);
    await write("--out", "b.json", "--prime", "strokes/0.json");
    await write("--out", "c.json");
    // Primed, the pen comes from elsewhere: the way to the first stroke is none.
    expect(JSON.parse(readFileSync("b.json", "utf8"))[0].strokes[0][0]).not.toEqual([0, 0]);
    expect(JSON.parse(readFileSync("c.json", "utf8"))[0].strokes[0][0]).toEqual([0, 0]);
    expect(readFileSync("b.json", "utf8")).not.toBe(readFileSync("c.json", "utf8"));
    const large = JSON.parse(readFileSync("strokes/0.json", "utf8")) as { strokes: number[][][] };
    writeFileSync("large.json", JSON.stringify({ strokes: large.strokes.map((stroke) => stroke.map((point) => point.map((value) => 100 * value))) }));
    expect((await write("--out", "d.json", "--prime", "large.json")).err).toMatch(/large\.json was drawn at another scale .* multiplied by 0\.0\d+\./);
  });

  it.each([
    [["run", "--out", "a.gif"], 2, '--out: expected a name that ends in .svg, .png or .json, got "a.gif".'],
    [["run", "--prime", "strokes/bad.inkml"], 1, 'point 2: "x" is not a number.'],
    [["run", "--prime", "nowhere.json"], 1, "nowhere.json: cannot be read"],
    [["run", "--bias", "-1"], 2, "--bias: expected a number of at least 0"],
    [["nowhere"], 1, "nowhere: no run here"],
  ])("says what is wrong with %j", async (args, code, message) => {
    const result = await unrolled("write", ...args, ...(args.includes("--bias") ? [] : ["--backend", "wasm"]));
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
  });

  it("whose files have changed since does not go on", async () => {
    await unrolled(...TRAIN, "--steps", "2", "--out", "changed");
    const kept = readFileSync("strokes/3.json");
    writeFileSync("strokes/3.json", penJson({ name: "", strokes: [[[0, 0], [1, 1], [2, 0]]], writer: "w3" }));
    try {
      expect((await unrolled("resume", "changed", "--steps", "4")).err).toContain("The pen data of changed is not what it was when the run began");
    } finally {
      writeFileSync("strokes/3.json", kept);
    }
  });
});

describe("a run of synthesis", () => {
  let trained = "";
  beforeAll(async () => {
    mkdirSync("said");
    for (let i = 0; i < 12; i++) {
      const { strokes } = JSON.parse(readFileSync(`strokes/${i}.json`, "utf8")) as { strokes: PenPoint[][] };
      writeFileSync(`said/${i}.json`, penJson({ name: "", strokes, text: ["ab c", "cab", "b ac"][i % 3]!, writer: `w${i}` }));
    }
    trained = (await unrolled(...TRAIN.map((word) => (word === "strokes" ? "said" : word)), "--task", "synthesis", "--window", "3", "--steps", "4", "--out", "writer")).out;
  });
  const write = (...args: string[]) => unrolled("write", "writer", ...args, "--backend", "wasm", "--points", "9");

  it("tells at its end how to let it write", () => {
    expect(trained).toContain("2 Gaussians, a window of 3 over 4 characters, ");
    expect(trained).toContain('write writer "the quick brown fox" --out note.svg');
  });

  it("goes on, is told about and measured", async () => {
    const more = await unrolled("resume", "writer", "--steps", "6", "--json");
    expect(JSON.parse(more.out.trim().split("\n").at(-1)!)).toMatchObject({ outcome: "complete", step: 6 });
    expect((await unrolled("info", "writer", "--backend", "wasm")).out).toContain("SynthesisModel {characters: 4");
    expect((await unrolled("eval", "writer", "--backend", "wasm")).out).toMatch(/test +1 +17 +\S+ +\S+ +\S+\n/);
  });

  it("writes a text in lines of the length asked for, each sample anew, and says which line was not finished", async () => {
    const { code, out, err } = await write("cab  cab\nab", "--width", "4", "--samples", "2", "--out", "w.json");
    expect(code).toBe(0);
    expect(out).toMatch(/^w\.json: 2 samples of 3 lines, \d+ points, /);
    expect(JSON.parse(readFileSync("w.json", "utf8"))).toHaveLength(6);
    expect(err).toContain('Sample 2, line 1 is not at its end after 9 points: "cab"');
    expect((await write("cab", "--prime", "said/0.json")).code).toBe(0);
  });

  it("tells how many lines it does not learn from", async () => {
    mkdirSync("some");
    for (let i = 0; i < 12; i++) writeFileSync(`some/${i}.json`, readFileSync(`${i < 2 ? "strokes" : "said"}/${i}.json`));
    const { err } = await unrolled(...TRAIN.map((word) => (word === "strokes" ? "some" : word)), "--task", "synthesis", "--steps", "1", "--out", "fewer");
    expect(err).toContain("2 of 10 lines to learn from are left out: without a text, or longer than 600 points (--longest).");
  });

  it("names characters that it never saw, and leaves them out where that is wished", async () => {
    const { code, err } = await write("a?b?é");
    expect([code, err]).toEqual([1, expect.stringContaining('TEXT: the model has never seen "?", "é". Leave them out with --skip-unknown.')]);
    const skipped = await write("a?b?é", "--skip-unknown");
    expect([skipped.code, skipped.err]).toEqual([0, expect.stringContaining('TEXT: left out "?", "é", which the model has never seen.')]);
  });

  it.each([
    [["write", "writer"], 2, "TEXT: what is it to write?"],
    [["write", "writer", "??", "--skip-unknown"], 2, "TEXT: there is nothing in it to write."],
    [["write", "writer", "ab", "--prime", "strokes/0.json"], 1, 'strokes/0.json does not say what is written in it: expected a "text" beside the strokes.'],
    [["write", "run", "ab"], 2, "run predicts strokes and writes no TEXT: unrolled train handwriting --task synthesis makes a run that does."],
    [["train", "handwriting", "said", "--task", "synthesis", "--longest", "9"], 1, "Every line that has a text is longer than 9 points: --longest takes"],
    [[...TRAIN, "--task", "synthesis"], 1, "There is no text to any of the pen sequences"],
  ])("says what is wrong with %j", async (args, code, message) => {
    const result = await unrolled(...args, ...(args.includes("--backend") ? [] : ["--backend", "wasm"]));
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
  });
});

describe("splitSamples", () => {
  const sample = (i: number, writer?: string) => ({ name: `${i}`, strokes: [[[0, 0], [i, 1]]] as PenPoint[][], ...(writer !== undefined && { writer }) });

  it("keeps every tenth for validation and every tenth for the test, whole writers where there are ten", () => {
    const plain = splitSamples(Array.from({ length: 25 }, (_, i) => sample(i)));
    expect([plain.training.length, plain.validation.length, plain.test.length]).toEqual([21, 2, 2]);
    const { training, validation, test } = splitSamples(Array.from({ length: 60 }, (_, i) => sample(i, `w${i % 12}`)));
    expect([training.length, validation.length, test.length]).toEqual([50, 5, 5]);
    expect(new Set([...validation, ...test].map(({ writer }) => writer)).size).toBe(2);
    const few = splitSamples([sample(1), sample(2), sample(3)]);
    expect([few.training.length, few.validation.length, few.test.length]).toEqual([1, 1, 1]);
  });
});
