import { describe, expect, it } from "vitest";
import { jsonBytes } from "./json.js";
import { Run, RUN_FORMAT } from "./run.js";
import { MemoryStorage } from "./storage.js";

const config = { version: "1.2.3", kind: "text", options: { hidden: 4 } };
const checkpoint = (step: number) => ({
  step,
  tensors: new Map([["model.w", { dtype: "F32" as const, shape: [3], values: Float32Array.of(step, 0.1, NaN) }]]),
  state: { position: step * 10, sums: [0.1, 1e-300] },
});
async function runWith(...steps: number[]) {
  const storage = new MemoryStorage();
  const run = await Run.create(storage, config);
  for (const step of steps) {
    await run.logMetrics({ step, trainingLoss: 1 / step });
    await run.saveCheckpoint(checkpoint(step));
  }
  return { storage, run };
}
const CHECKPOINT_20 = "checkpoints/00000020";

describe("a run", () => {
  it("is created once, described, and opened again", async () => {
    const storage = new MemoryStorage();
    await Run.create(storage, config, { "vocabulary.json": jsonBytes({ kind: "bytes" }) });
    const run = await Run.open(storage);
    expect(run.config).toEqual({ format: RUN_FORMAT, ...config });
    expect(await run.file("vocabulary.json")).toEqual(jsonBytes({ kind: "bytes" }));
    await expect(run.file("x.json")).rejects.toThrow("memory/x.json is missing.");
    await expect(Run.create(storage, config)).rejects.toThrow("memory already holds a run.");
  });

  it("is missing, damaged, or from another version, each in so many words", async () => {
    const storage = new MemoryStorage();
    await expect(Run.open(storage)).rejects.toThrow("memory: no run here (there is no run.json).");
    await storage.write("run.json", new TextEncoder().encode('{"format": 1, "ver'));
    await expect(Run.open(storage)).rejects.toThrow(/run\.json is damaged: /);
    for (const other of [[], null]) {
      await storage.write("run.json", jsonBytes(other));
      await expect(Run.open(storage)).rejects.toThrow("is not the description of a run");
    }
    await storage.write("run.json", jsonBytes({ format: 99, version: "9.9.9" }));
    await expect(Run.open(storage)).rejects.toThrow(
      "memory was written by Unrolled 9.9.9 in format 99; this version reads format 1. Use the version that wrote it.",
    );
  });
});

describe("checkpoints", () => {
  it("come back as they were saved", async () => {
    const { storage } = await runWith(20);
    const { checkpoint: last, notes } = await (await Run.open(storage)).resume();
    expect(last).toEqual(checkpoint(20));
    expect(notes).toEqual([]);
  });

  it("are kept two at a time", async () => {
    const { storage } = await runWith(10, 20, 30);
    expect(await storage.list("checkpoints")).toEqual(
      ["20", "30"].flatMap((step) => [`checkpoints/000000${step}.json`, `checkpoints/000000${step}.safetensors`]),
    );
  });

  it("do not exist before the first is saved", async () => {
    const { run } = await runWith();
    expect(await run.resume()).toEqual({ checkpoint: undefined, notes: [] });
  });

  it.each([
    ["the arrays cut short", `${CHECKPOINT_20}.safetensors`, (bytes: Uint8Array) => bytes.slice(0, -1), /has \d+ bytes instead of \d+/],
    ["one bit of the arrays flipped", `${CHECKPOINT_20}.safetensors`, flip, /the hash of .* does not fit/],
    ["the arrays gone", `${CHECKPOINT_20}.safetensors`, () => undefined, /is missing/],
    ["the manifest cut short", `${CHECKPOINT_20}.json`, (bytes: Uint8Array) => bytes.slice(0, 40), /JSON/],
    ["the manifest edited", `${CHECKPOINT_20}.json`, edit, /its hash does not fit/],
    ["the manifest empty", `${CHECKPOINT_20}.json`, () => new Uint8Array(0), /JSON/],
  ])("with %s are passed over for the one before, with a note", async (_, name, damage, reason) => {
    const { storage } = await runWith(10, 20);
    const damaged = damage(storage.files.get(name)!);
    if (damaged === undefined) storage.files.delete(name);
    else storage.files.set(name, damaged);
    const run = await Run.open(storage);
    const { checkpoint: last, notes } = await run.resume();
    expect(last!.step).toBe(10);
    expect(notes.length).toBe(1);
    expect(notes[0]).toMatch(reason);
    expect(notes[0]).toContain(`memory/${CHECKPOINT_20}.json: this checkpoint is damaged`);
    // Going on removes the damaged one and keeps the good one.
    await run.saveCheckpoint(checkpoint(15));
    expect((await storage.list("checkpoints")).filter((file) => file.endsWith(".json"))).toEqual([
      "checkpoints/00000010.json",
      "checkpoints/00000015.json",
    ]);
  });

  it("that are all damaged are an error that lists them", async () => {
    const { storage, run } = await runWith(10, 20);
    for (const name of await storage.list("checkpoints")) await storage.truncate(name, 5);
    await expect(run.resume()).rejects.toThrow(/^No checkpoint of this run is whole\.\n.*00000020\.json.*\n.*00000010\.json/);
  });
});

describe("metrics", () => {
  it("are cut back to the checkpoint that a run goes on from", async () => {
    const { storage, run } = await runWith(10, 20);
    await run.logMetrics({ step: 30 });
    await storage.append("metrics.jsonl", new TextEncoder().encode('{"step": 4'));
    expect((await run.metrics()).map((line) => line["step"])).toEqual([10, 20, 30]);
    const again = await Run.open(storage);
    await again.resume();
    expect((await again.metrics()).map((line) => line["step"])).toEqual([10, 20]);
    await again.logMetrics({ step: 21 });
    expect((await again.metrics()).map((line) => line["step"])).toEqual([10, 20, 21]);
  });

  it("that were lost are noticed", async () => {
    const { storage } = await runWith(10, 20);
    await storage.truncate("metrics.jsonl", 3);
    const { notes } = await (await Run.open(storage)).resume();
    expect(notes).toEqual(["memory/metrics.jsonl is shorter than it was: some of the curve is lost."]);
  });
});

function flip(bytes: Uint8Array): Uint8Array {
  const flipped = bytes.slice();
  flipped[flipped.length - 6]! ^= 1;
  return flipped;
}

function edit(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"position":200', '"position":201'));
}
