import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/index.js";
import { RandomStream, setDefaultBackend, slice, tensor, zeros, type Tensor } from "../../tensor/index.js";
import { longLagTask, TASK_NAMES } from "./tasks.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const ROWS = 64;
const draw = (name: (typeof TASK_NAMES)[number], lag: number, seed = 1) => {
  const task = longLagTask(name, lag);
  const batch = task.draw(new RandomStream(seed), ROWS);
  const { inputSize, timeSteps } = task;
  const at = (t: number, row: number) => [...batch.inputs.subarray((t * ROWS + row) * inputSize, (t * ROWS + row + 1) * inputSize)];
  expect(batch.inputs).toHaveLength(timeSteps * ROWS * inputSize);
  return { task, batch, at, target: (t: number, row: number) => batch.targets[t * ROWS + row]! };
};

describe("recall", () => {
  it("asks at the last step for the symbol of the first", () => {
    for (const lag of [1, 2, 13]) {
      const { task, at, target } = draw("recall", lag);
      expect(task.timeSteps).toBe(lag + 1);
      for (let row = 0; row < ROWS; row++) {
        expect(at(0, row).indexOf(1)).toBe(target(lag, row));
        for (let t = 1; t < lag; t++) {
          expect(at(t, row).slice(0, 4)).toEqual([0, 0, 0, 0]);
          expect(at(t, row).filter((value) => value === 1)).toHaveLength(1);
          expect(target(t, row)).toBe(-1);
        }
        expect(at(lag, row)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
      }
      expect(new Set(Array.from({ length: ROWS }, (_, row) => target(lag, row)))).toEqual(new Set([0, 1, 2, 3]));
    }
  });
});

describe("adding", () => {
  it("marks one number in each half and asks for their sum", () => {
    const { task, batch, at } = draw("adding", 7);
    expect(task.timeSteps).toBe(14);
    for (let row = 0; row < ROWS; row++) {
      const marked = Array.from({ length: 14 }, (_, t) => t).filter((t) => at(t, row)[1] === 1);
      expect(marked).toHaveLength(2);
      expect(marked[0]).toBeLessThan(7);
      expect(marked[1]).toBeGreaterThanOrEqual(7);
      expect(batch.targets[row]).toBeCloseTo(at(marked[0]!, row)[0]! + at(marked[1]!, row)[0]!, 6);
    }
  });

  it("cannot be done better than chance by who says the mean", () => {
    const task = longLagTask("adding", 3);
    const batch = task.draw(new RandomStream(2), 20_000);
    const ones = tensor(new Float32Array(6 * 20_000).fill(1), [6, 20_000, 1]);
    expect(task.loss(ones, batch, 0)!.item()).toBeCloseTo(task.chance, 2);
  });
});

describe("copy", () => {
  it("repeats the symbols, each after the lag", () => {
    for (const lag of [3, 9]) {
      const { task, at, target } = draw("copy", lag);
      expect(task.timeSteps).toBe(lag + 3);
      for (let row = 0; row < ROWS; row++) {
        for (let t = 0; t < task.timeSteps; t++) {
          const shown = at(t, row).indexOf(1);
          if (t < 3) expect(shown).toBe(target(t + lag, row));
          else expect(shown).toBe(t < lag ? 4 : 5);
          if (t < lag) expect(target(t, row)).toBe(-1);
        }
      }
    }
  });
});

describe.each(TASK_NAMES)("%s", (name) => {
  it("draws the same from the same stream, and goes on", () => {
    const task = longLagTask(name, 5);
    const [a, b] = [new RandomStream(3), new RandomStream(3)];
    const first = task.draw(a, 8);
    expect(task.draw(b, 8)).toEqual(first);
    expect(task.draw(a, 8)).not.toEqual(first);
  });

  it("has a loss that is the sum of its parts", () => {
    const task = longLagTask(name, 8);
    const batch = task.draw(new RandomStream(4), 6);
    const outputs = new RandomStream(5).uniform([task.timeSteps, 6, task.outputSize], -1, 1);
    const whole = task.loss(outputs, batch, 0)!.item();
    const parts: (Tensor | undefined)[] = [];
    for (let from = 0; from < task.timeSteps; from += 3) parts.push(task.loss(slice(outputs, 0, from, Math.min(from + 3, task.timeSteps)), batch, from));
    expect(parts.filter(Boolean).length).toBeLessThan(parts.length);
    expect(parts.reduce((sum, part) => sum + (part?.item() ?? 0), 0)).toBeCloseTo(whole, 12);
  });

  it("has the loss of chance where all answers are as likely", () => {
    const task = longLagTask(name, 8);
    if (task.unit !== "nats") return;
    const batch = task.draw(new RandomStream(4), 6);
    expect(task.loss(zeros([task.timeSteps, 6, task.outputSize]), batch, 0)!.item()).toBeCloseTo(task.chance, 12);
  });

  it("refuses lags that are too short", () => {
    expect(() => longLagTask(name, 0)).toThrow(`for the task "${name}", got 0`);
    expect(() => longLagTask(name, 2.5)).toThrow("lag: expected a whole number of steps");
  });
});
