/** Training one step at a time, as the caller asks for it. */
import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { Adam } from "../optim/index.js";
import { RandomStream, setDefaultBackend, tensor, type RandomState } from "../tensor/index.js";
import type { Json } from "./json.js";
import type { Learner } from "./learner.js";
import { train, trainSteps, type Progress } from "./loop.js";
import { Run } from "./run.js";
import { MemoryStorage } from "./storage.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

/** Follows a noisy target; looks at its gradient after every backward pass. */
class Follower implements Learner {
  readonly weights = tensor([3, -2], [2], { requiresGrad: true });
  readonly parameters = new Map([["weights", this.weights]]);
  readonly seen: number[] = [];
  readonly #random = new RandomStream(7);
  breaks = false;

  loss() {
    const loss = this.weights.sub(this.#random.normal([2]).scale(0.1)).square().mean();
    const afterBackward = () => void this.seen.push(this.weights.grad!.dataSync()[0]!);
    return { loss: this.breaks ? loss.scale(NaN) : loss, predictions: 1, units: 1, afterBackward };
  }
  async validate() {
    return undefined;
  }
  state() {
    return { json: this.#random.state() as unknown as Json, tensors: new Map() };
  }
  load({ json }: { json: Json }) {
    this.#random.restore(json as unknown as RandomState);
  }
}

const options = (learner: Follower) => ({
  learner, optimizer: new Adam(learner.parameters), settings: { lr: 0.05, schedule: "decay", clip: 0.5, logEvery: 1 } as const, budget: { steps: 12 },
});
const weights = (learner: Follower) => [...learner.weights.dataSync()];

describe("trainSteps", () => {
  it("does a step when asked, tells of each, and ends with the bits and the result of train", async () => {
    const [whole, single] = [new Follower(), new Follower()];
    const expected = await train(options(whole));
    const steps = trainSteps(options(single));
    const told: Progress[] = [];
    let next = await steps.next();
    expect(single.seen).toHaveLength(1);
    while (!next.done) {
      told.push(next.value);
      next = await steps.next();
    }
    expect(weights(single)).toEqual(weights(whole));
    expect(told.map(({ step }) => step).slice(0, 12)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(next.value).toMatchObject({ outcome: "complete", step: 12, trainingLoss: expected.trainingLoss });
  });

  it("shows gradients before they are clipped, with the loss and norm of each step", async () => {
    const learner = new Follower();
    const norms: number[] = [];
    for await (const { logged } of trainSteps(options(learner))) if (logged?.["gradientNorm"] !== undefined) norms.push(logged["gradientNorm"]);
    expect(norms).toHaveLength(12);
    expect(norms[0]).toBeGreaterThan(0.5);
    learner.seen.forEach((gradient, i) => expect(Math.abs(gradient)).toBeLessThanOrEqual(norms[i]!));
    expect(Math.abs(learner.seen[0]!)).toBeGreaterThan(0.5);
  });

  it("saves when the caller leaves, so that the run goes on to the same bits", async () => {
    const whole = new Follower();
    await train(options(whole));
    const run = await Run.create(new MemoryStorage(), { version: "0", kind: "test" });
    for await (const { step } of trainSteps({ ...options(new Follower()), run })) if (step === 5) break;
    const { checkpoint } = await run.resume();
    expect(checkpoint?.step).toBe(5);
    const { budget: _, ...rest } = options(new Follower());
    for await (const { step } of trainSteps({ ...rest, run, checkpoint })) expect(step).toBeGreaterThan(5);
    expect(weights(rest.learner)).toEqual(weights(whole));
  });

  it("does not save where a step failed", async () => {
    const learner = new Follower();
    const run = await Run.create(new MemoryStorage(), { version: "0", kind: "test" });
    const failed = async () => {
      for await (const { step } of trainSteps({ ...options(learner), run })) learner.breaks = step === 3;
    };
    await expect(failed()).rejects.toThrow("Training stopped at step 4");
    expect((await run.resume()).checkpoint).toBeUndefined();
  });
});
