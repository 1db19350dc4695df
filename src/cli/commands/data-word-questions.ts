import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildWordCorpus, DataError } from "../../data/index.js";
import { defaultCache } from "../../data/node-packages.js";
import { streamTexts } from "../../data/node-text-stream.js";
import { writeWholeFile } from "../../data/node-whole-file.js";
import { formatAnalogies, formatSimilarities } from "../../systems/vectors/index.js";
import { RunError } from "../../train/index.js";
import { jsonOption } from "../common-options.js";
import { defineCommand, integer, text } from "../command.js";
import type { Context } from "../context.js";
import { grouped } from "../format.js";
import { printJson } from "../messages.js";
import { buildQuestionSets } from "../word-questions.js";
import { cacheOption } from "./data-union-words.js";

export const wordQuestions = defineCommand({
  name: "data word-questions",
  summary: "Makes questions for word vectors from npm packages: analogies of countries and word forms, and similarities of nouns.",
  positionals: { usage: "CORPUS...", min: 1, max: Infinity, help: "the texts that vectors are trained on: questions ask for words that are frequent there" },
  options: {
    out: text({ placeholder: "FOLDER", default: "word-questions", help: "Where the three files go" }),
    "min-count": integer({ min: 1, default: 10, help: "Leave out words that occur less often" }),
    pairs: integer({ min: 2, default: 50, help: "Pairs of words in each section of analogies, at most" }),
    ...cacheOption,
    ...jsonOption,
  },
  details:
    "analogies.txt has Mikolov's format; word forms are made by rule and checked with WordNet's parts of speech. wu-palmer.tsv and lin.tsv have pairs of " +
    "nouns with a similarity along WordNet's \"is a\": a silver standard, made from a resource, not from people's judgements. The published sets " +
    "(questions-words, WordSim-353, SimLex-999) are in no package; unrolled eval reads them as they are.",
  examples: [
    ["unrolled data word-questions union-words.txt", "three files in word-questions/"],
    ["unrolled eval runs/vectors --analogies word-questions/analogies.txt", "what they are for"],
  ],
  async run({ values, positionals }, context: Context) {
    const { out, pairs, cache = defaultCache(), json } = values;
    if (existsSync(join(out, "analogies.txt"))) throw new RunError(`${out} has questions already: choose another --out.`);
    const { vocabulary } = await buildWordCorpus(streamTexts(positionals), { minimumCount: values["min-count"] });
    const counts = new Map(vocabulary.words.map((word, id) => [word, vocabulary.counts[id]!]));
    const sets = buildQuestionSets(counts, cache, { minimumCount: values["min-count"], pairs });
    if (sets.analogies.length === 0) {
      throw new DataError(`There are no questions about these texts: no two pairs of words of one kind occur ${values["min-count"]} times (--min-count).`);
    }
    const encoder = new TextEncoder();
    const write = (name: string, content: string) => writeWholeFile(join(out, name), encoder.encode(content));
    write("analogies.txt", formatAnalogies(sets.analogies));
    write("wu-palmer.tsv", formatSimilarities(sets.wuPalmer));
    write("lin.tsv", formatSimilarities(sets.lin));
    const sections = sets.analogies.map(({ name, questions }) => ({ name, questions: questions.length }));
    if (json) {
      printJson(context, { out, sections, pairs: { wuPalmer: sets.wuPalmer.length, lin: sets.lin.length } });
      return 0;
    }
    const { terminal } = context;
    for (const { name, questions } of sections) terminal.print(`${name}: ${grouped(questions)} questions`);
    terminal.print(`${out}: ${grouped(sections.reduce((sum, { questions }) => sum + questions, 0))} analogies, ${grouped(sets.wuPalmer.length + sets.lin.length)} pairs`);
    return 0;
  },
});
