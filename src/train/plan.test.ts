import { describe, expect, it } from "vitest";
import { Pace } from "./plan.js";

describe("a budget in steps", () => {
  const pace = new Pace({ steps: 300 }, "decay");

  it("rises, holds for two thirds, falls in a straight line to a twentieth", () => {
    expect(pace.factor(0)).toBeCloseTo(1 / 20);
    expect(pace.factor(19)).toBe(1);
    expect(pace.factor(200)).toBe(1);
    expect(pace.factor(250)).toBeCloseTo((1 + 0.05) / 2);
    expect(pace.factor(300)).toBeCloseTo(0.05);
  });

  it("is done after its steps, whatever the clock says", () => {
    expect(pace.observe(10, 1e9)).toBe(false);
    expect(pace.done(299)).toBe(false);
    expect(pace.done(300)).toBe(true);
    expect(pace.secondsLeft(100, 5, 0.1)).toBeCloseTo(20);
  });

  it("stays constant when asked to", () => {
    const constant = new Pace({ steps: 300 }, "constant");
    expect([0, 150, 299].map((step) => constant.factor(step))).toEqual([1, 1, 1]);
  });
});

describe("a budget in seconds", () => {
  it.each([2, 10, 11, 137, 1000])("becomes the plan of a run of as many steps: %i done when two thirds are over", (step) => {
    const pace = new Pace({ seconds: 60 }, "decay");
    expect(pace.observe(step - 1, 39.9)).toBe(false);
    expect(pace.plan).toBeUndefined();
    expect(pace.observe(step, 40.1)).toBe(true);
    const plan = pace.plan!;
    expect(new Pace({ steps: plan.steps }, "decay").plan).toEqual(plan);
    expect(plan.steps).toBe(Math.ceil(1.5 * step));
  });

  it("is fixed once: a resumed run keeps its plan", () => {
    const plan = { decayFrom: 10, steps: 15 };
    const pace = new Pace({ seconds: 60 }, "decay", 0, plan);
    expect(pace.observe(14, 1e9)).toBe(false);
    expect(pace.plan).toEqual(plan);
  });

  it("simply ends with a constant rate", () => {
    const pace = new Pace({ seconds: 60 }, "constant");
    expect(pace.observe(10, 59)).toBe(false);
    expect(pace.secondsLeft(10, 59, 1)).toBe(1);
    expect(pace.observe(11, 60)).toBe(true);
    expect(pace.done(11)).toBe(true);
  });
});

it("a run that is trained on starts at the full rate again and falls at the new end", () => {
  const pace = new Pace({ steps: 400 }, "decay", 300);
  expect(pace.plan).toEqual({ decayFrom: 300, steps: 400 });
  const timed = new Pace({ seconds: 30 }, "decay", 300);
  timed.observe(340, 21);
  expect(timed.plan).toEqual({ decayFrom: 340, steps: 360 });
});
