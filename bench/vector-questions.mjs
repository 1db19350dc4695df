/** What vectors are asked in the benchmarks, and how their answers are counted. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluateAnalogies, evaluateSimilarities, parseAnalogies, parseSimilarities } from "../dist/systems/vectors/index.js";

const ANALOGIES = "analogies.txt";
/** By name of the set. */
const SIMILARITIES = { "wu-palmer": "wu-palmer.tsv", lin: "lin.tsv" };

/**
 * @param {string} folder made by unrolled data word-questions
 * @returns the questions, and the checksum of their files
 */
export function readQuestions(folder) {
  const read = (name) => readFileSync(join(folder, name), "utf8");
  return {
    analogies: parseAnalogies(read(ANALOGIES), ANALOGIES),
    similarities: Object.entries(SIMILARITIES).map(([name, file]) => ({ name, pairs: parseSimilarities(read(file), file) })),
    checksum: checksum([ANALOGIES, ...Object.values(SIMILARITIES)].map(read).join("\n")),
  };
}

/** By section of the analogies, and by set of similarities. */
export function evaluate(vectors, { analogies, similarities }) {
  return {
    analogies: evaluateAnalogies(vectors, analogies),
    similarities: similarities.map(({ name, pairs }) => ({ name, ...evaluateSimilarities(vectors, pairs) })),
  };
}

/** A sentence on each line, words parted by spaces: how all programs take the corpus. */
export function tokenise(text) {
  return text.split("\n").map((line) => line.split(" ").filter(Boolean));
}

export function checksum(content) {
  return createHash("sha256").update(content).digest("hex");
}
