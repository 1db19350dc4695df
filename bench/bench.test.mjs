import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CASES, flops, makeArrays, RESULTS } from "./cases.mjs";
import { measureCase } from "./measure.mjs";
import { onnxModel } from "./onnx-model.mjs";
import { ContestantError } from "./process.mjs";
import { formatReport, isWrong, makeReport } from "./report.mjs";

const SMALL = { cell: "gru", timeSteps: 3, batch: 2, inputSize: 4, hiddenSize: 5 };
const SETTINGS = { rounds: 3, turnSeconds: 0.05, budgetSeconds: 1, seconds: 60 };
const MACHINE = { processor: "P", logicalCores: 2, system: "S", node: "v20.0.0", loadAverageBefore: 0 };

const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A contestant that takes `seconds` per iteration, on paper, and answers every element with `value`. */
function fake(id, { seconds = 0.01, threads = 1, value = 0.5, modes = ["forward", "train"], fails } = {}) {
  const asked = [];
  const ask = async (request) => {
    asked.push(request.do);
    if (request.do === fails) throw new ContestantError(`cannot ${fails}`);
    if (request.do === "results") {
      for (const name of RESULTS[request.mode]) writeFileSync(join(request.into, `${name}.f32`), Float32Array.of(value, value));
    }
    return request.do === "time" ? { seconds: Array.from({ length: request.iterations }, () => seconds) } : {};
  };
  return { contestant: { id, label: id }, threads, modes, ask, asked };
}

async function measure(entrants, modes = ["forward"], settings = SETTINGS) {
  const rows = await measureCase(SMALL, modes, entrants, async () => 1e9, settings, join(folder, "case"));
  return rows.get(modes[0]).results;
}

test("a contestant whose results differ, or are NaN, is not timed", async () => {
  const entrants = [fake("native"), fake("off", { value: 0.5003 }), fake("close", { value: 0.50003 }), fake("nan", { value: NaN })];
  const results = await measure(entrants);
  expect(results.native).toMatchObject({ seconds: 0.01, threads: 1 });
  expect(results.close).toMatchObject({ seconds: 0.01 });
  for (const id of ["off", "nan"]) expect(isWrong(results[id])).toBe(true);
  expect(results.off.missing).toBe("WRONG: output differs by 3.0e-4");
  expect(entrants.map(({ asked }) => asked.includes("time"))).toEqual([true, false, true, false]);
});

test("the best thread count is reported, and every one tried", async () => {
  const { native } = await measure([fake("native", { seconds: 0.02 }), fake("native", { seconds: 0.011, threads: 2 })].map((entrant, _, all) => ({ ...entrant, contestant: all[0].contestant })));
  expect(native).toMatchObject({ seconds: 0.011, threads: 2, threadsTried: { 1: 0.02, 2: 0.011 } });
});

test("a slow contestant takes fewer turns, at least one", async () => {
  const results = await measure([fake("native"), fake("slow", { seconds: 30 })]);
  expect(results.native.turns).toHaveLength(3);
  expect(results.slow).toMatchObject({ seconds: 30, iterations: 1 });
});

test("one round is measured however little time is left", async () => {
  const { native } = await measure([fake("native")], ["forward"], { ...SETTINGS, seconds: 0 });
  expect(native.turns).toHaveLength(1);
});

test("what fails or cannot be done is a reason in the row", async () => {
  const entrants = [fake("native"), fake("broken", { fails: "prepare" }), fake("late", { fails: "time" }), fake("reader", { modes: ["forward"] })];
  expect(await measure(entrants, ["train"])).toMatchObject({
    native: { seconds: 0.01 },
    broken: { missing: "cannot prepare" },
    late: { missing: "cannot time" },
    reader: { missing: "does not do this (train)" },
  });
});

test("the report has ratios, shares of the peak, doubts; what is faster than the machine is wrong", async () => {
  const entrants = [fake("native", { seconds: 0.01 }), fake("wasm", { seconds: 0.03 }), fake("pytorch", { seconds: 0.015 }), fake("magic", { seconds: 1e-9 })];
  entrants[0].peak = 1e6;
  const results = await measure(entrants);
  const about = new Map(entrants.map(({ contestant, modes }) => [contestant.id, { version: "1", modes }]));
  const contestants = entrants.map(({ contestant }) => contestant);
  const row = { name: "gru-B2-H5-forward", case: SMALL, mode: "forward", flops: flops(SMALL, "forward"), results, peaks: [5e5] };
  const report = makeReport(MACHINE, contestants, { entrants, about }, [row]);
  // 2 * 3 * 2 * (4 + 5) * 3 * 5 operations
  expect(report.rows[0].results.native).toMatchObject({ shareOfPeak: 1620 / 0.01 / 1e6, ratios: {} });
  expect(report.rows[0].results.pytorch.ratios).toEqual({ native: 1.5, wasm: 0.5 });
  expect(isWrong(report.rows[0].results.magic)).toBe(true);
  expect(report.rows[0].doubts).toEqual(["the machine gave 50 % of its best calibration"]);
  const text = formatReport(report);
  expect(text).toContain("15.0 ms 1t 11% 1.50× / 0.50×");
  expect(text).toContain("BUSY: 1 of 1 rows are marked ~");
  expect(formatReport({ ...report, doubts: [] })).not.toContain("BUSY");
});

test("cases: training is three times forward, arrays are the same every time", () => {
  for (const testCase of CASES) expect(flops(testCase, "train")).toBe(3 * flops(testCase, "forward"));
  const [a, b] = [makeArrays(SMALL), makeArrays(SMALL)];
  expect(a).toEqual(b);
  expect(a.wIh.shape).toEqual([15, 4]);
  expect(Math.max(...a.wHh.values.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(5));
});

test("an ONNX model holds the weights in ONNX's gate order", () => {
  const { wIh, wHh, bIh, bHh } = Object.fromEntries(Object.entries(makeArrays(SMALL)).map(([name, { values }]) => [name, values]));
  const model = onnxModel(SMALL, { wIh, wHh, bIh, bHh });
  const bytes = (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const gate = (values, index) => bytes(values.subarray(index * 5, (index + 1) * 5));
  // Biases: update, reset, candidate of the input's, then of the recurrent product's.
  const biases = Buffer.concat([bIh, bHh].flatMap((values) => [1, 0, 2].map((index) => gate(values, index))));
  expect(model.includes(biases)).toBe(true);
  expect(model.includes("linear_before_reset")).toBe(true);
});

test("peers are pinned exactly", () => {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
