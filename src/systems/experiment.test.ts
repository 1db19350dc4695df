import { describe, expect, it } from "vitest";
import { defineExperiment, formatFigure, judge, summarise } from "./experiment.js";
import { EXPERIMENTS } from "./experiments.js";

const experiment = defineExperiment({
  name: "coin",
  paper: "Nobody",
  claim: "Heads are more than tails.",
  setup: "Throws.",
  figures: { heads: { title: "heads" }, tails: { title: "tails" } },
  checks: [
    { claim: "on every seed", margin: ({ heads, tails }) => heads - tails },
    { claim: "by the median", margin: ({ heads, tails }) => heads - tails, seeds: "median" },
  ],
  run: async (seed) => ({ heads: seed, tails: 2 }),
});

describe("judge", () => {
  const measured = (heads: readonly number[]) => heads.map((each) => ({ heads: each, tails: 2 }));
  const shown = (heads: readonly number[]) => judge(experiment, measured(heads)).map((verdict) => verdict.shown);

  it("asks every seed, or the median", () => {
    expect(shown([3, 4, 5])).toEqual([true, true]);
    expect(shown([1, 4, 5])).toEqual([false, true]);
    expect(shown([1, 1, 5])).toEqual([false, false]);
    expect(judge(experiment, measured([3, 1]))[0]!.margins).toEqual([1, -1]);
  });

  it("does not take a tie, NaN or no seeds for a yes", () => {
    expect(shown([2, 2, 2])).toEqual([false, false]);
    expect(shown([NaN, NaN, NaN])).toEqual([false, false]);
    expect(shown([])).toEqual([false, false]);
  });
});

it("sums up and writes figures", () => {
  expect(summarise([1, 4, 4])).toEqual({ mean: 3, spread: 3 });
  const texts = [0.12345, 12345.6, 3.8e-13, 0, NaN, -2.5].map((value) => formatFigure(value, { title: "" }));
  expect(texts).toEqual(["0.123", "12300", "3.8e-13", "0", "NaN", "-2.5"]);
  expect([formatFigure(0.987, { title: "", form: "share" }), formatFigure(1234567.8, { title: "", form: "whole" })]).toEqual(["98.7 %", "1,234,568"]);
});

it("all experiments have names of their own, and something to claim, to measure and to check", () => {
  expect(new Set(EXPERIMENTS.map(({ name }) => name)).size).toBe(EXPERIMENTS.length);
  for (const { name, paper, claim, setup, figures, checks } of EXPERIMENTS) {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect([paper, claim, setup].every((text) => text.length > 20)).toBe(true);
    expect(Object.keys(figures).length).toBeGreaterThan(0);
    expect(checks.length).toBeGreaterThan(0);
  }
});
