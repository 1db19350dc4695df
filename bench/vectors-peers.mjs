/** Who trains word vectors in the benchmarks: Unrolled, gensim, fastText. Each trains on a file of a sentence per line and gives its vectors. */
import { spawnSync } from "node:child_process";
import { createReadStream, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadBackend } from "../dist/backend/index.js";
import { readVectors, trainVectors, Word2vec } from "../dist/systems/vectors/index.js";
import { setDefaultBackend } from "../dist/tensor/index.js";

const PYTHON = "/usr/bin/python3";
const PEERS = fileURLToPath(new URL("vectors_peers.py", import.meta.url));

/**
 * @typedef {object} VectorTask
 * @property {"skipgram" | "cbow"} method
 * @property {string} text a file: a sentence on each line, words parted by spaces
 * @property {{ vocabulary: object, corpus: object }} corpus the same, read; words that occur less than 5 times left out
 * @property {string} folder for files on the way
 * @property {Partial<import("../dist/systems/vectors/index.js").Word2vecConfig>} [ours] settings that only Unrolled has
 * @property {number} dimensions @property {number} epochs @property {number} threads @property {number} seed
 *
 * @typedef {object} VectorTraining
 * @property {number} seconds training only, not reading or counting
 * @property {number} processor seconds of processor time, of all threads
 * @property {import("../dist/systems/vectors/index.js").WordVectors} vectors
 */

/** What all have in common; the learning rates are the usual ones: 0.025, for CBOW 0.05. */
const COMMON = { window: 5, negatives: 5 };
const learningRate = (method) => (method === "cbow" ? 0.05 : 0.025);

/** @type {{ id: string, label: string, train: (task: VectorTask) => Promise<VectorTraining | undefined> }[]} undefined: not installed */
export const VECTOR_CONTESTANTS = [
  { id: "native", label: "Unrolled, native", train: (task) => unrolled("native", task) },
  { id: "wasm", label: "Unrolled, WebAssembly, 1 thread", train: (task) => unrolled("wasm", { ...task, threads: 1 }) },
  { id: "gensim", label: "gensim", train: gensim },
  { id: "fasttext", label: "fastText", train: fasttext },
];

/** Loaded once: a WebAssembly engine compiles what is hot for a while, which is no part of training's speed. */
const backends = new Map();

async function unrolled(backend, { method, corpus, dimensions, epochs, threads, seed, ours = {} }) {
  const key = `${backend} ${threads}`;
  if (!backends.has(key)) backends.set(key, await loadBackend({ backend, threads }));
  setDefaultBackend(backends.get(key));
  const trainer = new Word2vec(corpus.vocabulary, corpus.corpus, { ...COMMON, method, dimensions, epochs, seed, lr: learningRate(method), ...ours });
  const [began, before] = [performance.now(), process.cpuUsage()];
  await trainVectors(trainer);
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6, vectors: await trainer.vectors() };
}

async function gensim({ method, text, folder, dimensions, epochs, threads, seed }) {
  const out = join(folder, "gensim.bin");
  const done = askGensim("train", { ...COMMON, method, text, out, dimensions, epochs, threads, seed, lr: learningRate(method) });
  if (done === undefined) return undefined;
  const vectors = await readFileOfVectors(out);
  rmSync(out);
  return { seconds: done.seconds, processor: done.processor, vectors };
}

/** @returns {object | undefined} its answer, or nothing where it is not installed */
export function askGensim(request, options) {
  const { status, stdout, stderr } = spawnSync(PYTHON, [PEERS, request, JSON.stringify(options)], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status === 0) return JSON.parse(stdout);
  if (status === null || /No module named/.test(stderr)) return undefined;
  throw new Error(`gensim: ${request}: ${stderr.trim().split("\n").at(-1)}`);
}

/**
 * fastText tells words per second and thread at its end, line ends counted as words. Of its processor time that of a run that next to trains nothing,
 * but reads the dictionary twice as every run does, is taken off.
 */
async function fasttext(task) {
  const { corpus, folder, dimensions, epochs, threads } = task;
  // First: both write the same file.
  const nothing = runFasttext(task, { dimensions: 1, epochs: 1, window: 1, negatives: 1 });
  if (nothing === undefined) return undefined;
  const run = runFasttext(task, { dimensions, epochs, ...COMMON });
  const vectors = await readFileOfVectors(join(folder, "fasttext.vec"));
  for (const ending of [".vec", ".bin"]) rmSync(join(folder, `fasttext${ending}`));
  const words = epochs * corpus.corpus.length;
  return { seconds: words / (run.perThread * threads), processor: Math.max(run.processor - nothing.processor, 0), vectors: withoutLineEnd(vectors) };
}

function runFasttext({ method, text, folder, threads, seed }, { dimensions, epochs, window, negatives }) {
  const options = { input: text, output: join(folder, "fasttext"), dim: dimensions, ws: window, neg: negatives, epoch: epochs, thread: threads, seed, lr: learningRate(method), minCount: 5, minn: 0, maxn: 0, bucket: 1, t: 1e-3 };
  const args = [method, ...Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)])];
  const { status, stderr, stdout } = spawnSync("bash", ["-c", 'TIMEFORMAT="processor %U %S"; time "$@"', "time", "fasttext", ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
  const output = `${stderr}${stdout}`;
  const perThread = [...output.matchAll(/words\/sec\/thread:\s*(\d+)/g)].at(-1);
  const used = /processor ([\d.]+) ([\d.]+)/.exec(output);
  if (status !== 0 || perThread === undefined || used === null) return undefined;
  return { perThread: Number(perThread[1]), processor: Number(used[1]) + Number(used[2]) };
}

/** fastText has a vector for the end of a line, which the others do not. */
function withoutLineEnd(vectors) {
  const at = vectors.words.indexOf("</s>");
  if (at < 0) return vectors;
  const { dimensions, values, words } = vectors;
  const rest = new Float32Array(values.length - dimensions);
  rest.set(values.subarray(0, at * dimensions));
  rest.set(values.subarray((at + 1) * dimensions), at * dimensions);
  return new vectors.constructor(words.toSpliced(at, 1), rest, dimensions);
}

/** @param {string} path */
export function readFileOfVectors(path) {
  return readVectors(createReadStream(path), path);
}
