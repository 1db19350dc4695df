import { mkdirSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { penJson, type PenPoint } from "../data/index.js";
import { RandomStream } from "../tensor/index.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("pen-training");
beforeAll(() => {
  mkdirSync("strokes");
  for (let i = 0; i < 12; i++) {
    const random = new RandomStream(i);
    const strokes = [0, 1].map((s) => Array.from({ length: 5 }, (_, p): PenPoint => [10 * s + p + random.next() / 4, 3 * (p % 2) + random.next() / 4]));
    writeFileSync(`strokes/${i}.json`, penJson({ name: "", strokes, writer: `w${i}` }));
  }
});
const train = (...args: string[]) =>
  unrolled("train", "handwriting", "strokes", "--hidden", "6", "--layers", "1", "--components", "2", "--backend", "wasm", "--threads", "1", ...args);
const lastEvent = (out: string) => JSON.parse(out.trim().split("\n").at(-1)!) as Record<string, unknown>;

describe("noise on the weights", () => {
  it.each([["--weight-noise", "weightNoise"], ["--adaptive-noise", "adaptiveNoise"]])("%s is there while it learns, in the run, and after a stop", async (option, name) => {
    const run = `run${option}`;
    const noisy = lastEvent((await train(option, "0.2", "--steps", "3", "--json", "--out", run)).out);
    const quiet = lastEvent((await train("--steps", "3", "--json", "--out", `without${option}`)).out);
    expect(noisy["trainingLoss"]).not.toBe(quiet["trainingLoss"]);
    const { handwriting } = JSON.parse((await unrolled("info", run, "--json")).out) as { handwriting: Record<string, number> };
    expect(handwriting[name]).toBe(0.2);
    const unbroken = lastEvent((await train(option, "0.2", "--steps", "5", "--schedule", "constant", "--json", "--out", `unbroken${option}`)).out);
    await train(option, "0.2", "--steps", "3", "--schedule", "constant", "--json", "--out", `broken${option}`);
    const resumed = lastEvent((await unrolled("resume", `broken${option}`, "--steps", "5", "--json")).out);
    expect(resumed["validationLoss"]).toBe(unbroken["validationLoss"]);
  });

  it("is of one kind", async () => {
    expect(await train("--weight-noise", "0.1", "--adaptive-noise", "0.1")).toMatchObject({ code: 2, err: expect.stringContaining("--weight-noise and --adaptive-noise: choose one.") });
  });
});

describe("how long", () => {
  it("a run of many steps takes is told before it starts", async () => {
    const { out } = await train("--steps", "110", "--json", "--out", "estimated");
    expect(JSON.parse(out.split("\n")[0]!)).toMatchObject({ event: "start", estimatedSeconds: expect.any(Number) });
    expect(lastEvent(out)).toMatchObject({ outcome: "complete", step: 110 });
  });

  it("can be said in epochs: ten lines, eight at a time, are two steps", async () => {
    expect(lastEvent((await train("--epochs", "2", "--json", "--out", "epochs")).out)).toMatchObject({ step: 4 });
    expect(await train("--epochs", "2", "--steps", "4")).toMatchObject({ code: 2, err: expect.stringContaining("--epochs, --seconds and --steps: choose one.") });
  });
});
