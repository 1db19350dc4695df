import { expect, test } from "vitest";
import { Ranking } from "./ranking.js";

// Two properties of four units.
const ranking = new Ranking([0.2, -0.9, NaN, 0.5, NaN, NaN, NaN, NaN], 4);

test("the strongest are those that react most, either way", () => {
  expect(ranking.strongest(0, 2)).toEqual([{ unit: 1, r: -0.9 }, { unit: 3, r: 0.5 }]);
  expect(ranking.best(0)).toEqual({ unit: 1, r: -0.9 });
  expect(ranking.best(1)).toBeUndefined();
});

test("the order goes from up to down, and holds every unit", () => {
  expect(ranking.order(0)).toEqual([3, 0, 1, 2]);
  expect(ranking.order(1)).toEqual([0, 1, 2, 3]);
});

test("what a unit reacts to", () => {
  expect(ranking.properties(1, 3)).toEqual([{ property: 0, r: -0.9 }]);
  expect(ranking.properties(2, 3)).toEqual([]);
});
