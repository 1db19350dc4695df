/**
 * Words per second of skip-gram and CBOW beside gensim and fastText (Debian: python3-gensim, fasttext), where they are installed: the same
 * text, dimensions, window, negatives, subsampling, epochs and threads, in turns. Which vectors are better is for vector-quality.mjs.
 *
 *     node bench/vectors.mjs [--words 500000] [--vocabulary 90000]       a text by Zipf's law
 *     node bench/vectors.mjs --corpus union-words.txt --words 500000     the beginning of a corpus: a sentence on each line, words parted by spaces
 *     … [--dimensions 100] [--epochs 1] [--threads 1] [--methods skipgram,cbow] [--only native,gensim] [--rounds 3] [--minutes 10]
 *
 * After --minutes no round is begun, but each method has one. The figures go to bench/results/vectors-speed.json (--json FILE), and the
 * table of src/systems/vectors/results.md is written from that file; --report writes only the table.
 */
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildWordCorpus } from "../dist/data/index.js";
import { RandomStream } from "../dist/tensor/index.js";
import { describeMachine } from "./machine.mjs";
import { rewrite } from "./publish.mjs";
import { tokenise } from "./vector-questions.mjs";
import { speedBlock } from "./vector-results-tables.mjs";
import { VECTOR_CONTESTANTS } from "./vectors-peers.mjs";

const PAGE = fileURLToPath(new URL("../src/systems/vectors/results.md", import.meta.url));
const RESULTS = fileURLToPath(new URL("results/vectors-speed.json", import.meta.url));
const OPTIONS = ["words", "vocabulary", "dimensions", "threads", "rounds", "epochs", "corpus", "methods", "only", "minutes", "json"];
const { values } = parseArgs({ options: { ...Object.fromEntries(OPTIONS.map((name) => [name, { type: "string" }])), report: { type: "boolean" } } });
const setting = (name, fallback) => Number(values[name] ?? fallback);
const settings = {
  words: setting("words", values.corpus ? Infinity : 500_000),
  dimensions: setting("dimensions", 100),
  threads: setting("threads", 1),
  rounds: setting("rounds", 3),
  epochs: setting("epochs", 1),
  methods: (values.methods ?? "skipgram,cbow").split(","),
};
const contestants = VECTOR_CONTESTANTS.filter(({ id }) => values.only?.split(",").includes(id) ?? true);
const json = values.json ?? RESULTS;

if (!values.report) writeFileSync(json, `${JSON.stringify(await measure(), null, 1)}\n`);
if (!existsSync(json)) {
  console.error(`vectors: ${json}: no such file; the command without --report makes it`);
  process.exit(2);
}
const lines = speedBlock(JSON.parse(readFileSync(json, "utf8")));
console.log(lines.join("\n"));
if (json === RESULTS && existsSync(PAGE)) writeFileSync(PAGE, rewrite(readFileSync(PAGE, "utf8"), { "vector-speed": lines }));
process.exit(0);

async function measure() {
  const until = performance.now() + 60e3 * setting("minutes", Infinity);
  const folder = mkdtempSync(join(tmpdir(), "unrolled-vectors-"));
  try {
    const text = join(folder, "text.txt");
    const content = values.corpus ? await beginning(values.corpus, settings.words) : zipfText(settings.words, setting("vocabulary", 90_000));
    writeFileSync(text, content);
    const corpus = await buildWordCorpus([{ name: "text", pieces: [content] }], { tokenise });
    const loadBefore = loadavg()[0];
    const results = {};
    for (const [i, method] of settings.methods.entries()) {
      const share = (i + 1) / settings.methods.length;
      results[method] = await takeTurns(method, { text, corpus, folder }, until - (1 - share) * 60e3 * setting("minutes", 0));
    }
    const about = { machine: describeMachine(), date: new Date().toISOString(), loadBefore, settings: { ...settings, corpus: values.corpus ? "a corpus" : "zipf" } };
    return { ...about, busy: loadBefore > 0.25 * availableParallelism(), words: corpus.words, vocabulary: corpus.vocabulary.size, results };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Everybody once a round, each round with another seed and beginning with another one; by contestant, a result for each round. */
async function takeTurns(method, task, until) {
  const measured = Object.fromEntries(contestants.map(({ id }) => [id, []]));
  for (let round = 0; round < settings.rounds && (round === 0 || performance.now() < until); round++) {
    for (let i = 0; i < contestants.length; i++) {
      const { id, label, train } = contestants[(i + round) % contestants.length];
      const done = await train({ ...task, ...settings, method, seed: round + 1 });
      if (done === undefined) continue;
      const words = settings.epochs * task.corpus.words;
      measured[id].push({ wordsPerSecond: words / done.seconds, wordsPerProcessorSecond: words / done.processor });
      console.log(`${method}, round ${round + 1}: ${label}, ${Math.round(words / done.processor / 1000)} k words per second of processor time`);
    }
  }
  return measured;
}

async function beginning(path, words) {
  const kept = [];
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
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
