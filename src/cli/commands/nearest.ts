import type { WordVectors } from "../../systems/vectors/index.js";
import { jsonOption } from "../common-options.js";
import { defineCommand, integer } from "../command.js";
import type { Context } from "../context.js";
import { table } from "../format.js";
import { printJson } from "../messages.js";
import { openVectors } from "../vector-source.js";

export const neighbourOptions = {
  count: integer({ min: 1, default: 10, help: "How many words" }),
  among: integer({ min: 1, defaultText: "all", help: "Look among the N most frequent words only" }),
};

export const nearest = defineCommand({
  name: "nearest",
  summary: "Lists the words whose vectors are closest to a word's.",
  positionals: {
    usage: "RUN|FILE WORD...",
    min: 2,
    max: Infinity,
    help: "a run of train vectors, or a file of vectors: word2vec's text or binary form, GloVe's text, safetensors, gzipped or not; and words",
  },
  options: { ...neighbourOptions, ...jsonOption },
  details: "Closeness is the cosine of two vectors: 1 for the same direction, 0 for none in common.",
  examples: [
    ["unrolled nearest runs/vectors whale", "from a training of one's own"],
    ["unrolled nearest glove.6B.300d.txt paris rome", "from a file that one has, for two words"],
    ["unrolled nearest news.bin.gz king --count 30", "more of them"],
  ],
  async run({ values, positionals: [source = "", ...words] }, context: Context) {
    const vectors = await openVectors(source);
    const options = { count: values.count, ...(values.among !== undefined && { among: values.among }) };
    const found = words.map((typed) => {
      const word = knownForm(vectors, typed);
      return { word, neighbours: vectors.nearest(word, options) };
    });
    const { terminal } = context;
    for (const [i, { word, neighbours }] of found.entries()) {
      if (values.json) {
        printJson(context, { source, word, neighbours });
        continue;
      }
      if (i > 0) terminal.print();
      if (found.length > 1) terminal.print(terminal.style("bold", word));
      printNeighbours(context, neighbours);
    }
    return 0;
  },
});

/** The word as it was typed, or in small letters where only those have a vector. */
export function knownForm(vectors: WordVectors, typed: string): string {
  const lowered = typed.toLowerCase();
  return vectors.idOf(typed) === undefined && vectors.idOf(lowered) !== undefined ? lowered : typed;
}

export function printNeighbours({ terminal }: Context, neighbours: readonly { word: string; score: number }[]): void {
  const rows = neighbours.map(({ word, score }) => [score.toFixed(3), word]);
  for (const line of table([{ title: "", align: "right" }, { title: "" }], rows).slice(1)) terminal.print(line);
}
