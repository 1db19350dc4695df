import { expect, test } from "vitest";
import { differencesOf } from "./differences.js";

const run = (text: object, more: object = {}) => ({ format: 1, version: "0.1.0", kind: "text", text, ...more });

test("only what differs, in the order of the runs", () => {
  const differences = differencesOf([run({ cell: "lstm", hidden: 8, skip: true }), run({ cell: "gru", hidden: 8, skip: true, noise: 0 })]);
  expect(differences).toEqual([
    { setting: "text.cell", values: ["lstm", "gru"] },
    { setting: "text.noise", values: [undefined, "0"] },
  ]);
});

test("the same runs differ in nothing, nor does one from itself", () => {
  expect(differencesOf([run({ cell: "lstm" }), run({ cell: "lstm" })])).toEqual([]);
  expect(differencesOf([run({ cell: "lstm" })])).toEqual([]);
  expect(differencesOf([])).toEqual([]);
});

test("of runs of several kinds, the settings that all could have", () => {
  const vectors = { format: 1, version: "0.1.0", kind: "vectors", vectors: { epochs: 2 }, backend: { threads: 2 } };
  expect(differencesOf([run({ cell: "lstm" }, { backend: { threads: 1 }, parameters: 9 }), vectors])).toEqual([
    { setting: "kind", values: ["text", "vectors"] },
    { setting: "backend.threads", values: ["1", "2"] },
  ]);
});

test("what would read the same says that it is not", () => {
  const [files, text] = differencesOf([
    run({}, { files: [{ name: "a" }], long: "x".repeat(100) }),
    run({}, { files: [{ name: "b" }], long: `${"x".repeat(100)}y` }),
  ]);
  expect(files).toEqual({ setting: "files", values: ["1 item", "1 item, others"] });
  expect(text!.values[1]).toMatch(/^x+…, others$/);
});
