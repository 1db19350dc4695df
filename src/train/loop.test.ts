import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { Adam } from "../optim/index.js";
import { keep, RandomStream, setDefaultBackend, tensor, zeros, type RandomState, type Tensor } from "../tensor/index.js";
import type { StoredTensor } from "../tensor/safetensors.js";
import type { Json } from "./json.js";
import type { Learner } from "./learner.js";
import { train, type Progress, type TrainingSettings } from "./loop.js";
import { Run } from "./run.js";
import { MemoryStorage } from "./storage.js";
import { withoutTimes } from "./testing.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

/**
 * Learns a noisy target, with one of everything that a resumed run must bring back: a random stream, a position, a carried tensor.
 */
class NoisyLearner implements Learner {
  readonly weights = tensor([3, -2, 1], [3], { requiresGrad: true });
  readonly parameters = new Map([["weights", this.weights]]);
  readonly random = new RandomStream(7);
  #position = 0;
  #carried: Tensor = zeros([3]);
  validations = 0;
  /** The step at which the loss becomes NaN. */
  breaksAt = Infinity;

  loss() {
    const noise = this.random.normal([3]);
    this.#position++;
    const difference = this.weights.add(noise.scale(0.1)).add(this.#carried.scale(0.1)).sub(0.01 * this.#position);
    this.#carried = keep(difference, this.#carried);
    const loss = difference.square().mean();
    return { loss: this.#position >= this.breaksAt ? loss.scale(NaN) : loss, predictions: 3, units: 2 };
  }

  async validate() {
    this.validations++;
    return this.weights.dataSync()[0]!;
  }

  state() {
    return {
      json: { position: this.#position, random: this.random.state() } as unknown as Json,
      tensors: new Map([["carried", this.#carried]]),
    };
  }

  load({ json, tensors }: { json: Json; tensors: ReadonlyMap<string, StoredTensor> }) {
    const { position, random } = json as unknown as { position: number; random: RandomState };
    this.#position = position;
    this.random.restore(random);
    this.#carried.set(tensors.get("carried")!.values);
  }
}

const settings: TrainingSettings = { lr: 0.05, schedule: "decay", clip: 1, logEvery: 4, validateEvery: 6, checkpointEvery: 5 };

/** Trains in memory; `stopAt` interrupts after that step, as a signal would. */
async function trained(storage: MemoryStorage, options: { steps?: number; stopAt?: number; learner?: NoisyLearner; settings?: TrainingSettings } = {}) {
  const learner = options.learner ?? new NoisyLearner();
  const optimizer = new Adam(learner.parameters);
  const exists = await Run.exists(storage);
  const run = exists ? await Run.open(storage) : await Run.create(storage, { version: "0", kind: "test" });
  const { checkpoint } = await run.resume();
  const stop = new AbortController();
  const progress: Progress[] = [];
  const result = await train({
    learner,
    optimizer,
    settings: options.settings ?? settings,
    run,
    checkpoint,
    ...(options.steps !== undefined && { budget: { steps: options.steps } }),
    signal: stop.signal,
    onProgress: (each) => {
      progress.push(each);
      if (each.step === options.stopAt) stop.abort();
    },
  });
  return { result, learner, weights: learner.weights.dataSync(), metrics: withoutTimes(storage.files.get("metrics.jsonl")), progress };
}

describe("train", () => {
  it("does the steps it was given, logs and validates on time", async () => {
    const { result, metrics, progress, learner } = await trained(new MemoryStorage(), { steps: 14 });
    expect(result).toMatchObject({ outcome: "complete", step: 14 });
    const lines = metrics.trim().split("\n").map((line) => JSON.parse(line) as Record<string, number>);
    expect(lines.map((line) => [line["step"], line["validationLoss"] !== undefined])).toEqual([
      [4, false], [6, true], [8, false], [12, true], [14, true],
    ]);
    expect(learner.validations).toBe(3);
    expect(lines[0]).toMatchObject({ predictions: 12, learningRate: expect.closeTo((0.05 * 4) / 20) });
    expect(progress.at(-1)).toMatchObject({ step: 14, steps: 14, secondsLeft: 0 });
    expect(progress.length).toBe(15); // one a step and one at the end
  });

  it.each([[1], [7], [12], [13]])("stopped at step %i and taken up again, ends with the same bits and the same metrics", async (stopAt) => {
    const unbroken = await trained(new MemoryStorage(), { steps: 14 });
    const storage = new MemoryStorage();
    const { result } = await trained(storage, { steps: 14, stopAt });
    expect(result).toMatchObject({ outcome: "interrupted", step: stopAt });
    const resumed = await trained(storage);
    expect(resumed.weights).toEqual(unbroken.weights);
    expect(resumed.metrics).toBe(unbroken.metrics);
  });

  it("killed between two checkpoints, repeats what was lost", async () => {
    const unbroken = await trained(new MemoryStorage(), { steps: 14 });
    const storage = new MemoryStorage();
    await trained(storage, { steps: 14, learner: new NoisyLearner() });
    // What a kill during step 13 leaves: the checkpoint of step 10, metrics beyond it.
    for (const name of await storage.list("checkpoints")) if (name.includes("14")) await storage.remove(name);
    const resumed = await trained(storage);
    expect(resumed.weights).toEqual(unbroken.weights);
    expect(resumed.metrics).toBe(unbroken.metrics);
  });

  it("killed after the last checkpoint but before the last line of metrics, writes that line", async () => {
    const unbroken = await trained(new MemoryStorage(), { steps: 14 });
    const storage = new MemoryStorage();
    await trained(storage, { steps: 14 });
    await storage.truncate("metrics.jsonl", storage.files.get("metrics.jsonl")!.length - 30);
    expect((await trained(storage)).metrics).toBe(unbroken.metrics);
  });

  it("trained on with a constant rate, equals a run that was longer from the start", async () => {
    const constant = { ...settings, schedule: "constant" } as const;
    const long = await trained(new MemoryStorage(), { steps: 20, settings: constant });
    const storage = new MemoryStorage();
    await trained(storage, { steps: 14, settings: constant });
    const extended = await trained(storage, { steps: 20, settings: constant });
    expect(extended.weights).toEqual(long.weights);
    expect(extended.metrics).toBe(long.metrics);
  });

  it("stops before a step that would break the parameters, and says what happened", async () => {
    const storage = new MemoryStorage();
    const learner = new NoisyLearner();
    learner.breaksAt = 9;
    const failed = trained(storage, { steps: 14, learner });
    await expect(failed).rejects.toThrow(
      /^Training stopped at step 9: the loss is NaN\. The step was not applied; what was saved before is whole\.\nGradient norms in the steps before it: ([\d.]+, ){7}[\d.]+\.\nFirst to break: the gradient of weights, 3 of its 3 values\.\nTry a lower learning rate \(now 0\.0225\), or clipping the gradient harder \(now 1\)\.$/,
    );
    expect([...learner.weights.dataSync()].every(Number.isFinite)).toBe(true);
    expect((await storage.list("checkpoints")).at(-1)).toContain("00000005");
  });

  it("needs a budget to start with", async () => {
    await expect(trained(new MemoryStorage())).rejects.toThrow("train: budget: expected steps or seconds, got none");
  });

  it("turns seconds into steps", async () => {
    const learner = new NoisyLearner();
    const result = await train({ learner, optimizer: new Adam(learner.parameters), settings, budget: { seconds: 0.05 } });
    expect(result.outcome).toBe("complete");
    expect(result.step).toBeGreaterThan(0);
  });
});
