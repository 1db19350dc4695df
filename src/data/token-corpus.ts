/** A corpus as word numbers, in memory or on disk, read again and again. */

/** Stands between sentences, and between documents: what windows do not cross. */
export const SENTENCE_END = -1;

/**
 * A corpus as ids of a `WordVocabulary`, sentences ended by `SENTENCE_END`; words outside the vocabulary are left out. Reading is
 * repeatable, and several readers may be under way at once.
 */
export interface TokenCorpus {
  /** Words. */
  readonly tokens: number;
  /** Entries: words and sentence ends. */
  readonly length: number;
  /**
   * Entries in order, in pieces of `length` (the last may be shorter) from entry `from` (default 0) up to entry `to`
   * (default the end). A piece is valid until the next one is asked for.
   */
  chunks(options: { readonly from?: number; readonly to?: number; readonly length: number }): Iterable<Int32Array>;
}

/** A corpus held in memory. */
export class MemoryTokenCorpus implements TokenCorpus {
  readonly tokens: number;
  readonly length: number;
  readonly #entries: Int32Array;

  constructor(entries: Int32Array) {
    this.#entries = entries;
    this.length = entries.length;
    let ends = 0;
    for (let i = 0; i < entries.length; i++) if (entries[i] === SENTENCE_END) ends++;
    this.tokens = entries.length - ends;
  }

  *chunks({ from = 0, to = this.length, length }: { from?: number; to?: number; length: number }): Generator<Int32Array> {
    for (let at = from; at < to; at += length) yield this.#entries.subarray(at, Math.min(at + length, to));
  }
}
