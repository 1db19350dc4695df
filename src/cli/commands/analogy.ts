import { ANALOGY_METHODS, type AnalogyMethod } from "../../systems/vectors/index.js";
import { jsonOption } from "../common-options.js";
import { choice, defineCommand, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { printJson } from "../messages.js";
import { openVectors } from "../vector-source.js";
import { knownForm, neighbourOptions, printNeighbours } from "./nearest.js";

export const analogy = defineCommand({
  name: "analogy",
  summary: "Calculates with words: king - man + woman.",
  positionals: {
    usage: "RUN|FILE WORDS...",
    min: 2,
    max: Infinity,
    help: "a run of train vectors or a file of vectors, and words with + and - between them, each by itself: king - man + woman",
  },
  options: {
    method: choice<AnalogyMethod>(ANALOGY_METHODS, { default: "3CosAdd", help: "Add and subtract vectors, or multiply and divide similarities" }),
    ...neighbourOptions,
    ...jsonOption,
  },
  details: "The words of the question are never the answer. 3CosAdd is Mikolov et al. 2013, 3CosMul Levy & Goldberg 2014.",
  examples: [
    ["unrolled analogy runs/vectors king - man + woman", "what is to woman as king is to man"],
    ["unrolled analogy news.bin paris - france + italy --count 3", "from a file of vectors"],
    ["unrolled analogy runs/vectors walked - walk + go --method 3CosMul", "another measure"],
  ],
  async run({ values, positionals: [source = "", ...terms] }, context: Context) {
    const { positive, negative } = parseTerms(terms);
    const vectors = await openVectors(source);
    const [added, taken] = [positive, negative].map((words) => words.map((word) => knownForm(vectors, word))) as [string[], string[]];
    const { method, count, among } = values;
    const neighbours = vectors.analogy(added, taken, { method, count, ...(among !== undefined && { among }) });
    if (values.json) printJson(context, { source, positive: added, negative: taken, method, neighbours });
    else printNeighbours(context, neighbours);
    return 0;
  },
});

/** "king", "-", "man", "+", "woman". @throws UsageError */
export function parseTerms(terms: readonly string[]): { positive: string[]; negative: string[] } {
  const words: Record<"+" | "-", string[]> = { "+": [], "-": [] };
  let sign: "+" | "-" | undefined = "+";
  for (const term of terms) {
    if (term === "+" || term === "-") {
      if (sign !== undefined && words["+"].length + words["-"].length > 0) throw new UsageError(`After ${sign} a word is expected, got ${term}.`);
      sign = term;
    } else {
      if (sign === undefined) throw new UsageError(`Before ${JSON.stringify(term)} + or - is expected: king - man + woman.`);
      words[sign].push(term);
      sign = undefined;
    }
  }
  if (sign !== undefined) throw new UsageError(`After ${sign} a word is expected.`);
  return { positive: words["+"], negative: words["-"] };
}
