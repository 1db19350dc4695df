import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { penJson, type PenPoint, type PenSample } from "../data/index.js";
import { RandomStream } from "../tensor/index.js";
import { splitDrawings } from "./pen-corpus.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

const TRAIN = ["train", "handwriting", "--hidden", "8", "--layers", "1", "--components", "2", "--backend", "wasm", "--threads", "1"];

inTemporaryFolder("told");
beforeAll(() => {
  mkdirSync("strokes");
  for (let i = 0; i < 12; i++) {
    const random = new RandomStream(i);
    const strokes = [0, 1, 2].map((s) => Array.from({ length: 6 }, (_, p): PenPoint => [10 * s + p + random.next() / 4, 3 * (p % 2) + random.next() / 4]));
    writeFileSync(`strokes/${i}.json`, penJson({ name: "", strokes, text: ["ab c", "cab", "b ac"][i % 3]!, writer: ["ann", "bob"][i % 2]! }));
  }
});

describe.each(["prediction", "synthesis"])("a run of %s with writers", (task) => {
  const text = task === "synthesis" ? ["cab"] : [];
  const write = (...args: string[]) => unrolled("write", task, ...text, "--backend", "wasm", "--points", "9", ...args);
  const strokes = (file: string) => JSON.parse(readFileSync(file, "utf8")) as unknown;
  beforeAll(async () => {
    await unrolled(...TRAIN, "strokes", "--task", task, "--writers", "3", "--steps", "3", "--out", task);
  });

  it("goes on, and tells whom it knows", async () => {
    expect((await unrolled("resume", task, "--steps", "5")).code).toBe(0);
    const { out } = await unrolled("info", task, "--backend", "wasm");
    expect(out).toMatch(/Writers\n +ann, bob\n/);
    expect(JSON.parse((await unrolled("info", task, "--json")).out).names).toEqual({ writer: ["ann", "bob"] });
  });

  it("writes in the hand that is asked for, else in one that it knows, drawn by the seed", async () => {
    for (const name of ["ann", "bob"]) expect((await write("--writer", name, "--out", `${name}.json`)).code).toBe(0);
    const [ann, bob] = [strokes("ann.json"), strokes("bob.json")];
    expect(ann).not.toEqual(bob);
    const drawn: number[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      await write("--seed", String(seed), "--out", "any.json");
      for (const name of ["ann", "bob"]) await write("--seed", String(seed), "--writer", name, "--out", `${name}.json`);
      const any = JSON.stringify(strokes("any.json"));
      drawn.push(["ann", "bob"].findIndex((name) => JSON.stringify(strokes(`${name}.json`)) === any));
    }
    expect([...new Set(drawn)].sort()).toEqual([0, 1]);
  });

  it("names the nearest of a writer that there is not", async () => {
    const { code, err } = await write("--writer", "anne");
    expect([code, err]).toEqual([2, expect.stringContaining('--writer: the model does not know "anne". Did you mean ann?')]);
  });
});

describe("data that names no writers, or a model that does not know any,", () => {
  beforeAll(() => {
    mkdirSync("anonymous");
    for (let i = 0; i < 4; i++) {
      const { strokes } = JSON.parse(readFileSync(`strokes/${i}.json`, "utf8")) as { strokes: PenPoint[][] };
      writeFileSync(`anonymous/${i}.json`, penJson({ name: "", strokes }));
    }
  });

  it("is told so", async () => {
    const none = await unrolled(...TRAIN, "anonymous", "--writers", "3", "--steps", "1", "--out", "none");
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("None of the pen sequences say who wrote them: there is no writer to choose.")]);
    expect((await unrolled(...TRAIN, "strokes", "--steps", "1", "--out", "plain")).code).toBe(0);
    const { code, err } = await unrolled("write", "plain", "--writer", "ann", "--backend", "wasm");
    expect([code, err]).toEqual([2, expect.stringContaining("--writer: this model tells no writers apart: unrolled train handwriting --writers 16 makes one that does.")]);
  });
});

describe("a run that draws what is named", () => {
  const write = (...args: string[]) => unrolled("write", "artist", ...args, "--backend", "wasm", "--points", "30");
  beforeAll(async () => {
    mkdirSync("drawings");
    for (let i = 0; i < 4; i++) {
      const { strokes } = JSON.parse(readFileSync(`strokes/${i}.json`, "utf8")) as { strokes: PenPoint[][] };
      writeFileSync(`drawings/${i}.json`, penJson({ name: "", strokes, text: ["cat", "dog"][i % 2]! }));
    }
    await unrolled(...TRAIN, "drawings", "--task", "drawing", "--classes", "3", "--augment", "0.5", "--steps", "3", "--out", "artist");
  });

  it("goes on, is measured, and tells what it draws", async () => {
    expect((await unrolled("resume", "artist", "--steps", "5")).code).toBe(0);
    expect((await unrolled("info", "artist", "--backend", "wasm")).out).toMatch(/Draws\n +cat, dog\n/);
    expect((await unrolled("eval", "artist", "--backend", "wasm")).out).toMatch(/test +1 +\d+ +\S+ +\S+ +\S+\n/);
  });

  it("draws in rows", async () => {
    const { code, out } = await write("cat, dog, cat", "--width", "2", "--samples", "2", "--out", "zoo.json");
    expect([code, out]).toEqual([0, expect.stringMatching(/^zoo\.json: 2 samples of 2 lines, \d+ points, \d+ strokes, /)]);
    expect(JSON.parse(readFileSync("zoo.json", "utf8"))).toHaveLength(4);
  });

  it("draws anything where nothing is named, each sample anew, side by side", async () => {
    const { code, out } = await write("--samples", "5", "--width", "2", "--out", "any.json");
    expect([code, out]).toEqual([0, expect.stringMatching(/^any\.json: 5 samples of \d+ points, \d+ strokes, /)]);
    const rows = JSON.parse(readFileSync("any.json", "utf8")) as { strokes: unknown }[];
    expect(rows).toHaveLength(3);
    expect(rows[0]!.strokes).not.toEqual(rows[1]!.strokes);
    await write("--samples", "5", "--width", "2", "--out", "again.json");
    expect(readFileSync("again.json")).toEqual(readFileSync("any.json"));
  });

  it("names what it never saw, and leaves it out where that is wished", async () => {
    expect(await write("cat, cow")).toMatchObject({ code: 1, err: expect.stringContaining('TEXT: the model has never seen "cow". Leave it out with --skip-unknown.') });
    expect(await write("cat, cow", "--skip-unknown")).toMatchObject({ code: 0, err: expect.stringContaining('TEXT: left out "cow", which the model has never seen.') });
  });

  it.each([
    [["write", "artist", " , ", "--backend", "wasm"], 2, "TEXT: there is nothing in it to draw."],
    [["write", "artist", "cat", "--prime", "drawings/0.json", "--backend", "wasm"], 2, "--prime is for models that write: this one draws what is named."],
    [["train", "handwriting", "--task", "drawing"], 2, "--task drawing: rendered lines are no drawings: expected --data hanzi, or FILES."],
    [["train", "handwriting", "--characters", "永"], 2, "--characters is for --data hanzi."],
    [["train", "handwriting", "anonymous", "--task", "drawing"], 1, "None of the samples say what they are: there is nothing to be drawn by name."],
  ])("says what is wrong with %j", async (args, code, message) => {
    expect(await unrolled(...args)).toMatchObject({ code, err: expect.stringContaining(message) });
  });
});

describe("splitDrawings", () => {
  const sample = (i: number, text: string): PenSample => ({ name: `${i}`, text, strokes: [[[0, 0], [i, 1], [1, 2]]] });

  it("holds nothing out of a class that has few, and checks with the same drawings by other hands if all have", () => {
    const few = splitDrawings(Array.from({ length: 20 }, (_, i) => sample(i, `class ${i}`)), new RandomStream(1));
    expect([few.training.length, few.validation.length, few.test.length]).toEqual([20, 2, 2]);
    expect(few.validation.map(({ text }) => text)).toEqual(["class 0", "class 10"]);
    expect(few.validation[1]!.strokes).not.toEqual(few.training[10]!.strokes);
    const some = splitDrawings(Array.from({ length: 25 }, (_, i) => sample(i, i < 20 ? "cat" : "dog")), new RandomStream(1));
    expect([some.training.length, some.validation.length, some.test.length]).toEqual([21, 2, 2]);
    expect(new Set([...some.validation, ...some.test].map(({ text }) => text))).toEqual(new Set(["cat"]));
  });
});
