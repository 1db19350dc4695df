/** Runs from recipes, from other runs, and with the settings of Graves 2013. */
import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { inTemporaryFolder, unrolled } from "./testing.js";

const SMALL = "--hidden 8 --embedding 4 --batch 4 --window 16 --sample-length 0 --backend wasm --threads 1".split(" ");

inTemporaryFolder("recipes");
beforeAll(() => {
  writeFileSync("text.txt", "It was the best of times, it was the worst of times. ".repeat(40));
});
const configOf = (run: string) => JSON.parse(readFileSync(`${run}/run.json`, "utf8")) as { text: object; budget: object; from?: string };

it("a recipe gives the settings, options change single ones", async () => {
  const { code, err, out } = await unrolled("train", "text", "text.txt", "--recipe", "graves", "--steps", "2", "--out", "recipe", ...SMALL);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("peephole-lstm, 2 layers of 8 with skip connections");
  expect(configOf("recipe").text).toMatchObject({ cell: "peephole-lstm", skip: true, clipPreactivations: 1, hidden: 8, window: 16, back: 16, lr: 0.006 });
  expect((await unrolled("sample", "recipe", "--length", "5")).code).toBe(0);
});

it("the paper's settings train: its optimiser, its loss, its chunks, for so many epochs", async () => {
  const paper = ["--recipe", "graves-wikipedia", "--layers", "2", "--hidden", "6", "--window", "20", "--reset-every", "5", "--epochs", "0.5"];
  const { code, err } = await unrolled("train", "text", "text.txt", "--out", "paper", ...paper, "--backend", "wasm", "--threads", "1");
  expect([code, err]).toEqual([0, ""]);
  // 1,908 bytes and the mark at their start: 96 chunks of 20 in one row.
  expect(configOf("paper")).toMatchObject({ budget: { steps: 48 }, text: { loss: "sum", optimizer: "momentum", lr: 1e-4, momentum: 0.9, embedding: 0, resetEvery: 5, batch: 1 } });
});

it("goes on from another run's weights, with its settings and text unless others are given", async () => {
  await unrolled("train", "text", "text.txt", "--steps", "30", "--out", "first", ...SMALL);
  const bits = async (run: string) => (JSON.parse((await unrolled("eval", run, "--json")).out) as { all: { bits: number } }).all.bits;
  const { code, err } = await unrolled("train", "text", "--from", "first", "--adaptive-noise", "0.05", "--lr", "1e-12", "--steps", "1", "--out", "second", "--backend", "wasm", "--threads", "1");
  expect([code, err]).toEqual([0, ""]);
  expect(configOf("second")).toMatchObject({ from: "first", text: { hidden: 8, adaptiveNoise: 0.05, batch: 4 } });
  expect(await bits("second")).toBeCloseTo(await bits("first"), 5);
  expect(readFileSync("second/metrics.jsonl", "utf8")).toContain('"descriptionLength"');

  const other = await unrolled("train", "text", "--from", "first", "--hidden", "9", "--steps", "1", "--out", "third", "--backend", "wasm");
  expect(other.code).toBe(1);
  expect(other.err).toMatch(/^error: checkpoint: the saved tensors do not fit; wrong shape: recurrent\.layer0\.forward\.x: expected \[36, 4\], got \[32, 4\]/);
});

it("is told beforehand how long it will take, and learns the same as without", async () => {
  const options = ["text.txt", "--schedule", "constant", "--dropout", "0.2", "--weight-noise", "0.05", ...SMALL];
  const { out } = await unrolled("train", "text", ...options, "--steps", "120", "--json", "--out", "estimated");
  expect(JSON.parse(out.split("\n")[0]!)).toMatchObject({ event: "start", estimatedSeconds: expect.any(Number) });
  // So few steps are begun without an estimate.
  await unrolled("train", "text", ...options, "--steps", "60", "--out", "unestimated");
  await unrolled("resume", "unestimated", "--steps", "120");
  const weights = (run: string) => readFileSync(`${run}/checkpoints/00000120.safetensors`);
  expect(weights("unestimated").equals(weights("estimated"))).toBe(true);
});

it("takes noise after noise, as the paper does: from weights without, to fixed, to adaptive", async () => {
  const on = (from: string, out: string, ...more: string[]) =>
    unrolled("train", "text", "--from", from, "--out", out, "--steps", "2", "--backend", "wasm", "--threads", "1", ...more);
  expect((await on("first", "noisy", "--weight-noise", "0.075")).err).toBe("");
  expect((await on("noisy", "adaptive", "--adaptive-noise", "0.075")).err).toBe("");
  expect(configOf("adaptive").text).toMatchObject({ weightNoise: 0, adaptiveNoise: 0.075 });
  expect((await unrolled("resume", "adaptive", "--steps", "4")).code).toBe(0);
});

it("is measured while it goes on learning, and per word", async () => {
  await unrolled("train", "text", "text.txt", "--steps", "10", "--out", "dynamic", ...SMALL);
  const { code, out } = await unrolled("eval", "dynamic", "text.txt", "--dynamic", "--dynamic-rate", "0.02");
  expect(code).toBe(0);
  expect(out).toMatch(/^file +characters +unknown +bits\/character +dynamic +perplexity +dynamic +per word\n/);
  const { all, dynamic } = JSON.parse((await unrolled("eval", "dynamic", "text.txt", "--dynamic", "--dynamic-rate", "0.02", "--json")).out) as {
    all: Record<string, number>; dynamic: object;
  };
  expect(dynamic).toEqual({ lr: 0.02, momentum: 0, window: 50 });
  expect(all["dynamicBits"]).toBeLessThan(all["bits"]! - 0.2);
  expect(all["textWords"]).toBe(480);
  expect(all["wordPerplexity"]).toBeCloseTo(2 ** ((all["bits"]! * all["textCharacters"]!) / 480), 3);

  await unrolled("train", "text", "text.txt", "--vocabulary", "words", "--steps", "2", "--out", "wordy", ...SMALL);
  expect((await unrolled("eval", "wordy")).out).toMatch(/bits\/word +perplexity +bits\/char\n/);
  expect((await unrolled("eval", "wordy", "--dynamic-window", "5")).err).toBe("error: --dynamic-window belongs to --dynamic.\n");
});

it("segments can be computed again: the same text is learnt", async () => {
  const losses = async (...more: string[]) => {
    const { out } = await unrolled("train", "text", "text.txt", "--steps", "6", "--json", "--out", `recompute${more.length}`, ...SMALL, ...more);
    return (JSON.parse(out.trim().split("\n").at(-1)!) as { trainingLoss: number }).trainingLoss;
  };
  expect(await losses("--recompute", "sqrt")).toBeCloseTo(await losses(), 5);
});

it.each([
  [["--corpus", "brown", "text.txt"], "--corpus is read instead of FILES: leave one of them out."],
  [["--from", "first", "--recipe", "graves"], "--from brings the settings of its run: leave out --recipe."],
  [["--from", "first", "--vocabulary", "words"], "--from brings the vocabulary of its run: leave out --vocabulary."],
  [["--epochs", "1", "--steps", "2"], "--epochs, --seconds and --steps: choose one."],
  [["--weight-noise", "1", "--adaptive-noise", "1"], "--weight-noise and --adaptive-noise: choose one."],
  [["--recompute", "half"], '--recompute: expected a whole number of steps of at least 1, or sqrt, got "half".'],
  [["--recipe", "grave"], '--recipe: unknown recipe "grave". Did you mean graves?'],
])("what does not go together is told: %j", async (args, message) => {
  const { code, err } = await unrolled("train", "text", ...args);
  expect([code, err]).toEqual([2, `error: ${message}\n`]);
});
