/**
 * Equal quality: skip-gram and CBOW of Unrolled, gensim and fastText (Debian: python3-gensim, fasttext) on the same words with the same
 * settings, several seeds each, one thread; what their vectors answer, and the processor time of training.
 *
 *     npx unrolled data union-words
 *     npx unrolled data word-questions union-words.txt
 *     node bench/vector-quality.mjs union-words.txt word-questions [--part 12] [--seeds 3] [--dimensions 100] [--epochs 5] [--minutes 40]
 *     … --only native --initial-range 1 --exact --json FILE          other settings of ours
 *
 * With --part 12 every twelfth line is trained on. Every finished training is kept in bench/results/vector-quality.json (--json FILE): the
 * command goes on where it was stopped, or where --minutes were over; no training is begun after them. Then, or with --report alone, the table
 * of src/systems/vectors/results.md is written from the file.
 */
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadBackend } from "../dist/backend/index.js";
import { buildWordCorpus } from "../dist/data/index.js";
import { CBOW_DEFAULTS, SKIPGRAM_DEFAULTS } from "../dist/systems/vectors/index.js";
import { setDefaultBackend } from "../dist/tensor/index.js";
import { describeMachine } from "./machine.mjs";
import { rewrite } from "./publish.mjs";
import { checksum, evaluate, readQuestions, tokenise } from "./vector-questions.mjs";
import { qualityBlock, shareRight } from "./vector-results-tables.mjs";
import { VECTOR_CONTESTANTS } from "./vectors-peers.mjs";

const PAGE = fileURLToPath(new URL("../src/systems/vectors/results.md", import.meta.url));
const RESULTS = fileURLToPath(new URL("results/vector-quality.json", import.meta.url));
const METHODS = ["skipgram", "cbow"];
const DEFAULTS = { skipgram: SKIPGRAM_DEFAULTS, cbow: CBOW_DEFAULTS };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: "string", default: "12" },
    seeds: { type: "string", default: "3" },
    dimensions: { type: "string", default: "100" },
    epochs: { type: "string", default: "5" },
    minutes: { type: "string", default: "Infinity" },
    only: { type: "string", default: "native,gensim,fasttext" },
    "initial-range": { type: "string", default: String(SKIPGRAM_DEFAULTS.initialRange) },
    exact: { type: "boolean", default: SKIPGRAM_DEFAULTS.exact },
    json: { type: "string", default: RESULTS },
    report: { type: "boolean", default: false },
  },
});

/** Ours beyond what all have; all of ours are kept with a result, so that it does not outlive them. */
const ours = { initialRange: Number(values["initial-range"]), exact: values.exact };
const settingsOf = (method) => ({ ...DEFAULTS[method], ...ours });

if (!values.report) await trainAll();
report();
process.exit(0);

async function trainAll() {
  const [corpusFile, questionFolder] = positionals;
  if (questionFolder === undefined) fail("expected a corpus and a folder of questions; the comment at the top of bench/vector-quality.mjs shows how they are made");
  setDefaultBackend(await loadBackend({ backend: "native", threads: 1 }));
  const until = performance.now() + 60e3 * Number(values.minutes);
  const folder = mkdtempSync(join(tmpdir(), "unrolled-vectors-"));
  try {
    const text = join(folder, "text.txt");
    const content = await everySoManieth(corpusFile, Number(values.part));
    writeFileSync(text, content);
    const corpus = await buildWordCorpus([{ name: "text", pieces: [content] }], { tokenise });
    const questions = readQuestions(questionFolder);
    const settings = { part: Number(values.part), dimensions: Number(values.dimensions), epochs: Number(values.epochs) };
    const about = { ...settings, corpus: checksum(content), questions: questions.checksum, words: corpus.words, vocabulary: corpus.vocabulary.size };
    const known = existsSync(values.json) ? JSON.parse(readFileSync(values.json, "utf8")) : undefined;
    const trainings = isSame(known, about) ? known.trainings.filter((each) => each.id !== "native" || isSame(each.settings, settingsOf(each.method))) : [];
    for (const { seed, method, contestant } of allTrainings(Number(values.seeds))) {
      const { id, label, train } = contestant;
      if (trainings.some((each) => each.id === id && each.method === method && each.seed === seed)) continue;
      if (performance.now() > until) return console.log(`${values.minutes} minutes are over; the same command goes on`);
      const trained = await train({ ...settings, ours, method, text, corpus, folder, threads: 1, seed });
      if (trained === undefined) {
        console.log(`${label}, ${method}: not installed`);
        continue;
      }
      const { analogies, similarities } = evaluate(trained.vectors, questions);
      const scores = { analogies: shareRight(analogies), ...Object.fromEntries(similarities.map(({ name, spearman }) => [name, spearman])) };
      trainings.push({ id, method, seed, ...(id === "native" && { settings: settingsOf(method) }), processorSeconds: trained.processor, scores });
      writeFileSync(values.json, `${JSON.stringify({ ...about, asked: askedOf({ analogies, similarities }), machine: describeMachine(), trainings }, undefined, 1)}\n`);
      console.log(`${label}, ${method}, seed ${seed}: ${Object.entries(scores).map(([name, score]) => `${name} ${score.toFixed(4)}`).join(", ")}; ${trained.processor.toFixed(1)} s of processor`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Seed by seed, so that what there is after some time is even. */
function allTrainings(seeds) {
  const contestants = VECTOR_CONTESTANTS.filter(({ id }) => values.only.split(",").includes(id));
  return Array.from({ length: seeds }, (_, i) => METHODS.flatMap((method) => contestants.map((contestant) => ({ seed: i + 1, method, contestant })))).flat();
}

/** Lines 0, n, 2n, …: a small text with all that the large one has. */
async function everySoManieth(path, n) {
  const kept = [];
  let at = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) if (at++ % n === 0) kept.push(`${line}\n`);
  return kept.join("");
}

/** Questions whose words all have vectors: the same for everybody, who has the same words. */
function askedOf({ analogies, similarities }) {
  const sum = (sections) => sections.reduce((total, { asked }) => total + asked, 0);
  return { analogies: sum(analogies), ...Object.fromEntries(similarities.map(({ name, asked }) => [name, asked])) };
}

function isSame(known, expected) {
  return known !== undefined && Object.entries(expected).every(([name, value]) => JSON.stringify(known[name]) === JSON.stringify(value));
}

function report() {
  if (!existsSync(values.json)) fail(`${values.json}: no such file; the command without --report makes it`);
  const lines = qualityBlock(JSON.parse(readFileSync(values.json, "utf8")));
  console.log(`\n${lines.join("\n")}`);
  if (values.json === RESULTS && existsSync(PAGE)) writeFileSync(PAGE, rewrite(readFileSync(PAGE, "utf8"), { "vector-quality": lines }));
}

function fail(message) {
  console.error(`vector-quality: ${message}`);
  process.exit(2);
}
