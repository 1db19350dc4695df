import { cells } from "unrolled";
import { defaultLearningRate } from "unrolled/systems/text";
import { expect, test } from "vitest";
import { CELLS, OPTIMIZERS, RATES } from "./choices.js";

test("every cell of the library can be chosen, and rates are the command line's", () => {
  expect([...CELLS].toSorted()).toEqual([...cells.keys()].toSorted());
  for (const name of OPTIMIZERS) expect(RATES[name]).toBe(defaultLearningRate(name));
});
