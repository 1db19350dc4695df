/**
 * Whether files of word vectors mean the same here and in gensim: vectors are trained here, written in every format, read by gensim, and its neighbours
 * and analogies compared with ours; then the other way round. Fails if they differ.
 *
 *     node bench/vectors-interchange.mjs [--corpus FILE] [--words 200] [--dimensions 50]
 *
 * Without --corpus, a text with a sentence on each line, the text is Moby Dick. gensim is Debian's python3-gensim.
 */
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { buildWordCorpus, createTokeniser } from "../dist/data/index.js";
import { readMobyDick } from "../dist/data/node-moby-dick.js";
import { VECTOR_FORMATS, writeVectors } from "../dist/systems/vectors/index.js";
import { RandomStream } from "../dist/tensor/index.js";
import { askGensim, readFileOfVectors, VECTOR_CONTESTANTS } from "./vectors-peers.mjs";

const { values } = parseArgs({ options: { corpus: { type: "string" }, words: { type: "string" }, dimensions: { type: "string" } } });
const [asked, dimensions] = [Number(values.words ?? 200), Number(values.dimensions ?? 50)];
const NEIGHBOURS = 10;
/** Cosines are sums of float32 products in another order. */
const TOLERANCE = 2e-6;

const folder = mkdtempSync(join(tmpdir(), "unrolled-interchange-"));
let failures = 0;
try {
  const text = values.corpus ?? mobyDick(join(folder, "text.txt"));
  const corpus = await buildWordCorpus([{ name: "text", pieces: lines(text) }], { tokenise: (line) => [line.split(" ").filter(Boolean)] });
  const task = { method: "skipgram", text, corpus, folder, dimensions, epochs: 2, threads: 1, seed: 1 };
  const contestant = (id) => VECTOR_CONTESTANTS.find((each) => each.id === id).train(task);
  console.log(`${corpus.words} words, ${corpus.vocabulary.size} vectors of ${dimensions} dimensions; ${asked} words and as many analogies are asked about`);

  const ours = (await contestant("native").catch(() => contestant("wasm"))).vectors;
  console.log("written here, read by gensim");
  for (const format of VECTOR_FORMATS) {
    const bytes = Buffer.concat([...writeVectors(ours, format)]);
    const path = join(folder, `ours.${format}`);
    writeFileSync(path, bytes);
    compare(format, ours, path, format);
    if (format === "safetensors") continue;
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 1 }));
    compare(`${format}, gzipped`, ours, `${path}.gz`, format);
  }

  const theirs = await contestant("gensim");
  if (theirs === undefined) throw new Error("gensim is not installed: apt-get install python3-gensim");
  const source = join(folder, "theirs");
  writeFileSync(source, Buffer.concat([...writeVectors(theirs.vectors, "word2vec-binary")]));
  askGensim("convert", { path: source, format: "word2vec-binary", out: source });
  console.log("trained and written by gensim, read here");
  for (const [ending, format] of [[".vec", "word2vec"], [".bin", "word2vec-binary"], [".txt", "glove"]]) {
    compare(format, await readFileOfVectors(source + ending), source + ending, format);
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(failures > 0 ? 1 : 0);

/** Asks gensim about a file, and our vectors the same. */
function compare(name, vectors, path, format) {
  const random = new RandomStream(1);
  const draw = () => vectors.words[random.integer(vectors.words.length)];
  const words = Array.from({ length: asked }, draw);
  const analogies = Array.from({ length: asked }, () => [draw(), draw(), draw()]).filter((three) => new Set(three).size === 3);
  const there = askGensim("neighbours", { path, format, words, analogies, count: NEIGHBOURS });
  if (there === undefined) throw new Error("gensim is not installed: apt-get install python3-gensim");
  const pairs = [
    ...words.map((word) => [vectors.nearest(word, { count: NEIGHBOURS }), there.neighbours[word]]),
    ...analogies.map(([a, b, c], i) => [vectors.analogy([b, c], [a], { count: NEIGHBOURS }), there.analogies[i]]),
  ];
  let [same, largest] = [0, 0];
  for (const [here, others] of pairs) {
    const apart = Math.max(...here.map(({ score }, i) => Math.abs(score - others[i][1])));
    largest = Math.max(largest, apart);
    // Words whose scores are as good as equal may stand in another order.
    if (apart <= TOLERANCE && here.every(({ word, score }, i) => word === others[i][0] || others.some(([other, value]) => other === word && Math.abs(value - score) <= TOLERANCE) || i === NEIGHBOURS - 1)) same++;
  }
  const complete = there.words === vectors.words.length && there.dimensions === vectors.dimensions;
  if (same < pairs.length || !complete) failures++;
  const verdict = same === pairs.length && complete ? "the same" : "DIFFERENT";
  console.log(
    `  ${name.padEnd(26)} ${(statSync(path).size / 1e6).toFixed(1).padStart(6)} MB  ${verdict}: ${same} of ${pairs.length} lists of ${NEIGHBOURS}, cosines within ${largest.toExponential(0)}`,
  );
}

function mobyDick(path) {
  const tokenise = createTokeniser();
  const decoder = new TextDecoder();
  writeFileSync(path, readMobyDick().flatMap(({ bytes }) => [...tokenise(decoder.decode(bytes))].map((sentence) => `${sentence.join(" ")}\n`)).join(""));
  return path;
}

async function* lines(path) {
  for await (const line of createInterface({ input: createReadStream(path) })) yield line;
}
