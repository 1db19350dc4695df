import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { penJson, type PenPoint, type Stroke } from "../data/index.js";
import { RandomStream } from "../tensor/index.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

const TRAIN = ["train", "handwriting", "--hidden", "6", "--layers", "1", "--components", "2", "--window", "2", "--batch", "4", "--backend", "wasm", "--threads", "1"];
const zigzag = (points: number): Stroke => Array.from({ length: points }, (_, p): PenPoint => [p, 3 * (p % 2)]);

inTemporaryFolder("pen-bad-input");
beforeAll(async () => {
  mkdirSync("good");
  for (let i = 0; i < 6; i++) {
    const random = new RandomStream(i);
    const strokes = [0, 1].map((s) => Array.from({ length: 5 }, (_, p): PenPoint => [8 * s + p + random.next() / 4, 3 * (p % 2) + random.next() / 4]));
    writeFileSync(`good/${i}.json`, penJson({ name: "", strokes, text: ["abc", "cab", "bca"][i % 3]! }));
  }
  writeFileSync("nan.inkml", "<ink><trace>0 0, 1 NaN</trace></ink>");
  writeFileSync("null.json", '{"strokes":[[[0,0],[null,1]]]}');
  writeFileSync("infinite.json", '{"strokes":[[[0,0],[1e999,1]]]}');
  writeFileSync("far.json", '{"strokes":[[[0,0],[1e9,1]]]}');
  writeFileSync("one.json", '{"strokes":[[[3,4]]]}');
  writeFileSync("none.json", '{"strokes":[]}');
  writeFileSync("jump.json", penJson({ name: "", text: "ab", strokes: [[...zigzag(12), [9000, 0]]] }));
  writeFileSync("broken.inkml", "<ink><trace>0 0, 1 1</trace>");
  writeFileSync("broken.xml", "<WhiteboardCaptureSession><StrokeSet><Stroke><Point x='1'");
  writeFileSync("broken.json", '{"strokes":[[[0,0],[1,');
  writeFileSync("many.json", penJson({ name: "", text: "abc", strokes: Array.from({ length: 3000 }, (_, s) => zigzag(3).map(([x, y]): PenPoint => [x + 4 * s, y])) }));
  writeFileSync("foreign.json", penJson({ name: "", text: "aж字", strokes: [zigzag(8)] }));
  await unrolled(...TRAIN, "good", "--task", "synthesis", "--steps", "2", "--out", "run");
});
const write = (...args: string[]) => unrolled("write", "run", ...args, "--backend", "wasm", "--points", "6");

describe.each([
  ["nan.inkml", 'nan.inkml: line 1: point 2: "NaN" is not a number.'],
  ["null.json", "null.json: strokes: stroke 1, point 2: expected [x, y] or [x, y, time], got [null,1]."],
  ["infinite.json", "infinite.json: stroke 1, point 2: x is Infinity, expected a number."],
  ["far.json", "far.json: stroke 1, point 2: x is 1000000000, expected at most 10000000."],
  ["one.json", "one.json: there is one point only: a dot has no movement to learn from."],
  ["none.json", "none.json: there are no points: nothing is drawn."],
  ["jump.json", "jump.json: stroke 1: the pen jumps from point 12 to point 13 without being lifted"],
  ["broken.inkml", "broken.inkml: line 1:"],
  ["broken.xml", "broken.xml: line 1:"],
  ["broken.json", "broken.json: not JSON:"],
])("%s", (file, message) => {
  it("is refused in a sentence by who learns from it", async () => {
    expect(await unrolled(...TRAIN, "good", file, "--steps", "1", "--out", `from-${file}`)).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });

  it("is refused as something to go on from, and what was written before stays", async () => {
    writeFileSync("kept.json", "mine");
    expect(await write("ab", "--prime", file, "--out", "kept.json")).toMatchObject({ code: 1, err: expect.stringContaining(message) });
    expect(readFileSync("kept.json", "utf8")).toBe("mine");
  });
});

it("inside a folder, what cannot be used is passed over and told", async () => {
  mkdirSync("mixed");
  for (let i = 0; i < 4; i++) writeFileSync(`mixed/${i}.json`, readFileSync(`good/${i}.json`));
  for (const file of ["one.json", "jump.json"]) writeFileSync(`mixed/${file}`, readFileSync(file));
  const { code, err } = await unrolled(...TRAIN, "mixed", "--steps", "1", "--out", "from-mixed");
  expect([code, err]).toEqual([0, expect.stringMatching(/mixed\/jump\.json: .*mixed\/one\.json: /s)]);
});

describe("thousands of strokes", () => {
  it("are learnt from in pieces, and are too long for a line with a text", async () => {
    const { code, out } = await unrolled(...TRAIN, "many.json", "good", "--longest", "300", "--steps", "1", "--out", "from-many");
    expect([code, out]).toEqual([0, expect.stringMatching(/size {5}\d+ sequences of \d,\d{3} points/)]);
    const synthesis = await unrolled(...TRAIN, "many.json", "good", "--task", "synthesis", "--longest", "300", "--steps", "1", "--out", "from-many-texts");
    expect([synthesis.code, synthesis.err]).toEqual([0, expect.stringContaining("left out: without a text, or longer than 300 points (--longest).")]);
  });

  it("can be gone on from", async () => {
    expect((await write("ab", "--prime", "many.json", "--out", "after.json")).code).toBe(0);
  });
});

describe("a text", () => {
  it("longer than any that was learnt from is broken to lines, inside a word too", async () => {
    expect((await write("abc".repeat(50), "--out", "long.json")).code).toBe(0);
    expect(JSON.parse(readFileSync("long.json", "utf8"))).toHaveLength(50);
    // As one line: it comes to an end all the same.
    expect((await write("abc".repeat(50), "--width", "1000", "--out", "long.json")).code).toBe(0);
    expect(JSON.parse(readFileSync("long.json", "utf8"))).toHaveLength(1);
  });
});

describe("a sample from another alphabet", () => {
  it("is named, and its unknown characters left out where that is wished", async () => {
    expect(await write("ab", "--prime", "foreign.json")).toMatchObject({ code: 1, err: expect.stringContaining('foreign.json: the model has never seen "ж", "字". Leave them out with --skip-unknown.') });
    expect(await write("ab", "--prime", "foreign.json", "--skip-unknown", "--out", "foreign-out.json")).toMatchObject({ code: 0, err: expect.stringContaining('foreign.json: left out "ж", "字"') });
  });
});
