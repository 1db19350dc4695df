import { beforeAll, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { judge } from "../experiment.js";
import { HANDWRITING_EXPERIMENTS } from "./experiments.js";
import { createHandwritingModel, HANDWRITING_DEFAULTS } from "./index.js";
import { madeUpAlphabet, madeUpLine, readMadeUp } from "./made-up.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ threads: 1 })));

it("the networks of pen-depth have as many weights", () => {
  const weights = (layers: number, hidden: number) =>
    createHandwritingModel({ ...HANDWRITING_DEFAULTS, components: 6, layers, hidden }, new RandomStream(1)).parameterCount;
  expect([weights(1, 92), weights(3, 40)]).toEqual([39_045, 38_757]);
});

it("pen-depth shows what it claims", async () => {
  const [experiment] = HANDWRITING_EXPERIMENTS;
  const measured = [await experiment!.run(1, { quick: true, report: () => undefined })];
  for (const { claim, shown, margins } of judge(experiment!, measured)) expect(shown, `${claim}: ${margins.join(", ")}`).toBe(true);
  expect(Object.keys(measured[0]!).sort()).toEqual(Object.keys(experiment!.figures).sort());
}, 120_000);

it("pen-synthesis, made quick, shows that the text helps, most where a letter begins, and that samples stop", async () => {
  const experiment = HANDWRITING_EXPERIMENTS.find(({ name }) => name === "pen-synthesis")!;
  const figures = await experiment.run(2, { quick: true, report: () => undefined });
  expect(Object.keys(figures).sort()).toEqual(Object.keys(experiment.figures).sort());
  const figure = (name: string) => figures[name]!;
  expect(figure("synthesis")).toBeLessThan(figure("prediction"));
  expect(figure("synthesisError")).toBeLessThan(figure("predictionError"));
  expect(figure("predictionFirst") - figure("synthesisFirst")).toBeGreaterThan(figure("predictionError") - figure("synthesisError"));
  expect(figure("window")).toBeGreaterThan(0.7);
  expect(figure("stopped")).toBe(1);
  expect(Math.abs(figure("steps") - 39)).toBeLessThanOrEqual(3);
}, 120_000);

it("made-up letters are read for what they are, also without their last points", () => {
  const alphabet = madeUpAlphabet(new RandomStream(1));
  for (let i = 0; i < 20; i++) {
    const { text, strokes, slant } = madeUpLine(alphabet, new RandomStream(i));
    strokes.forEach((stroke, l) => {
      const read = readMadeUp(alphabet, stroke)!;
      expect(read.letter).toBe(text[l]);
      expect(Math.abs(read.slant - slant)).toBeLessThan(0.15);
      expect(readMadeUp(alphabet, stroke.slice(0, 9))?.letter).toBe(text[l]);
      expect(readMadeUp(alphabet, stroke, text[l] === "a" ? "b" : "a")?.letter).not.toBe(text[l]);
    });
  }
  expect(readMadeUp(alphabet, [[0, 0], [1, 1]])).toBeUndefined();
});

it("letters of a made-up line are those of the alphabet, slanted", () => {
  const alphabet = madeUpAlphabet(new RandomStream(1));
  const { text, strokes, slant } = madeUpLine(alphabet, new RandomStream(2));
  expect(text).toMatch(/^[a-f]{4}$/);
  expect(strokes).toHaveLength(4);
  strokes.forEach((stroke, i) => {
    const glyph = alphabet.glyphs[text.charCodeAt(i) - 97]!;
    // By least squares of y on y: the size; of what is left of x on y: the slant.
    const dot = (a: (p: number) => number, b: (p: number) => number) => glyph.reduce((sum, _, p) => sum + a(p) * b(p), 0);
    const height = (p: number) => glyph[p]![1];
    const size = dot((p) => stroke[p]![1], height) / dot(height, height);
    expect(Math.abs(size - 1)).toBeLessThan(0.2);
    const lean = dot((p) => stroke[p]![0] - 3 * i - size * glyph[p]![0], height) / dot(height, height) / size;
    expect(Math.abs(lean - slant)).toBeLessThan(0.1);
  });
});
