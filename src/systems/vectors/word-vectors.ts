/** Trained word vectors: look-up, neighbours, analogies. */
import { DataError, nearestSpellings } from "../../data/index.js";

export interface Neighbour {
  readonly word: string;
  /** Cosine similarity, -1 to 1; for 3CosMul its own score. */
  readonly score: number;
}

/** A word that has no vector; the message suggests ones that do. */
export class UnknownWordError extends DataError {
  constructor(
    readonly word: string,
    readonly suggestions: readonly string[],
  ) {
    const hint = suggestions.length === 0 ? "" : ` Did you mean ${suggestions.join(", ")}?`;
    super(`There is no vector for ${JSON.stringify(word)}.${hint}`);
  }
}

/** A vector for each of some words. */
export class WordVectors {
  readonly words: readonly string[];
  readonly dimensions: number;
  /** [words, dimensions] */
  readonly values: Float32Array;
  readonly #ids: ReadonlyMap<string, number>;

  /** @param values [words, dimensions], row by row; not copied */
  constructor(words: readonly string[], values: Float32Array, dimensions = values.length / words.length) {
    if (values.length !== words.length * dimensions) {
      throw new DataError(`${words.length} words of ${dimensions} dimensions need ${words.length * dimensions} numbers, got ${values.length}.`);
    }
    this.words = words;
    this.dimensions = dimensions;
    this.values = values;
    // The first of equal words counts, as in gensim.
    const ids = new Map<string, number>();
    for (const [id, word] of words.entries()) if (!ids.has(word)) ids.set(word, id);
    this.#ids = ids;
  }

  idOf(word: string): number | undefined {
    return this.#ids.get(word);
  }

  /** A view of a word's vector. @throws UnknownWordError */
  vector(word: string): Float32Array {
    const id = this.#ids.get(word);
    if (id === undefined) throw new UnknownWordError(word, nearestSpellings(word, this.words));
    return this.values.subarray(id * this.dimensions, (id + 1) * this.dimensions);
  }
}
