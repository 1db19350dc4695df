import { describe, expect, test } from "vitest";
import {
  constant,
  cosine,
  exponential,
  linear,
  piecewise,
  Plateau,
  stepDecay,
  warmUp,
  type Schedule,
} from "./schedules.js";

const at = (schedule: Schedule, ...steps: number[]) => steps.map((step) => Number(schedule(step).toFixed(10)));

test("constant", () => expect(at(constant(0.3), 0, 1e9)).toEqual([0.3, 0.3]));

test("stepDecay holds, then falls at `from` and every `every` updates after it", () => {
  expect(at(stepDecay({ initial: 1, factor: 0.5, every: 10 }), 0, 9, 10, 19, 20, 35)).toEqual([
    1, 1, 0.5, 0.5, 0.25, 0.125,
  ]);
  expect(at(stepDecay({ initial: 1, factor: 0.5, every: 10, from: 25 }), 24, 25, 34, 35)).toEqual([1, 0.5, 0.5, 0.25]);
});

test("exponential", () => {
  expect(at(exponential({ initial: 2, factor: 0.25, every: 10 }), 0, 5, 10)).toEqual([2, 1, 0.5]);
  expect(at(exponential({ initial: 2, factor: 0.5 }), 2)).toEqual([0.5]);
});

test("linear and cosine go from initial to final and stay there", () => {
  expect(at(linear({ initial: 1, final: 0.2, steps: 4 }), 0, 1, 4, 5)).toEqual([1, 0.8, 0.2, 0.2]);
  expect(at(cosine({ initial: 1, final: 0.2, steps: 4 }), 0, 2, 4, 99)).toEqual([1, 0.6, 0.2, 0.2]);
  // numpy: 0.5 * (1 + cos(pi / 4))
  expect(cosine({ initial: 1, steps: 4 })(1)).toBeCloseTo(0.8535533905932737, 14);
});

test("warmUp rises to the beginning of the schedule, which then counts from its own 0", () => {
  const schedule = warmUp(4, stepDecay({ initial: 1, factor: 0.5, every: 2 }));
  expect(at(schedule, 0, 1, 2, 3, 4, 5, 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1, 0.5]);
});

test("piecewise switches and restarts the count", () => {
  const schedule = piecewise([
    [0, constant(0.1)],
    [5, linear({ initial: 1, steps: 10 })],
    [8, constant(7)],
  ]);
  expect(at(schedule, 0, 4, 5, 7, 8, 100)).toEqual([0.1, 0.1, 1, 0.8, 7, 7]);
});

test("bad arguments are named", () => {
  expect(() => constant(-1)).toThrow("constant: rate: expected a number of at least 0, got -1");
  expect(() => constant(NaN)).toThrow("got NaN");
  expect(() => stepDecay({ initial: 1, factor: 0.5, every: 0 })).toThrow(
    "stepDecay: every: expected a whole number of updates above 0, got 0",
  );
  expect(() => cosine({ initial: 1, steps: 1.5 })).toThrow("cosine: steps");
  expect(() => piecewise([])).toThrow("piecewise: pieces: expected the first to begin at step 0, got undefined");
  expect(() =>
    piecewise([
      [0, constant(1)],
      [0, constant(1)],
    ]),
  ).toThrow("expected rising steps, got 0, 0");
});

describe("Plateau", () => {
  test("lowers the rate after `patience` observations without improvement", () => {
    const plateau = new Plateau({ initial: 1, factor: 0.5, patience: 1, minimum: 0.2 });
    expect([3, 2, 2.5, 2, 1.9, 1.95, NaN, 5, 5, 5, 5].map((loss) => plateau.observe(loss))).toEqual([
      1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2,
    ]);
  });

  test("an improvement must exceed the threshold, and may be upwards", () => {
    const plateau = new Plateau({ initial: 1, threshold: 0.1, better: "higher" });
    expect([10, 10.9, 12].map((score) => plateau.observe(score))).toEqual([1, 0.5, 0.5]);
  });

  test("continues exactly from its saved state", () => {
    const losses = [3, 2, 2.1, 2.2, 1.5, 1.6, 1.7, 1.8];
    const whole = new Plateau({ initial: 1, patience: 1 });
    const expected = losses.map((loss) => whole.observe(loss));
    const first = new Plateau({ initial: 1, patience: 1 });
    const before = losses.slice(0, 3).map((loss) => first.observe(loss));
    const second = new Plateau({ initial: 1, patience: 1 });
    second.load(JSON.parse(JSON.stringify(first.state())));
    expect([...before, ...losses.slice(3).map((loss) => second.observe(loss))]).toEqual(expected);
  });

  test("a factor outside 0..1 is refused", () => {
    expect(() => new Plateau({ initial: 1, factor: 1 })).toThrow(
      "Plateau: factor: expected a number between 0 and 1, got 1",
    );
  });
});
