/** Questions that word vectors are judged by: analogies and pairs of words with a similarity, and the files that they come in. */
import { DataError } from "../../data/index.js";

/** a is to b as c is to d: the answer, d, is asked for. */
export type AnalogyQuestion = readonly [a: string, b: string, c: string, d: string];

export interface AnalogySection {
  readonly name: string;
  readonly questions: readonly AnalogyQuestion[];
}

export interface SimilarityPair {
  readonly a: string;
  readonly b: string;
  /** How similar people, or a resource, find the two; on any scale. */
  readonly score: number;
}

/**
 * Analogies as in Google's questions-words.txt (Mikolov et al. 2013): a line of four words for each question, lines ": name" before each
 * section. Empty lines and lines that begin with # or // are passed over.
 *
 * @param source the file's name, for messages
 * @throws DataError naming the line
 */
export function parseAnalogies(text: string, source: string): AnalogySection[] {
  const sections: { name: string; questions: AnalogyQuestion[] }[] = [];
  for (const { line, number } of contentLines(text)) {
    if (line.startsWith(":")) {
      sections.push({ name: line.slice(1).trim(), questions: [] });
      continue;
    }
    const words = line.split(/\s+/);
    if (words.length !== 4) {
      throw new DataError(`${source}: line ${number}: expected four words or ": section", got ${JSON.stringify(shortened(line))}.`);
    }
    if (sections.length === 0) sections.push({ name: "all", questions: [] });
    sections.at(-1)!.questions.push(words as unknown as AnalogyQuestion);
  }
  const found = sections.filter(({ questions }) => questions.length > 0);
  if (found.length === 0) throw new DataError(`${source}: there are no questions in it.`);
  return found;
}

/**
 * Pairs as in WordSim-353 and its kin: two words and a number, parted by tabs, commas, semicolons or spaces; further columns are passed
 * over, as is a first line without a number.
 *
 * @throws DataError naming the line
 */
export function parseSimilarities(text: string, source: string): SimilarityPair[] {
  const pairs: SimilarityPair[] = [];
  let first = true;
  for (const { line, number } of contentLines(text)) {
    const separator = line.includes("\t") ? "\t" : line.includes(",") ? "," : line.includes(";") ? ";" : /\s+/;
    const [a = "", b = "", ...rest] = line.split(separator).map((field) => field.trim());
    const score = rest[0] === undefined || rest[0] === "" ? NaN : Number(rest[0]);
    const isTitle = first && !Number.isFinite(score);
    first = false;
    if (isTitle) continue;
    if (a === "" || b === "" || !Number.isFinite(score)) {
      throw new DataError(`${source}: line ${number}: expected two words and a number, got ${JSON.stringify(shortened(line))}.`);
    }
    pairs.push({ a, b, score });
  }
  if (pairs.length === 0) throw new DataError(`${source}: there are no pairs in it.`);
  return pairs;
}

function* contentLines(text: string): Generator<{ line: string; number: number }> {
  for (const [i, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    if (line !== "" && !line.startsWith("#") && !line.startsWith("//")) yield { line, number: i + 1 };
  }
}

function shortened(line: string): string {
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

/** In the form that `parseAnalogies` reads. */
export function formatAnalogies(sections: readonly AnalogySection[]): string {
  return sections.map(({ name, questions }) => `: ${name}\n${questions.map((words) => `${words.join(" ")}\n`).join("")}`).join("");
}

/** In the form that `parseSimilarities` reads. */
export function formatSimilarities(pairs: readonly SimilarityPair[]): string {
  return pairs.map(({ a, b, score }) => `${a}\t${b}\t${score}\n`).join("");
}
