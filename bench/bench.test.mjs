import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { caseName, CELLS, flops, makeArrays, raggedLengths, resultNames, rowName, tokens } from "./cases.mjs";
import { contestantNamed } from "./contestants.mjs";
import yardstick from "./contestants/yardstick.mjs";
import { GROUPS } from "./groups.mjs";
import { measureRow } from "./measure.mjs";
import { onnxModel } from "./onnx-model.mjs";
import { ContestantError } from "./process.mjs";
import { isWrong, makeReport, mergeSections } from "./report.mjs";
import { pairedRatio } from "./statistics.mjs";
import { formatReport } from "./tables.mjs";

const SMALL = { kind: "layers", cell: "gru", timeSteps: 3, batch: 2, inputSize: 4, hiddenSize: 5 };
const SETTINGS = { rounds: 3, turnSeconds: 0.05, budgetSeconds: 1, seconds: 60 };
const MACHINE = { processor: "P", logicalCores: 2, system: "S", node: "v20.0.0" };

const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A contestant that takes `seconds` per iteration, on paper, and answers every element with `value`. */
function fake(id, { seconds = 0.01, threads = 1, value = 0.5, fails } = {}) {
  const asked = [];
  const ask = async (request) => {
    asked.push(request.do);
    if (request.do === fails) throw new ContestantError(`cannot ${fails}`);
    if (request.do === "results") {
      for (const name of resultNames(SMALL, "forward")) writeFileSync(join(request.into, `${name}.f32`), Float32Array.of(value, value));
    }
    return request.do === "time" ? { seconds: Array.from({ length: request.iterations }, () => seconds) } : {};
  };
  return { contestant: { id, label: id }, threads, ask, asked };
}

async function measure(entrants, settings = SETTINGS) {
  const calibrate = async () => ({ gauge: "native, 1", flops: 1e9, bytes: 1e9 });
  return (await measureRow({ case: SMALL, mode: "forward" }, entrants, calibrate, settings, join(folder, "case"))).results;
}

test("a contestant whose results differ, or are NaN, is not timed", async () => {
  const entrants = [fake("native"), fake("off", { value: 0.5003 }), fake("close", { value: 0.50003 }), fake("nan", { value: NaN })];
  const results = await measure(entrants);
  expect(results.native).toMatchObject({ seconds: 0.01, threads: 1 });
  expect(results.close).toMatchObject({ seconds: 0.01 });
  for (const id of ["off", "nan"]) expect(isWrong(results[id])).toBe(true);
  expect(results.off.missing).toBe("WRONG: output differs by 6.0e-4");
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
  const { native } = await measure([fake("native")], { ...SETTINGS, seconds: 0 });
  expect(native.turns).toHaveLength(1);
});

test("what fails is a reason in the row", async () => {
  const entrants = [fake("native"), fake("broken", { fails: "prepare" }), fake("late", { fails: "time" })];
  expect(await measure(entrants)).toMatchObject({
    native: { seconds: 0.01 },
    broken: { missing: "cannot prepare" },
    late: { missing: "cannot time" },
  });
});

test("a ratio is the median of neighbours' ratios, which a machine that slows down for a while does not move", () => {
  const slow = (at) => (at >= 4 ? 3 : 1);
  const ours = [0, 2, 4, 6, 8].map((at) => ({ at, seconds: slow(at) }));
  const theirs = [1, 3, 5, 7, 9].map((at) => ({ at, seconds: 2 * slow(at) }));
  expect(pairedRatio(theirs, ours)).toBeCloseTo(2);
});

function section(results, calibrations = [{ gauge: "native, 1", flops: 1e6, bytes: 1e6 }]) {
  const row = { name: rowName(SMALL, "forward"), case: SMALL, mode: "forward", flops: flops(SMALL, "forward"), results, calibrations };
  const contestants = Object.keys(results).map((id) => ({ id, label: id, version: "1" }));
  return { name: "forward", date: "2020", seconds: 60, loadAverageBefore: 0, settings: SETTINGS, contestants, peaks: [], rows: [row] };
}

test("the report has ratios, shares of the peak, doubts; what is faster than the machine is wrong", async () => {
  const entrants = [fake("native", { seconds: 0.01 }), fake("pytorch", { seconds: 0.015 }), fake("onnxruntime", { seconds: 1e-9 })];
  const measured = section(await measure(entrants), [
    { gauge: "native, 1", flops: 5e5, bytes: 1e6 },
    { gauge: "native, 1", flops: 5e5, bytes: 1e6 },
    { gauge: "native, 1", flops: 1e6, bytes: 1e6 },
  ]);
  const report = makeReport(MACHINE, [measured]);
  const [row] = report.sections[0].rows;
  // 2 * 3 * 2 * (4 + 5) * 3 * 5 operations
  expect(row.results.native).toMatchObject({ shareOfPeak: 1620 / 0.01 / 1e6, bestShareOfPeak: 1620 / 0.01 / 1e6, ratios: {} });
  expect(row.results.pytorch.ratios.native).toBeCloseTo(1.5);
  expect(isWrong(row.results.onnxruntime)).toBe(true);
  expect(row.doubts).toEqual(["the machine gave 50 % of its best in multiply-adds"]);
  const text = formatReport(report);
  expect(text).toContain("15.0 ms 1t 11/11% 1.50×");
  expect(text).toContain("BUSY: 1 of 1 rows are marked ~");
});

test("rows that are measured again replace those before", async () => {
  const [first, second] = [section(await measure([fake("native")])), section(await measure([fake("native", { seconds: 0.02 })]))];
  const other = { ...first.rows[0], name: "lstm-B1-H128-forward" };
  const [merged] = mergeSections([{ ...first, rows: [other, ...first.rows] }], [second]);
  expect(merged.rows).toHaveLength(2);
  expect(merged.rows.find(({ name }) => name === other.name).results.native.seconds).toBe(0.01);
  expect(merged.rows.find(({ name }) => name !== other.name).results.native.seconds).toBe(0.02);
});

test("groups: names are unique, contestants exist, training is three times forward", () => {
  for (const { rows, contestants } of GROUPS) {
    const names = rows.map((row) => rowName(row.case, row.mode));
    expect(new Set(names).size).toBe(names.length);
    contestants.forEach(contestantNamed);
    for (const { case: testCase } of rows) expect(flops(testCase, "train")).toBe(3 * flops(testCase, "forward"));
  }
});

test("arrays are the same every time, padding is zero", () => {
  const ragged = { ...SMALL, timeSteps: 7, lengths: raggedLengths(2, 7) };
  expect(makeArrays(ragged)).toEqual(makeArrays(ragged));
  const { wIh, wHh, x } = makeArrays(ragged);
  expect(wIh.shape).toEqual([15, 4]);
  expect(Math.max(...wHh.values.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(5));
  expect(Math.max(...ragged.lengths)).toBe(7);
  expect(x.values.filter((value) => value !== 0)).toHaveLength(4 * tokens(ragged));
  expect(caseName(ragged)).toBe("gru-B2-H5-T7-ragged");
  expect(CELLS.gru.wIh).toBe(3);
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

test("the yardstick does the products of a whole step", async ({ skip }) => {
  const started = await yardstick.start({ threads: 1 }).catch(() => undefined);
  if (!started) return skip("no native addon");
  const { case: testCase, mode } = GROUPS.find(({ name }) => name === "text").rows[0];
  const prepared = started.prepare({ ...testCase, timeSteps: 2, batch: 3, inputSize: 5, hiddenSize: 7, vocabulary: 11 }, {});
  expect(() => prepared[mode]()).not.toThrow();
  prepared.release();
});
