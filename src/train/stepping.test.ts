/** Learners that change their parameters themselves, in the loop of all others. */
import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { setDefaultBackend, tensor } from "../tensor/index.js";
import type { SteppingLearner, TakenStep } from "./learner.js";
import { train, type Progress } from "./loop.js";
import { Run } from "./run.js";
import { MemoryStorage } from "./storage.js";
import { withoutTimes } from "./testing.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

/** Halves its distance to the number of the step; every fourth step measures nothing. */
class Chaser implements SteppingLearner {
  readonly place = tensor([5, -3], [2]);
  readonly parameters = new Map([["place", this.place]]);
  /** The step, from 0, at which everything becomes NaN. */
  breaksAt = Infinity;

  async step(index: number): Promise<TakenStep> {
    const values = [...this.place.dataSync()];
    const totalLoss = values.reduce((sum, x) => sum + (x - index) ** 2, 0);
    const broken = index >= this.breaksAt;
    this.place.set(values.map((x) => (broken ? NaN : (x + index) / 2)));
    const units = index % 4 === 3 ? 0 : 2;
    return { totalLoss: units === 0 ? 0 : broken ? NaN : totalLoss, units, predictions: 10, learningRate: 1 / (1 + index) };
  }
}

async function trained(storage: MemoryStorage, { stopAt, steps, learner = new Chaser() }: { stopAt?: number; steps?: number; learner?: Chaser } = {}) {
  const run = (await Run.exists(storage)) ? await Run.open(storage) : await Run.create(storage, { version: "0", kind: "test" });
  const { checkpoint } = await run.resume();
  const stop = new AbortController();
  const progress: Progress[] = [];
  const result = await train({
    learner, run, checkpoint,
    settings: { logEvery: 3, checkpointEvery: 4 },
    ...(steps !== undefined && { budget: { steps } }),
    signal: stop.signal,
    onProgress: (each) => {
      progress.push(each);
      if (each.step === stopAt) stop.abort();
    },
  });
  return { result, place: learner.place.dataSync(), metrics: withoutTimes(storage.files.get("metrics.jsonl")), progress };
}

describe("a learner that steps itself", () => {
  it("does all its steps, and its rates and losses are written down", async () => {
    const { result, metrics, progress } = await trained(new MemoryStorage(), { steps: 8 });
    expect(result).toMatchObject({ outcome: "complete", step: 8, validationLoss: undefined });
    const lines = metrics.trim().split("\n").map((line) => JSON.parse(line) as Record<string, number>);
    expect(lines[0]).toEqual({ step: 3, predictions: 30, trainingLoss: expect.any(Number), learningRate: 1 / 3 });
    const places = [[5, -3], [2.5, -1.5], [1.75, -0.25]];
    const losses = places.map((place, index) => place.reduce((sum, x) => sum + (x - index) ** 2, 0));
    expect(lines[0]!["trainingLoss"]).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 6, 10);
    expect(lines.map(({ step }) => step)).toEqual([3, 6, 8]);
    expect(progress.at(-1)).toMatchObject({ step: 8, steps: 8, predictions: 80, secondsLeft: 0 });
  });

  it.each([1, 3, 4, 7])("stopped at step %i and taken up again, ends with the same bits and the same metrics", async (stopAt) => {
    const unbroken = await trained(new MemoryStorage(), { steps: 8 });
    const storage = new MemoryStorage();
    expect((await trained(storage, { steps: 8, stopAt })).result).toMatchObject({ outcome: "interrupted", step: stopAt });
    const resumed = await trained(storage);
    expect(resumed.place).toEqual(unbroken.place);
    expect(resumed.metrics).toBe(unbroken.metrics);
  });

  it("killed after the last checkpoint but before the last line of metrics, writes that line", async () => {
    const unbroken = await trained(new MemoryStorage(), { steps: 8 });
    const storage = new MemoryStorage();
    await trained(storage, { steps: 8 });
    await storage.truncate("metrics.jsonl", storage.files.get("metrics.jsonl")!.length - 30);
    expect((await trained(storage)).metrics).toBe(unbroken.metrics);
  });

  it("stops when its loss is not a number, and says what happened; what was saved stays", async () => {
    const storage = new MemoryStorage();
    const learner = new Chaser();
    learner.breaksAt = 5;
    await expect(trained(storage, { steps: 8, learner })).rejects.toThrow(
      "Training stopped at step 6: the loss is NaN. What was saved before is whole.\n" +
        "First to break: the parameter place, 2 of its 2 values.\nTry a lower learning rate (now 0.167).",
    );
    expect((await storage.list("checkpoints")).at(-1)).toContain("00000004");
  });
});
