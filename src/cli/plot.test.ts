import { describe, expect, it } from "vitest";
import { plot, ticks, type Series } from "./plot.js";
import { visibleLength } from "./terminal.js";

const falling: Series = {
  name: "training",
  drawAs: "line",
  points: Array.from({ length: 120 }, (_, i) => ({ x: 10 * i, y: 2 + 4 * Math.exp(-i / 15) })),
};
const marks: Series = { name: "validation", drawAs: "marks", points: [{ x: 200, y: 3.2 }, { x: 1190, y: 2.1 }] };
const labels = { xLabel: "steps", yLabel: "bits" };

describe("plot", () => {
  it("draws a curve, its marks, its axes and a legend", () => {
    expect(plot([falling, marks], { ...labels, width: 44, height: 8 })).toMatchInlineSnapshot(`
      [
        "   bits   ⠤⠤ training   ◆ validation",
        "   │ ⢇",
        "   │ ⠘⡄",
        "   │  ⠘⡄",
        " 4 ┤   ⠹⡄",
        "   │    ⠈⢆◆",
        "   │      ⠑⠦⡀",
        "   │        ⠈⠑⠢⠤⣀⣀",
        " 2 ┤             ⠈⠉⠉⠉⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠢⠤⠤⠤⠤⠤⠤⠤⠤⠤◆",
        "   └┬───────────────────────────────┬──────",
        "    0                                 steps",
      ]
    `);
  });

  it("stays within its width", () => {
    for (const width of [40, 60, 80, 100]) {
      for (const line of plot([falling, marks], { ...labels, width })) expect(visibleLength(line)).toBeLessThanOrEqual(width);
    }
  });

  it("draws one point, and nothing for nothing", () => {
    expect(plot([{ ...falling, points: [{ x: 5, y: 1 }] }], labels).join("")).toMatch(/[\u2801-\u28ff]/);
    expect(plot([{ ...falling, points: [] }], labels)).toEqual([]);
  });

  it("leaves the first few values out of the picture when they tower over the rest", () => {
    const spike = { ...falling, points: [{ x: 0, y: 1000 }, ...falling.points.slice(1)] };
    const numbers = plot([spike], labels).flatMap((line) => line.match(/^\s*([\d.]+) ┤/)?.[1] ?? []).map(Number);
    expect(Math.max(...numbers)).toBeLessThan(10);
  });

  it("colours through the series' paint only", () => {
    const painted = plot([{ ...falling, paint: (text) => `<${text}>` }], labels).join("\n");
    expect(painted).toContain("<⠤⠤> training");
    expect(plot([falling], labels).join("\n")).not.toContain("\u001b");
  });
});

it("ticks are round and inside", () => {
  expect(ticks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(ticks(1.93, 2.61, 4)).toEqual([2, 2.2, 2.4, 2.6]);
  expect(ticks(0.1, 0.3, 2)).toEqual([0.1, 0.2, 0.3]);
});
