import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/index.js";
import { setDefaultBackend } from "../../tensor/index.js";
import { LONG_LAG_CELLS, LONG_LAG_DEFAULTS, type LongLagConfig } from "./config.js";
import { LongLagLearner } from "./learner.js";
import { TASK_NAMES } from "./tasks.js";
import { recordLongLag, watchLongLag } from "./watch.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const small: LongLagConfig = { ...LONG_LAG_DEFAULTS, lag: 6, hidden: 5, batch: 3, steps: 4 };

describe("a training that is watched", () => {
  it.each(TASK_NAMES.flatMap((task) => LONG_LAG_CELLS.map((cell) => ({ task, cell }))))("tells of every step: %j", async ({ task, cell }) => {
    const { steps, end } = await recordLongLag({ ...small, task, cell });
    expect(end).toEqual({ outcome: "complete" });
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    const time = new LongLagLearner({ ...small, task, cell }).task.timeSteps;
    for (const { loss, gradientNorm, reach, spectralRadius } of steps) {
      expect(loss).toBeGreaterThan(0);
      expect(gradientNorm).toBeGreaterThan(0);
      expect(spectralRadius).toBeGreaterThan(0);
      expect(reach).toHaveLength(time);
      // With a few ReLUs all may be off.
      if (cell !== "elman-relu") expect(reach.every((norm) => norm > 0)).toBe(true);
    }
  });

  it("is the same twice, and another with another seed", async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => recordLongLag({ ...small, seed })));
    expect(b).toEqual(a);
    expect(c!.steps[0]!.loss).not.toBe(a!.steps[0]!.loss);
  });

  it("reads the same sequences whatever the network", async () => {
    const draws = LONG_LAG_CELLS.map((cell) => new LongLagLearner({ ...small, cell }).state().json);
    expect(draws.every((state) => JSON.stringify(state) === JSON.stringify(draws[0]))).toBe(true);
  });

  it("sees no gradient beyond where it is truncated, and the same losses at first", async () => {
    const config = { ...small, lag: 6, steps: 1 };
    const [whole, cut] = [await recordLongLag(config), await recordLongLag({ ...config, truncate: 3 })];
    expect(cut.steps[0]!.loss).toBeCloseTo(whole.steps[0]!.loss, 12);
    // Seven steps in windows of three: the question is alone in the last.
    expect([...cut.steps[0]!.reach].map((norm) => norm > 0)).toEqual([false, false, false, false, false, false, true]);
    expect(cut.steps[0]!.reach[6]).toBeCloseTo(whole.steps[0]!.reach[6]!, 6);
  });

  it("ends where the loss is no longer finite", async () => {
    const { steps, end } = await recordLongLag({ ...small, cell: "elman-relu", gain: 40, lag: 80, lr: 1, steps: 50 });
    expect(end.outcome).toBe("diverged");
    expect(steps.length).toBeLessThan(50);
    expect(end.outcome === "diverged" && end.message).toContain("Training stopped at step");
  });

  it("can be left early", async () => {
    for await (const { step } of watchLongLag({ ...small, steps: 1000 })) if (step === 3) break;
  });

  it("leaves the spectral radius out where it is not asked for", async () => {
    const { steps } = await recordLongLag(small, { radiusEvery: 3 });
    expect(steps.map(({ spectralRadius }) => Number.isNaN(spectralRadius))).toEqual([true, true, false, true]);
  });
});

describe("where a network starts", () => {
  const start = (config: Partial<LongLagConfig>) => new LongLagLearner({ ...small, hidden: 40, ...config });
  it("has the spectral radius that was asked for", () => {
    expect(start({ initial: "identity", gain: 1.1 }).spectralRadius()).toBeCloseTo(1.1, 6);
    expect(start({ initial: "orthogonal", gain: 0.7, cell: "gru" }).spectralRadius()).toBeCloseTo(0.7, 6);
    expect(start({ initial: "orthogonal", gain: 2, cell: "lstm" }).spectralRadius()).toBeCloseTo(2, 6);
    expect(Math.abs(start({ initial: "gaussian", gain: 3 }).spectralRadius() - 3)).toBeLessThan(0.8);
  });
  it("has the forget bias that was asked for, in its place", () => {
    const bias = start({ cell: "lstm", forgetBias: -2 }).parameters.get("network.layer0.forward.bias")!.dataSync();
    expect([0, 40, 80, 120].map((at) => bias[at])).toEqual([0, -2, 0, 0]);
  });
});

describe("settings that do not fit are refused by name", () => {
  it.each([
    [{ task: "sorting" }, 'task: expected one of recall, adding, copy, got "sorting"'],
    [{ cell: "rnn" }, "cell: expected one of elman-tanh, elman-relu, lstm, gru"],
    [{ hidden: 0 }, "hidden: expected a whole number from 1 on, got 0"],
    [{ lag: 0 }, "lag: expected a whole number of steps from 1 on"],
    [{ task: "copy", lag: 2 }, "lag: expected a whole number of steps from 3 on"],
    [{ lr: -1 }, "lr: expected a number of at least 0, got -1"],
    [{ truncate: 1.5 }, "truncate: expected a whole number of steps, or 0 for all, got 1.5"],
    [{ seed: -1 }, "seed: expected"],
    [{ forgetBias: NaN }, "forgetBias: expected a number"],
  ])("%j", (wrong, message) => {
    expect(() => new LongLagLearner({ ...small, ...wrong } as LongLagConfig)).toThrow(message);
  });
});
