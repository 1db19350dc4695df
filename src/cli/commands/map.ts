import { writeWholeFile } from "../../data/node-whole-file.js";
import { drawWordMap, mapWords, wordsOfMap } from "../../systems/vectors/index.js";
import { RandomStream } from "../../tensor/index.js";
import { jsonOption } from "../common-options.js";
import { defineCommand, integer, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { bytes } from "../format.js";
import { printJson } from "../messages.js";
import { umap } from "../umap.js";
import { openVectors } from "../vector-source.js";
import { knownForm } from "./nearest.js";

export const map = defineCommand({
  name: "map",
  summary: "Draws a map of words: those of like meaning lie together.",
  positionals: {
    usage: "RUN|FILE [WORD...]",
    min: 1,
    max: Infinity,
    help: "a run of train vectors or a file of vectors, and words to be mapped with their neighbours instead of the most frequent words",
  },
  options: {
    out: text({ placeholder: "FILE", default: "words.svg", help: "The picture" }),
    count: integer({ min: 3, max: 20_000, default: 500, help: "Words on the map" }),
    arrows: text({ placeholder: "A:B,C:D", defaultText: "none", help: "Pairs of words to join by arrows, such as man:king,woman:queen" }),
    width: integer({ min: 200, max: 10_000, default: 1200, help: "Pixels" }),
    height: integer({ min: 200, max: 10_000, default: 900, help: "Pixels" }),
    seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 1, help: "Another number gives another layout" }),
    ...jsonOption,
  },
  details:
    "Directions of vectors are flattened by UMAP (McInnes et al. 2018), from the package umap-js: neighbours stay neighbours, and distances far apart " +
    "mean little. --json prints the words' places, from 0 to 1, instead of drawing them.",
  examples: [
    ["unrolled map runs/moby-dick-vectors", "the most frequent words, to words.svg"],
    ["unrolled map news.bin king ship whale --count 120 --out near.svg", "three words and what is near them"],
    ["unrolled map news.bin paris --arrows france:paris,italy:rome", "analogies as arrows"],
  ],
  async run({ values, positionals: [source = "", ...asked] }, context: Context) {
    const { terminal } = context;
    const vectors = await openVectors(source);
    const around = asked.map((word) => knownForm(vectors, word));
    const arrows = pairsOf(values.arrows).map(([from, to]) => [knownForm(vectors, from), knownForm(vectors, to)] as const);
    const words = new Set([...wordsOfMap(vectors, { around, count: values.count }), ...arrows.flat()]);
    const project = await umap(new RandomStream(values.seed).fork("map"), (done) => terminal.live(`flattening ${words.size} words, ${Math.round(100 * done)} %`));
    const placed = await mapWords(vectors, [...words], project);
    terminal.endLive();
    if (values.json) {
      printJson(context, { source, words: placed });
      return 0;
    }
    const title = `${placed.length} words of ${source}`;
    const picture = new TextEncoder().encode(drawWordMap(placed, { title, width: values.width, height: values.height, marked: around, arrows }));
    writeWholeFile(values.out, picture);
    terminal.print(`${values.out}: ${placed.length} words, ${bytes(picture.length)}`);
    return 0;
  },
});

/** "a:b,c:d". @throws UsageError */
function pairsOf(list: string | undefined): (readonly [string, string])[] {
  if (list === undefined) return [];
  return list.split(",").map((pair) => {
    const [from = "", to = "", ...more] = pair.split(":").map((word) => word.trim());
    if (from === "" || to === "" || more.length > 0) {
      throw new UsageError(`--arrows: expected pairs of words such as man:king,woman:queen, got ${JSON.stringify(pair)}.`);
    }
    return [from, to] as const;
  });
}
