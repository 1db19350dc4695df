/** A map of words: vectors read, laid out, and asked. One Worker holds one set of them, the one it was given last. */
import { RandomStream } from "unrolled";
import {
  mapWords, readVectors, umapProjection, wordsOfMap, type MappedWord, type Neighbour, type WordVectors,
} from "unrolled/systems/vectors";
import { UMAP } from "umap-js";
import type { Service } from "./protocol.js";

export type { MappedWord } from "unrolled/systems/vectors";

export interface MapRequest {
  /** Vectors in any format that `readVectors` knows, gzipped or not; without it, those that come with the Lab. */
  readonly file?: File | undefined;
}

export interface WordMap {
  /** Words that have a vector; those on the map are the first of them. */
  readonly count: number;
  readonly dimensions: number;
  readonly words: readonly MappedWord[];
}

/** A word that answers something. */
export interface FoundWord extends MappedWord, Neighbour {
  /** Else it lies where its nearest words on the map do. */
  readonly onMap: boolean;
}

export interface WordAnswer {
  readonly word: FoundWord;
  readonly neighbours: readonly FoundWord[];
}

/** a - b + c. */
export type Analogy = readonly [a: string, b: string, c: string];

export interface AnalogyAnswer {
  readonly terms: readonly [a: FoundWord, b: FoundWord, c: FoundWord];
  /** Best first. */
  readonly answers: readonly FoundWord[];
}

/** Words on a map: as many as an eye can wander through, and a browser lays out in some seconds. */
const MOST_WORDS = 1500;
const NEIGHBOURS = 12;
const ANSWERS = 5;
/** Words on the map between which a word that is not on it is drawn. */
const HOLDERS = 3;

let held: { readonly vectors: WordVectors; readonly places: ReadonlyMap<string, MappedWord> } | undefined;

/** Reads vectors and lays out the first of their words. Reports how far the layout is, from 0 to 1. */
export const wordMap: Service<MapRequest, WordMap, number> = async ({ file }, { report, signal }) => {
  const vectors = file ? await readFile(file) : await readShipped();
  signal.throwIfAborted();
  const chosen = wordsOfMap(vectors, { count: MOST_WORDS });
  const words = file
    ? await mapWords(vectors, chosen, umapProjection(UMAP, new RandomStream(1).fork("map"), report))
    : await shippedPlaces(chosen);
  held = { vectors, places: new Map(words.map((each) => [each.word, each])) };
  return { count: vectors.words.length, dimensions: vectors.dimensions, words };
};

/** The words whose vectors point most nearly where a word's does. */
export const nearWords: Service<string, WordAnswer> = (wanted) => {
  const { vectors } = open();
  const word = spelling(wanted);
  return { word: found({ word, score: 1 }), neighbours: vectors.nearest(word, { count: NEIGHBOURS }).map(found) };
};

/** What is to c as a is to b. */
export const wordAnalogy: Service<Analogy, AnalogyAnswer> = (wanted) => {
  const { vectors } = open();
  const [a, b, c] = wanted.map(spelling) as [string, string, string];
  const term = (word: string) => found({ word, score: 1 });
  return { terms: [term(a), term(b), term(c)], answers: vectors.analogy([a, c], [b], { count: ANSWERS }).map(found) };
};

function open() {
  if (!held) throw new Error("There are no vectors yet.");
  return held;
}

/** A word as the vectors have it: as it was written, else in small letters. */
function spelling(wanted: string): string {
  const { vectors } = open();
  const word = wanted.trim();
  const small = word.toLowerCase();
  return vectors.idOf(word) === undefined && vectors.idOf(small) !== undefined ? small : word;
}

function found({ word, score }: Neighbour): FoundWord {
  const { vectors, places } = open();
  const place = places.get(word);
  if (place) return { ...place, score, onMap: true };
  const holders = vectors.nearest(word, { count: HOLDERS, among: places.size }).map((each) => places.get(each.word)!);
  const mean = (axis: "x" | "y") => holders.reduce((sum, each) => sum + each[axis], 0) / holders.length;
  return { word, score, x: mean("x"), y: mean("y"), onMap: false };
}

async function readFile(file: File): Promise<WordVectors> {
  const plain = file.name.endsWith(".gz") ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  return readVectors(chunksOf(plain), file.name);
}

/** Not every browser lets a stream be iterated. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

/** scripts/lab-words.mjs makes these. */
async function readShipped(): Promise<WordVectors> {
  const response = await fetched(new URL("../../build/lab-words/vectors.safetensors", import.meta.url));
  return readVectors([new Uint8Array(await response.arrayBuffer())], "the Lab's own vectors");
}

async function shippedPlaces(words: readonly string[]): Promise<MappedWord[]> {
  const response = await fetched(new URL("../../build/lab-words/map.json", import.meta.url));
  const places = (await response.json()) as [number, number][];
  return words.map((word, i) => ({ word, x: places[i]![0], y: places[i]![1] }));
}

async function fetched(address: URL): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The Lab's own words could not be loaded from ${address.pathname}: ${response.status} ${response.statusText}.`);
  return response;
}
