import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fetchHanzi, fetchRenderedStrokes, fetchRenderedTexts, fetchSentences, fetchStrokeFont, HELD_OUT_FONTS, PRINT_FONTS } from "./node-pen-packages.js";
import { fillPenCache } from "./node-pen-packages.testing.js";

/** A cache that holds packages already, so that nothing is fetched. */
let cache = "";
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "unrolled-packages-"));
  fillPenCache(cache);
});
afterAll(() => rmSync(cache, { recursive: true }));

it("sentences are spaced as people write them", () => {
  const sentences = fetchSentences(cache);
  expect(sentences).toHaveLength(60);
  expect(sentences[0]).toBe("the word ak stood there.");
});

it("rendered strokes follow from the seed, a tenth for validation and test each", () => {
  const fetch = (seed: number) => fetchRenderedStrokes({ seed, lines: 30, cache });
  const { training, validation, test } = fetch(1);
  expect([training.length, validation.length, test.length]).toEqual([30, 3, 3]);
  expect(test.every(({ writer }) => HELD_OUT_FONTS.some((name) => writer!.startsWith(`${name} `)))).toBe(true);
  expect(fetch(1)).toEqual({ training, validation, test });
  expect(fetch(2).training).not.toEqual(training);
});

it("lines for somebody else are in the fonts asked for, by other writers, and can be had as texts alone", () => {
  const options = { seed: 1, lines: 20, fonts: PRINT_FONTS, heldOut: [], purpose: "somebody else", writers: 6, longest: 20, cache };
  const { training, validation, test } = fetchRenderedStrokes(options);
  expect([training.length, validation.length, test.length]).toEqual([20, 2, 0]);
  expect(training.every(({ style, text = "" }) => PRINT_FONTS.includes(style!) && text.length <= 20)).toBe(true);
  const said = (part: typeof training) => part.map(({ text }) => text);
  expect(fetchRenderedTexts(options)).toEqual({ training: said(training), validation: said(validation), test: [] });
  expect(fetchRenderedStrokes({ ...options, purpose: "a third" }).training[0]!.strokes).not.toEqual(training[0]!.strokes);
});

it("characters come in the order of their code points, files that are none left out", () => {
  expect(fetchHanzi(cache).map(({ text }) => text)).toEqual(["一", "二", "𠀀"]);
});

it("a font that there is not is named", () => {
  expect(() => fetchStrokeFont("Comic", cache)).toThrow('hersheytext@2.0.0 has no font "Comic".');
});
