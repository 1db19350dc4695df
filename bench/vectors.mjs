/**
 * Words per second of skip-gram and CBOW beside gensim and fastText (Debian: python3-gensim, fasttext), where they are installed: the same
 * text, dimensions, window, negatives, subsampling and threads, in turns.
 *
 *     node bench/vectors.mjs [--words 500000] [--vocabulary 90000] [--dimensions 100] [--threads 1] [--rounds 3]
 *
 * The text is drawn from a Zipf law: it measures speed, not quality.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadBackend } from "../dist/backend/index.js";
import { buildWordCorpus } from "../dist/data/index.js";
import { Word2vec } from "../dist/systems/vectors/index.js";
import { RandomStream, setDefaultBackend } from "../dist/tensor/index.js";

const { values } = parseArgs({
  options: Object.fromEntries(["words", "vocabulary", "dimensions", "threads", "rounds"].map((name) => [name, { type: "string" }])),
});
const setting = (name, fallback) => Number(values[name] ?? fallback);
const [words, vocabularySize, dimensions] = [setting("words", 500_000), setting("vocabulary", 90_000), setting("dimensions", 100)];
const [threads, rounds] = [setting("threads", 1), setting("rounds", 3)];

const folder = mkdtempSync(join(tmpdir(), "unrolled-vectors-"));
const file = join(folder, "text.txt");
const text = zipfText(words, vocabularySize);
writeFileSync(file, text);

const GENSIM = `
import sys, resource
from gensim.models import Word2Vec
path, sg, size, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
m = Word2Vec(vector_size=size, window=5, negative=5, min_count=5, sg=sg, sample=1e-3, workers=threads)
m.build_vocab(corpus_file=path)
import time
a, t = resource.getrusage(resource.RUSAGE_SELF), time.time()
_, raw = m.train(corpus_file=path, total_words=m.corpus_total_words, total_examples=m.corpus_count, epochs=1)
b = resource.getrusage(resource.RUSAGE_SELF)
print(raw / (time.time() - t), raw / (b.ru_utime - a.ru_utime + b.ru_stime - a.ru_stime))
`;

function gensim(method) {
  const args = ["-c", GENSIM, file, method === "skipgram" ? "1" : "0", String(dimensions), String(threads)];
  const { status, stdout } = spawnSync("/usr/bin/python3", args, { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [wall, cpu] = stdout.trim().split(" ").map(Number);
  return { wall, cpu };
}

/** fastText tells its own speed: words per second and thread. */
function fasttext(method) {
  const options = `-ws 5 -neg 5 -minCount 5 -minn 0 -maxn 0 -bucket 1 -epoch 1 -t 1e-3 -dim ${dimensions} -thread ${threads}`.split(" ");
  const { status, stderr, stdout } = spawnSync("fasttext", [method, "-input", file, "-output", join(folder, "ft"), ...options], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const perThread = [...`${stderr}${stdout}`.matchAll(/words\/sec\/thread:\s*(\d+)/g)].at(-1);
  return perThread === undefined ? undefined : { wall: threads * Number(perThread[1]), cpu: Number(perThread[1]) };
}

async function unrolled(method, backend, corpus) {
  setDefaultBackend(await loadBackend({ backend, threads: backend === "wasm" ? 1 : threads }));
  const trainer = new Word2vec(corpus.vocabulary, corpus.corpus, { method, dimensions, epochs: 1 });
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let read = 0;
  for (let i = 0; i < trainer.steps; i++) read += (await trainer.step(i)).examples;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (1000 * read) / (performance.now() - began), cpu: (1e6 * read) / (user + system) };
}

function zipfText(count, types) {
  const random = new RandomStream(1);
  const total = Math.log(types + 1);
  const pieces = [];
  for (let i = 0; i < count; i++) pieces.push(`w${Math.floor(Math.exp(random.next() * total))}`, i % 20 === 19 ? "\n" : " ");
  return pieces.join("");
}

try {
  const corpus = await buildWordCorpus([{ name: "zipf", pieces: [text] }], { tokenise: (piece) => piece.split("\n").map((line) => line.split(" ").filter(Boolean)) });
  console.log(`${words} words, ${corpus.vocabulary.size} of them in the vocabulary, ${dimensions} dimensions, threads: ${threads} (WebAssembly: 1)`);
  for (const method of ["skipgram", "cbow"]) {
    const contestants = {
      "Unrolled, native": () => unrolled(method, "native", corpus),
      "Unrolled, WebAssembly": () => unrolled(method, "wasm", corpus),
      gensim: () => gensim(method),
      fastText: () => fasttext(method),
    };
    const speeds = new Map(Object.keys(contestants).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, run] of Object.entries(contestants)) {
        const speed = await run();
        if (speed !== undefined) speeds.get(name).push(speed);
      }
    }
    for (const [name, measured] of speeds) {
      const median = (key) => measured.map((speed) => speed[key]).sort((a, b) => a - b)[measured.length >> 1];
      const told = measured.length === 0 ? "not installed" : `${Math.round(median("wall") / 1000)} k words/s, ${Math.round(median("cpu") / 1000)} k per second of processor time`;
      console.log(`${method.padEnd(9)} ${name.padEnd(22)} ${told}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
