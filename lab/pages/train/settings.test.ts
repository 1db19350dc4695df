import { cells } from "unrolled";
import { defaultLearningRate } from "unrolled/systems/text";
import { expect, test } from "vitest";
import { readSettings, writeSettings } from "../../settings.js";
import { CELLS, configOf, OPTIMIZERS, RATES, SCHEMA } from "./settings.js";

test("every cell of the library can be chosen, and rates are the command line's", () => {
  expect([...CELLS].toSorted()).toEqual([...cells.keys()].toSorted());
  for (const name of OPTIMIZERS) expect(RATES[name]).toBe(defaultLearningRate(name));
});

test("a cell of one's own goes through an address and back", () => {
  const source = 'defineCell("mine", ({ x, h }, { linear }) => ({\n  h: tanh(linear("a", x, h)), // 100 % & more?\n}));';
  const written = writeSettings(SCHEMA, { cell: "own", source, lr: 0.5 });
  const read = readSettings(SCHEMA, new URLSearchParams(written as Record<string, string>));
  expect([read.cell, read.source, configOf(read).lr, configOf(readSettings(SCHEMA, new URLSearchParams("optimizer=sgd&lr=none"))).lr]).toEqual(["own", source, 0.5, 1]);
});
