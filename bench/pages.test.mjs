import { expect, test } from "vitest";
import { flops, rowName } from "./cases.mjs";
import { growthFigure } from "./figure.mjs";
import { GROUPS, groupNamed } from "./groups.mjs";
import { blocks } from "./pages.mjs";
import { rewrite } from "./publish.mjs";
import { makeReport } from "./report.mjs";

const MACHINE = { processor: "P & Q", logicalCores: 2, system: "S", node: "v20.0.0" };

/** A report in which everybody takes `slowness` times as long as one multiply-add per nanosecond; ours is 1. */
function reportOf(names, slowness) {
  const sections = names.map((name) => {
    const group = groupNamed(name);
    const ids = [...group.contestants, ...(group.yardstick ? ["yardstick"] : [])];
    const rows = group.rows.map((row) => {
      const result = (id) => {
        const seconds = ((slowness[id] ?? 1) * flops(row.case, row.mode)) / 1e9;
        const turns = [0, 1, 2].map((at) => ({ at, seconds }));
        return { seconds, best: seconds, threads: 1, turns, iterations: 3, threadsTried: { 1: seconds, 2: seconds / 2 } };
      };
      const results = Object.fromEntries(ids.map((id) => [id, result(id)]));
      const calibrations = [{ gauge: "native, 1", flops: 4e9, bytes: 1e9 }];
      return { name: rowName(row.case, row.mode), ...row, flops: flops(row.case, row.mode), results, calibrations };
    });
    const contestants = ids.map((id) => ({ id, label: id, version: "1" }));
    const peaks = [{ id: "native", threads: 1, flops: 4e9 }, { id: "wasm-1", threads: 1, flops: 2e9 }];
    return { name, date: "2026-01-01T00:00:00Z", seconds: 1, loadAverageBefore: 0, settings: {}, contestants, peaks, rows };
  });
  return makeReport(MACHINE, sections);
}

const ALL = GROUPS.map(({ name }) => name);

test("every group but growth has a block; ratios and shares are those of the report", () => {
  const generated = blocks(reportOf(ALL, { pytorch: 2 }));
  for (const name of ALL.filter((each) => each !== "growth")) expect(generated[name].join("\n")).toContain("| ");
  expect(generated.training.find((line) => line.includes("lstm-B32-H256"))).toMatch(/ 25 % .* 2\.00× \|$/);
  // Of WebAssembly's own peak.
  expect(generated.wasm.find((line) => line.includes("lstm-B32-H256"))).toContain(" 50 % ");
  expect(generated.losses).toEqual(["Nobody was faster in any row."]);
});

test("who is faster than we are is named, with every row", () => {
  const { losses } = blocks(reportOf(["training", "forward"], { pytorch: 0.5, onnxruntime: 2 }));
  expect(losses).toHaveLength(3);
  expect(losses[2]).toContain("lstm-B32-H256 training (0.50×)");
  expect(losses[2]).toContain("gru-B64-H1024 forward (0.50×)");
});

test("only what stands between the comments is rewritten, and only where there are figures", () => {
  const page = "a\n<!-- one: begin (how) -->\nold\n<!-- one: end -->\nb\n<!-- two: begin -->\nkept\n<!-- two: end -->\n";
  const rewritten = rewrite(page, { one: ["new $1"] });
  expect(rewritten).toBe(page.replace("\nold\n", () => "\n\nnew $1\n\n"));
  expect(rewrite(rewritten, { one: ["new $1"] })).toBe(rewritten);
});

test("the figure has a point for every measured size, and is not drawn without them", () => {
  const report = reportOf(["growth"], { pytorch: 2 });
  const [section] = report.sections;
  const svg = growthFigure(section, MACHINE);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg).toContain("P &amp; Q");
  // 7 lengths, 8 batches, 7 widths, 6 numbers of layers, 5 vocabularies, 2 numbers of threads; two contestants.
  expect(svg.match(/<circle/g)).toHaveLength(2 * 35);
  expect(growthFigure({ ...section, rows: section.rows.slice(0, 3) }, MACHINE)).toBeUndefined();
});
