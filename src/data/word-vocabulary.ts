/** The words of a corpus with their counts, the most frequent first: what word vectors are trained for. */
import { DataError } from "./errors.js";
import { nearestSpellings } from "./spelling.js";

/** Words numbered by falling frequency. Unlike `Vocabulary` it has no token for the unknown: other words are left out. */
export class WordVocabulary {
  /** Word `id`, the most frequent at 0. */
  readonly words: readonly string[];
  /** How often each word occurs in the corpus, [words], never rising. */
  readonly counts: Float64Array;
  /** Occurrences of all these words together. */
  readonly totalTokens: number;
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws DataError if there are no words, a word occurs twice, or counts rise */
  constructor(words: readonly string[], counts: Float64Array | readonly number[]) {
    if (words.length === 0) throw new DataError("A vocabulary needs at least one word.");
    if (words.length !== counts.length) throw new DataError(`${words.length} words need as many counts, got ${counts.length}.`);
    this.words = words;
    this.counts = Float64Array.from(counts);
    this.totalTokens = this.counts.reduce((sum, count) => sum + count, 0);
    this.#ids = new Map(words.map((word, id) => [word, id]));
    if (this.#ids.size === words.length) return;
    const twice = words.find((word, id) => this.#ids.get(word) !== id);
    throw new DataError(`The word ${JSON.stringify(twice)} is in the vocabulary twice.`);
  }

  get size(): number {
    return this.words.length;
  }

  /** The number of a word, or undefined for one that is not here. */
  idOf(word: string): number | undefined {
    return this.#ids.get(word);
  }

  /** Known words spelt almost like this one, the closest first. */
  suggest(word: string, count = 3): string[] {
    return nearestSpellings(word, this.words, count);
  }
}
