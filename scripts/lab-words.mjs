/**
 * The vectors that come with the Lab's page of words: trained on the packaged Moby Dick by the built command line, the most frequent words
 * only, with their places on the map. About two seconds; with one thread, so always the same.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runUnrolled } from "./run-unrolled.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where lab/library/words.ts takes them from. */
const FOLDER = join(ROOT, "build/lab-words");
const [VECTORS, MAP] = ["vectors.safetensors", "map.json"].map((name) => join(FOLDER, name));
export const LAB_WORDS = [VECTORS, MAP];

const COUNT = 1500;
const DIMENSIONS = 50;
const SEED = 1;

/** Writes them; the library must have been built. */
export async function makeLabWords() {
  const built = (file) => import(pathToFileURL(join(ROOT, "dist", file)).href);
  const [{ loadBackend, RandomStream, setDefaultBackend }, vectorsRoom, { umap }] = await Promise.all(
    ["index.js", "systems/vectors/index.js", "cli/umap.js"].map(built),
  );
  const { mapWords, readVectors, WordVectors, wordsOfMap, writeVectors } = vectorsRoom;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const [run, all] = [join(FOLDER, "run"), join(FOLDER, "all.safetensors")];
  runUnrolled(["train", "vectors", "--dimensions", String(DIMENSIONS), "--threads", "1", "--seed", String(SEED), "--out", run, "--json"]);
  runUnrolled(["export", run, "--out", all, "--json"]);
  const { words, values } = await readVectors([readFileSync(all)]);
  const vectors = new WordVectors(words.slice(0, COUNT), values.slice(0, COUNT * DIMENSIONS), DIMENSIONS);
  setDefaultBackend(await loadBackend());
  const map = await mapWords(vectors, wordsOfMap(vectors, { count: COUNT }), await umap(new RandomStream(SEED).fork("map"), () => {}));
  const places = map.map(({ x, y }) => [x, y].map((value) => Number(value.toFixed(4))));
  writeFileSync(VECTORS, Buffer.concat([...writeVectors(vectors, "safetensors")]));
  writeFileSync(MAP, JSON.stringify(places));
  rmSync(run, { recursive: true });
  rmSync(all);
}
