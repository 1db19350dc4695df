import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { penJson, type PenPoint } from "../data/index.js";
import { RandomStream } from "../tensor/index.js";
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

  it("writes in the hand that is asked for", async () => {
    for (const name of ["ann", "bob"]) expect((await write("--writer", name, "--out", `${name}.json`)).code).toBe(0);
    await write("--out", "nobody.json");
    const [ann, bob, nobody] = [strokes("ann.json"), strokes("bob.json"), strokes("nobody.json")];
    expect(ann).not.toEqual(bob);
    expect(nobody).not.toEqual(ann);
    expect(nobody).not.toEqual(bob);
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
