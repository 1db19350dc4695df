import { expect, it } from "vitest";
import { gradeChoice, gradeNumber } from "./grading.js";

const TANH = Math.tanh(0.34);

it.each([
  ["0.327", TANH, "right"], ["0.33", TANH, "wrong"], ["0.328", TANH, "wrong"], ["0.3275", TANH, "right"], [",327", TANH, "right"],
  ["0.413", 0.413, "right"], ["0.41", 0.413, "wrong"], ["0.34", 0.34, "right"], ["0.340", 0.34, "right"],
  ["0", 0, "right"], ["-0.235", 0, "wrong"], ["−0,5", -0.5, "right"], ["-.5", -0.5, "right"], ["3.27e-1", TANH, "right"],
  ["", 0, "no number"], ["a third", 0.333, "no number"], ["1/3", 0.333, "no number"], ["0.3.3", 0.33, "no number"],
] as const)("%s for %d is %s", (typed, exact, verdict) => {
  expect(gradeNumber(typed, exact)).toBe(verdict);
});

it("wants exactly the statements that hold", () => {
  expect(gradeChoice(new Set(["a", "c"]), ["c", "a"])).toBe("right");
  for (const wrong of [[], ["a"], ["a", "b"], ["a", "b", "c"]]) expect(gradeChoice(new Set(wrong), ["a", "c"])).toBe("wrong");
});
