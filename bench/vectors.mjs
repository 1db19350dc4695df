/**
 * Words per second of skip-gram and CBOW beside gensim and fastText (Debian: python3-gensim, fasttext), where they are installed, and how good the
 * vectors are: the same text, dimensions, window, negatives, subsampling, epochs and threads, in turns.
 *
 *     node bench/vectors.mjs [--words 500000] [--vocabulary 90000] [--rounds 3]       a text by Zipf's law: speed only
 *     node bench/vectors.mjs --corpus union-words.txt --questions word-questions      with quality, a seed each round
 *     … [--dimensions 100] [--epochs N] [--threads 1] [--methods skipgram,cbow] [--only native,gensim] [--json FILE]
 *
 * The corpus has a sentence on each line, words parted by spaces (unrolled data union-words); with --words only its beginning is read. Questions
 * are a folder that unrolled data word-questions made, or any with .txt (analogies) and .tsv (similarities) in it; everybody's vectors
 * answer them in the same way, among the words that occur 5 times.
 */
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { buildWordCorpus } from "../dist/data/index.js";
import { evaluateAnalogies, evaluateSimilarities, parseAnalogies, parseSimilarities, totalAnalogies } from "../dist/systems/vectors/index.js";
import { RandomStream } from "../dist/tensor/index.js";
import { describeMachine } from "./machine.mjs";
import { median } from "./statistics.mjs";
import { VECTOR_CONTESTANTS } from "./vectors-peers.mjs";

const OPTIONS = ["words", "vocabulary", "dimensions", "threads", "rounds", "epochs", "corpus", "questions", "methods", "only", "json"];
const { values } = parseArgs({ options: Object.fromEntries(OPTIONS.map((name) => [name, { type: "string" }])) });
const setting = (name, fallback) => Number(values[name] ?? fallback);
const settings = {
  words: setting("words", values.corpus ? Infinity : 500_000),
  dimensions: setting("dimensions", 100),
  threads: setting("threads", 1),
  rounds: setting("rounds", 3),
  epochs: setting("epochs", values.questions ? 5 : 1),
  methods: (values.methods ?? "skipgram,cbow").split(","),
};
const contestants = VECTOR_CONTESTANTS.filter(({ id }) => values.only?.split(",").includes(id) ?? true);

const folder = mkdtempSync(join(tmpdir(), "unrolled-vectors-"));
try {
  const text = join(folder, "text.txt");
  writeFileSync(text, values.corpus ? await beginning(values.corpus, settings.words) : zipfText(settings.words, setting("vocabulary", 90_000)));
  const corpus = await buildWordCorpus([{ name: "text", pieces: lines(text) }], { tokenise: (line) => [line.split(" ").filter(Boolean)] });
  const questions = values.questions && readQuestions(values.questions);
  const loadBefore = loadavg()[0];
  console.log(
    `${corpus.words} words, ${corpus.vocabulary.size} different ones that occur 5 times; ${settings.dimensions} dimensions, epochs: ${settings.epochs}, threads: ${settings.threads}`,
  );
  if (loadBefore > 0.25 * availableParallelism()) console.log(`BUSY: the load average was ${loadBefore.toFixed(2)} before. Read speeds as ratios of processor time.`);
  const results = {};
  for (const method of settings.methods) {
    const measured = await takeTurns(method, { text, corpus, folder, questions });
    results[method] = measured;
    for (const line of report(method, measured)) console.log(line);
  }
  if (values.json) {
    const about = { machine: describeMachine(), date: new Date().toISOString(), loadBefore, settings: { ...settings, corpus: values.corpus ?? "zipf" }, words: corpus.words, vocabulary: corpus.vocabulary.size };
    writeFileSync(values.json, `${JSON.stringify({ ...about, results }, null, 1)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);

/** Everybody once a round, each round with another seed and beginning with another one; by contestant, a result for each round. */
async function takeTurns(method, { questions, ...task }) {
  const measured = Object.fromEntries(contestants.map(({ id }) => [id, []]));
  for (let round = 0; round < settings.rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      const { id, train } = contestants[(i + round) % contestants.length];
      const done = await train({ ...task, ...settings, method, seed: round + 1 });
      if (done === undefined) continue;
      const words = settings.epochs * task.corpus.words;
      measured[id].push({ wordsPerSecond: words / done.seconds, wordsPerProcessorSecond: words / done.processor, ...(questions && quality(done.vectors, questions)) });
    }
  }
  return measured;
}

/** Shares of right answers, and rank correlations, by name of the set. */
function quality(vectors, { analogies, similarities }) {
  const scores = {};
  for (const [name, sections] of analogies) {
    const total = totalAnalogies(evaluateAnalogies(vectors, sections));
    scores[name] = total.correct["3CosAdd"] / total.asked;
  }
  for (const [name, pairs] of similarities) scores[name] = evaluateSimilarities(vectors, pairs).spearman;
  return { scores };
}

function report(method, measured) {
  const lines = ["", method];
  const ours = measured.native ?? [];
  for (const { id, label } of contestants) {
    const rounds = measured[id];
    if (rounds.length === 0) {
      lines.push(`  ${label}: not installed`);
      continue;
    }
    const speed = (key) => `${Math.round(median(rounds.map((each) => each[key])) / 1000)} k`;
    // Round by round: what slowed the machine down slowed both.
    const ratio = (key) => median(rounds.map((each, i) => (ours[i] ? ours[i][key] / each[key] : NaN))).toFixed(2);
    const beside = id === "native" || ours.length === 0 ? "" : `; Unrolled, native: ${ratio("wordsPerSecond")} times, by processor time ${ratio("wordsPerProcessorSecond")} times`;
    lines.push(`  ${label}: ${speed("wordsPerSecond")} words/s, ${speed("wordsPerProcessorSecond")} per second of processor time${beside}`);
  }
  for (const name of Object.keys(ours[0]?.scores ?? {})) {
    lines.push(`  ${name}`);
    const of = (id) => measured[id].map(({ scores }) => scores[name]);
    for (const { id, label } of contestants) {
      if (measured[id].length === 0) continue;
      const { mean } = meanAndError(of(id));
      lines.push(`    ${label}: ${of(id).map((score) => score.toFixed(4)).join("  ")}  mean ${mean.toFixed(4)}${id === "native" ? "" : ` (${difference(of("native"), of(id))})`}`);
    }
  }
  return lines;
}

/** Ours less theirs, and whether that is more than seeds differ by: twice the standard error. */
function difference(ours, theirs) {
  const [a, b] = [meanAndError(ours), meanAndError(theirs)];
  const [by, noise] = [a.mean - b.mean, 2 * Math.hypot(a.error, b.error)];
  const verdict = Math.abs(by) <= noise ? "within noise" : by > 0 ? "we are better" : "we are worse";
  return `Unrolled, native, ${by >= 0 ? "+" : ""}${by.toFixed(4)}, noise ±${noise.toFixed(4)}: ${verdict}`;
}

function meanAndError(scores) {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, scores.length - 1);
  return { mean, error: Math.sqrt(variance / scores.length) };
}

function readQuestions(path) {
  const files = readdirSync(path).sort();
  const read = (ending, parse) => files.filter((name) => name.endsWith(ending)).map((name) => [name.slice(0, -ending.length), parse(readFileSync(join(path, name), "utf8"), name)]);
  return { analogies: read(".txt", parseAnalogies), similarities: read(".tsv", parseSimilarities) };
}

async function* lines(path) {
  for await (const line of createInterface({ input: createReadStream(path) })) yield line;
}

/** Whole lines until there are so many words. */
async function beginning(path, words) {
  const kept = [];
  let count = 0;
  for await (const line of lines(path)) {
    if (count >= words) break;
    kept.push(`${line}\n`);
    count += line.split(" ").length;
  }
  return kept.join("");
}

function zipfText(count, types) {
  const random = new RandomStream(1);
  const total = Math.log(types + 1);
  const pieces = [];
  for (let i = 0; i < count; i++) pieces.push(`w${Math.floor(Math.exp(random.next() * total))}`, i % 20 === 19 ? "\n" : " ");
  return pieces.join("");
}
