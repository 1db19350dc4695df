/** What `unrolled eval` does with word vectors: analogies and similarities from files, as tables. */
import { readFileSync } from "node:fs";
import { DataError, decodeText } from "../data/index.js";
import { fileErrorReason } from "../data/node-whole-file.js";
import {
  evaluateAnalogies, evaluateSimilarities, parseAnalogies, parseSimilarities, totalAnalogies, type AnalogyResult,
} from "../systems/vectors/index.js";
import { startBackend } from "./common-options.js";
import { integer, text, UsageError, type Values } from "./command.js";
import type { Context } from "./context.js";
import { grouped, table } from "./format.js";
import { printJson } from "./messages.js";
import { openVectors } from "./vector-source.js";

export const vectorEvaluationOptions = {
  analogies: text({ placeholder: "FILE", help: "Word vectors: questions of four words a line, lines \": name\" before each section" }),
  similarity: text({ placeholder: "FILE", help: "Word vectors: two words and a number a line, parted by tabs, commas or spaces" }),
  among: integer({ min: 1, defaultText: "all", help: "Word vectors: ask about and answer with the N most frequent words only" }),
};

type EvaluationValues = Values<typeof vectorEvaluationOptions> & Parameters<typeof startBackend>[0] & { readonly json: boolean };

export async function evaluateVectors(source: string, values: EvaluationValues, context: Context): Promise<number> {
  const { analogies, similarity, among, json } = values;
  if (analogies === undefined && similarity === undefined) {
    throw new UsageError(`${source} holds word vectors: unrolled eval needs --analogies FILE, --similarity FILE, or both.`);
  }
  const sections = analogies === undefined ? [] : parseAnalogies(readText(analogies), analogies);
  const pairs = similarity === undefined ? undefined : parseSimilarities(readText(similarity), similarity);
  const vectors = await openVectors(source);
  await startBackend(values);
  const { terminal } = context;
  const restricted = among === undefined ? {} : { among };
  const onProgress = (done: number) => terminal.live(`analogies ${(done * 100).toFixed(0)} %`);
  const results = evaluateAnalogies(vectors, sections, { ...restricted, onProgress });
  terminal.endLive();
  const agreement = pairs && evaluateSimilarities(vectors, pairs, restricted);
  if (json) {
    printJson(context, {
      source, words: vectors.words.length, dimensions: vectors.dimensions,
      ...(analogies !== undefined && { analogies: { file: analogies, sections: results, all: totalAnalogies(results) } }),
      ...(agreement !== undefined && { similarity: { file: similarity, ...agreement } }),
    });
    return 0;
  }
  if (analogies !== undefined) for (const line of analogyTable(context, results)) terminal.print(line);
  if (agreement !== undefined) {
    if (analogies !== undefined) terminal.print();
    const { asked, pairs: all, spearman } = agreement;
    const value = Number.isNaN(spearman) ? "not defined" : spearman.toFixed(3);
    terminal.print(`${similarity}: Spearman ${terminal.style("bold", value)} over ${grouped(asked)} of ${grouped(all)} pairs (${percent(asked, all)})`);
  }
  return 0;
}

function analogyTable({ terminal }: Context, results: readonly AnalogyResult[]): string[] {
  const row = ({ name, questions, asked, correct }: AnalogyResult) => [
    name, grouped(questions), percent(asked, questions), percent(correct["3CosAdd"], asked), percent(correct["3CosMul"], asked),
  ];
  const columns = ["section", "questions", "asked", "3CosAdd", "3CosMul"].map((title, i) => ({ title, align: i === 0 ? ("left" as const) : ("right" as const) }));
  const [head, ...lines] = table(columns, [...results, totalAnalogies(results)].map(row));
  return [terminal.style("dim", head!), ...lines.slice(0, -1), terminal.style("bold", lines.at(-1)!)];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new DataError(`${path}: cannot be read (${fileErrorReason(error)}).`);
  }
  return decodeText(bytes, path);
}
