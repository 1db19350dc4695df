import { expect, it } from "vitest";
import { bracketed, parsed, shown, shownSlope } from "./numbers.js";

it("shows numbers to three decimals, without what says nothing", () => {
  expect([0.34, 0.340_000_003, Math.tanh(0.34), -1.3, 0, -1e-9, 12, 0.0004, 2e7, NaN, -Infinity].map(shown)).toEqual([
    "0.34", "0.34", "0.327", "−1.3", "0", "0", "12", "0", "2.00e+7", "not a number", "−∞",
  ]);
  expect([0.5, -0.5].map(bracketed)).toEqual(["0.5", "(−0.5)"]);
});

it("shows gradients to three digits that count", () => {
  expect([2.25, -0.001_224, 1.34e-8, 0, 3325.26, -4e9].map(shownSlope)).toEqual(["2.25", "−0.00122", "1.3e−8", "0", "3330", "−4.0e+9"]);
});

it("reads numbers as people type them", () => {
  expect(["0.327", ",327", "−1,5", " 7 ", "1e-3", "", "-", "1.2.3", "1,000,000", "ten", "Infinity"].map(parsed)).toEqual([
    0.327, 0.327, -1.5, 7, 0.001, undefined, undefined, undefined, undefined, undefined, undefined,
  ]);
});
