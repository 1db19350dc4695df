import { expect, it } from "vitest";
import { sensibleEpochs, sensibleXMax } from "./train-recipe.js";

it("reads small texts more often, but not for ever", () => {
  expect([1e3, 190_000, 400_000, 1e9].map((words) => sensibleEpochs("skipgram", words))).toEqual([20, 11, 5, 5]);
  expect(sensibleEpochs("cbow", 1e6)).toBe(5);
  expect([1e3, 1e9].map((words) => sensibleEpochs("glove", words))).toEqual([25, 25]);
});

it("lets counts of small texts weigh more", () => {
  expect([17e6, 1e9].map(sensibleXMax)).toEqual([10, 100]);
});
