/**
 * How good word vectors are: skip-gram, CBOW, GloVe and PMI-SVD, beside gensim's skip-gram and CBOW (Debian: python3-gensim) on the same words
 * and questions; one thread each, so that processor time is training time.
 *
 *     npx unrolled data union-words
 *     npx unrolled data word-questions union-words.txt
 *     node bench/vector-results.mjs union-words.txt word-questions [--dimensions 100,200,300] [--methods skipgram,cbow,…] [--seed 1]
 *
 * Every finished model is a file in bench/results/vectors (--out FOLDER); those that are there for the same words, questions and settings are
 * not made again, so that the command goes on where it was stopped. When it is done, or with --report alone, the tables of
 * src/systems/vectors/results.md are written from these files.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadBackend } from "../dist/backend/index.js";
import { countCooccurrences } from "../dist/data/cooccurrence.js";
import { buildWordCorpus } from "../dist/data/index.js";
import { streamTexts } from "../dist/data/node-text-stream.js";
import { CBOW_DEFAULTS, Glove, pmiSvd, SKIPGRAM_DEFAULTS, trainVectors } from "../dist/systems/vectors/index.js";
import { RandomStream, setDefaultBackend } from "../dist/tensor/index.js";
import { rewrite } from "./publish.mjs";
import { checksum, evaluate, readQuestions, tokenise } from "./vector-questions.mjs";
import { resultBlocks, shareRight } from "./vector-results-tables.mjs";
import { VECTOR_CONTESTANTS } from "./vectors-peers.mjs";

const PAGE = fileURLToPath(new URL("../src/systems/vectors/results.md", import.meta.url));
const RESULTS = fileURLToPath(new URL("results/vectors", import.meta.url));
const MINIMUM_COUNT = 5;

/** They are kept with a result. What gensim is given beside is in vectors-peers.mjs. */
const METHODS = {
  skipgram: SKIPGRAM_DEFAULTS,
  cbow: CBOW_DEFAULTS,
  // Those that GloVe's authors give for a corpus of this size.
  glove: { window: 10, weighting: "inverse", xMax: 10, epochs: 15, lr: 0.05 },
  // The pairs that skip-gram's windows of random width hold on average.
  "pmi-svd": { window: 5, weighting: "linear", negatives: 1, noisePower: 0.75, singularPower: 0.5, iterations: 4 },
  "gensim-skipgram": { epochs: 5 },
  "gensim-cbow": { epochs: 5 },
};
/** Whose word2vec it is, in vectors-peers.mjs, and which. */
const WORD2VEC = { skipgram: ["native", "skipgram"], cbow: ["native", "cbow"], "gensim-skipgram": ["gensim", "skipgram"], "gensim-cbow": ["gensim", "cbow"] };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dimensions: { type: "string", default: "100,200,300" },
    methods: { type: "string", default: Object.keys(METHODS).join(",") },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: RESULTS },
    report: { type: "boolean", default: false },
  },
});

if (!values.report) await makeAll();
report();
process.exit(0);

async function makeAll() {
  const [corpusFile, questionFolder] = positionals;
  if (questionFolder === undefined) fail("expected a corpus and a folder of questions; the comment at the top of bench/vector-results.mjs shows how they are made");
  const methods = values.methods.split(",");
  const unknown = methods.find((method) => METHODS[method] === undefined);
  if (unknown !== undefined) fail(`no method ${JSON.stringify(unknown)}; there are ${Object.keys(METHODS).join(", ")}`);
  mkdirSync(values.out, { recursive: true });
  setDefaultBackend(await loadBackend({ backend: "native", threads: 1 }));

  const questions = readQuestions(questionFolder);
  const made = { corpus: checksum(readFileSync(corpusFile)), questions: questions.checksum };
  const corpus = once(() => readCorpus(corpusFile));
  const counts = new Map();
  const seed = Number(values.seed);
  for (const dimensions of values.dimensions.split(",").map(Number)) {
    for (const method of methods) {
      const settings = { ...METHODS[method], dimensions, seed };
      const file = join(values.out, `${method}-${dimensions}${seed === 1 ? "" : `-seed${seed}`}.json`);
      if (existsSync(file) && isSame(JSON.parse(readFileSync(file, "utf8")), { ...made, settings })) continue;
      const began = performance.now();
      const result = await make(method, settings, corpusFile, corpus, counts);
      if (result === undefined) {
        console.log(`${method} ${dimensions}: not installed`);
        continue;
      }
      const { vectors, ...measured } = result;
      const written = { method, settings, ...made, ...(await sizes(corpus)), ...measured, ...evaluate(vectors, questions) };
      writeFileSync(file, `${JSON.stringify(written, undefined, 1)}\n`);
      const asked = written.analogies.reduce((sum, section) => sum + section.asked, 0);
      const seconds = (performance.now() - began) / 1000;
      console.log(`${method} ${dimensions}: ${(100 * shareRight(written.analogies)).toFixed(1)} % of ${asked}, ${measured.processorSeconds.toFixed(0)} s of processor, ${seconds.toFixed(0)} s in all`);
    }
  }
}

/** The vectors, processor seconds of the training, and of the counting where there is one; undefined where a program is missing. */
async function make(method, settings, text, corpus, counts) {
  if (WORD2VEC[method] !== undefined) return word2vec(...WORD2VEC[method], settings, text, await corpus());
  const { window, weighting, ...config } = settings;
  const { vocabulary, corpus: entries } = await corpus();
  const how = `${window} ${weighting}`;
  if (!counts.has(how)) counts.set(how, await timed(() => countCooccurrences(entries, { window, weighting, memory: 2 ** 32, random: new RandomStream(1) })));
  const { result: records, processorSeconds: countingSeconds } = counts.get(how);
  const { result: vectors, processorSeconds } = await timed(() => (method === "glove" ? glove(vocabulary, records, config) : pmiSvd(vocabulary, records, config)));
  return { vectors, processorSeconds, countingSeconds, pairs: records.count };
}

async function word2vec(contestant, method, { dimensions, epochs, seed }, text, corpus) {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-vectors-"));
  try {
    const trained = await VECTOR_CONTESTANTS.find(({ id }) => id === contestant).train({ method, text, corpus, folder, dimensions, epochs, threads: 1, seed });
    return trained && { vectors: trained.vectors, processorSeconds: trained.processor };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function glove(vocabulary, records, config) {
  const trainer = new Glove(vocabulary, records, config);
  await trainVectors(trainer);
  return trainer.vectors();
}

async function readCorpus(file) {
  return buildWordCorpus(streamTexts([file]), { tokenise, minimumCount: MINIMUM_COUNT });
}

async function sizes(corpus) {
  const { words, vocabulary } = await corpus();
  return { words, vocabularySize: vocabulary.size, wordsInVocabulary: vocabulary.totalTokens };
}

async function timed(work) {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, processorSeconds: (user + system) / 1e6 };
}

function once(make) {
  let made;
  return () => (made ??= make());
}

function isSame(result, expected) {
  return Object.entries(expected).every(([name, value]) => JSON.stringify(result[name]) === JSON.stringify(value));
}

function report() {
  const files = existsSync(values.out) ? readdirSync(values.out).filter((name) => name.endsWith(".json")) : [];
  const results = files.map((name) => JSON.parse(readFileSync(join(values.out, name), "utf8")));
  if (results.length === 0) fail(`there are no results in ${values.out}`);
  const blocks = resultBlocks(results);
  for (const lines of Object.values(blocks)) console.log(`\n${lines.join("\n")}`);
  if (values.out === RESULTS && existsSync(PAGE)) writeFileSync(PAGE, rewrite(readFileSync(PAGE, "utf8"), blocks));
}

function fail(message) {
  console.error(`vector-results: ${message}`);
  process.exit(2);
}
