import { describe, expect, it } from "vitest";
import { boxOf, mapPoints, MOVE_WIDTH, movesOf, type Stroke } from "../../data/index.js";
import { fitDrawing, linesToWrite } from "./index.js";

describe("linesToWrite", () => {
  it("breaks between words, at line breaks, and nowhere for spaces", () => {
    expect(linesToWrite("  the quick\tbrown fox \r\n\n jumps", 10)).toEqual(["the quick", "brown fox", "jumps"]);
    expect(linesToWrite(" \n ", 10)).toEqual([]);
  });
});

describe("fitDrawing", () => {
  const scale = { mean: [0.03, 0], deviation: [0.12, 0.12] } as const;
  const script = { characters: "abcd", pace: 0.07, longest: 20 };
  /** Waves from left to right, as fast drawn as a mouse tells of it. */
  const wave = (points: number): Stroke[] => [0, 1, 2].map((s) => Array.from({ length: points }, (_, p) => [s * 60 + (50 * p) / points, 20 * Math.sin((9 * p) / points)]));

  it("gives a drawing in any unit and at any pace the width and the number of points of its text", () => {
    const fitted = fitDrawing(wave(40), "abcd abcd", { scale, script });
    const { left, right } = boxOf(fitted);
    expect((right - left) / 9).toBeCloseTo(0.03 / 0.07, 2);
    const movements = movesOf(fitted).length / MOVE_WIDTH;
    expect(movements * script.pace).toBeGreaterThan(0.8 * 9);
    expect(movements * script.pace).toBeLessThan(1.2 * 9);
    for (const other of [fitDrawing(mapPoints(wave(40), (x, y) => [x / 300, y / 300]), "abcd abcd", { scale, script }), fitDrawing(wave(160), "abcd abcd", { scale, script })]) {
      expect(Math.abs(movesOf(other).length / MOVE_WIDTH - movements)).toBeLessThan(4);
    }
  });

  it("says what it lacks", () => {
    expect(() => fitDrawing(wave(9), " ", { scale, script })).toThrow("What does the drawing say?");
    expect(() => fitDrawing([[]], "a", { scale, script })).toThrow("Nothing is drawn.");
    expect(() => fitDrawing([[[1, 2], [1, 9]]], "a", { scale, script })).toThrow("The drawing has no width");
  });
});
