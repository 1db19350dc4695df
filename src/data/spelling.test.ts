import { expect, it } from "vitest";
import { editDistance, nearestSpellings } from "./spelling.js";

it("measures typing mistakes, a swap as one", () => {
  expect([["lstm", "lstm"], ["lsmt", "lstm"], ["lstn", "lstm"], ["lst", "lstm"], ["", "gru"]].map(([a, b]) => editDistance(a!, b!))).toEqual([0, 1, 1, 1, 3]);
});

it("finds words spelt almost alike, the frequent one first among equals", () => {
  const words = ["the", "king", "kind", "kings", "ring", "Paris", "knight"];
  expect(nearestSpellings("kng", words)).toEqual(["king"]);
  expect(nearestSpellings("kingd", words)).toEqual(["king", "kind", "kings"]);
  expect(nearestSpellings("paris", words)).toEqual(["Paris"]);
  expect(nearestSpellings("zebra", words)).toEqual([]);
});
