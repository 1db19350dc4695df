/** A map of words: which ones, and where they lie when their vectors are flattened to two dimensions. */
import { DataError } from "../../data/index.js";
import type { WordVectors } from "./word-vectors.js";

export interface MapSelection {
  /** Words to have on the map, each with its neighbours; without any, the most frequent words. */
  readonly around?: readonly string[];
  /** Words in all. @default 500 */
  readonly count?: number;
}

/** A place on the map: x to the right and y down, each from 0 to 1. Each is stretched to that: directions on a map mean nothing. */
export interface MappedWord {
  readonly word: string;
  readonly x: number;
  readonly y: number;
}

/** Takes rows of the same length, each of length 1 unless it is all zeros, to points in the plane. */
export type Projection = (rows: readonly (readonly number[])[]) => Promise<readonly (readonly number[])[]>;

/** Fewer have no shape. */
const LEAST = 3;

/**
 * Chooses words: the first ones, or those asked for and around each its nearest, equally many of each.
 * @throws UnknownWordError
 */
export function wordsOfMap(vectors: WordVectors, { around = [], count = 500 }: MapSelection = {}): string[] {
  if (around.length === 0) return vectors.words.slice(0, count);
  const chosen = new Set(around);
  const lists = around.map((word) => vectors.nearest(word, { count }).map((neighbour) => neighbour.word));
  for (let rank = 0; rank < count && chosen.size < count; rank++) {
    for (const list of lists) if (list[rank] !== undefined && chosen.size < count) chosen.add(list[rank]!);
  }
  return [...chosen];
}

/**
 * Where words lie on a map of their directions.
 * @throws UnknownWordError; DataError for fewer than three words
 */
export async function mapWords(vectors: WordVectors, words: readonly string[], project: Projection): Promise<MappedWord[]> {
  if (words.length < LEAST) throw new DataError(`A map needs at least ${LEAST} words, got ${words.length}.`);
  const rows = words.map((word) => {
    const vector = vectors.vector(word);
    const length = Math.hypot(...vector);
    return Array.from(vector, (value) => (length > 0 ? value / length : 0));
  });
  const points = await project(rows);
  const along = (axis: 0 | 1) => {
    const values = points.map((point) => point[axis]!);
    const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
    return values.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
  };
  const [x, y] = [along(0), along(1)];
  return words.map((word, i) => ({ word, x: x[i]!, y: y[i]! }));
}
