import { describe, expect, it } from "vitest";
import type { Stroke } from "../../data/index.js";
import { layOut, rasterise, strokesToSvg } from "./index.js";

const cross: Stroke[] = [[[0, 0], [2, 2]], [[0, 2], [2, 0]]];
const dot: Stroke[] = [[[5, 5]]];

describe("layOut", () => {
  it("puts lines below each other at one scale", () => {
    const { width, height, strokes } = layOut([cross, cross], { height: 60 });
    expect([width, height]).toEqual([100, 180]);
    expect(strokes.map(({ points }) => points[0])).toEqual([[20, 20], [20, 80], [20, 100], [20, 160]]);
  });

  it("draws a smooth curve through all points", () => {
    const zigzag: Stroke = [[0, 0], [1, 2], [2, 0], [3, 2]];
    const [{ points, recorded } = { points: [], recorded: 0 }] = layOut([[zigzag]], { height: 60 }).strokes;
    expect(recorded).toBe(4);
    expect(points).toHaveLength(10);
    expect([0, 3, 6, 9].map((i) => points[i]!.map(Math.round))).toEqual([[20, 20], [50, 80], [80, 20], [110, 80]]);
  });

  it("draws a dot, and refuses nothing", () => {
    expect(layOut([dot]).strokes).toHaveLength(1);
    expect(() => layOut([[], [[]]])).toThrow("expected at least one point");
  });
});

describe("strokesToSvg", () => {
  it("has a path for each stroke", () => {
    const svg = strokesToSvg([cross], { height: 60, title: "a < b", ink: "#000" });
    expect(svg).toContain('<path d="M20 20L80 80"/>\n<path d="M20 80L80 20"/>');
    expect(svg).toContain("<title>a &lt; b</title>");
    expect(svg).not.toContain("animation");
    expect(strokesToSvg([dot])).toMatch(/<path d="M(\S+ \S+)L\1"\/>/);
  });

  it("replays strokes one after another", () => {
    const svg = strokesToSvg([cross], { pointsPerSecond: 10 });
    expect(svg).toContain('style="animation-delay:0s;animation-duration:0.2s"');
    expect(svg).toContain('style="animation-delay:0.5s;animation-duration:0.2s"');
    expect(svg).toContain("prefers-reduced-motion");
    // A dot has no length for dashes to hide: it appears in its turn.
    const dots = strokesToSvg([[...cross, [[5, 5]], [[6, 6], [6.00001, 6]]]], { pointsPerSecond: 10 });
    expect(dots.match(/<path [^>]*class="dot" style="[^"]*"/g)!.map((path) => /delay:(.*?);/.exec(path)![1])).toEqual(["1s", "1.4s"]);
    expect(dots.match(/pathLength/g)).toHaveLength(2);
  });
});

describe("rasterise", () => {
  it("makes ink where the lines are, smooth at their edges", () => {
    const layout = layOut([[[[0, 0], [2, 0]], [[2, 0], [2, 2]]]], { height: 60, lineWidth: 0.1 });
    const { width, height, pixels } = rasterise(layout);
    const at = (x: number, y: number) => pixels[y * width + x];
    expect([width, height]).toEqual([100, 100]);
    expect(at(50, 20)).toBe(0);
    expect(at(79, 50)).toBe(0);
    expect(at(50, 50)).toBe(255);
    expect(new Set(pixels).size).toBeGreaterThan(2);
    expect(() => rasterise({ ...layout, width: 1e6 })).toThrow("expected at most 64 million pixels");
  });
});
