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

/** Where a corpus is written to. */
export interface TokenSink {
  /** Adds entries; they are copied. */
  write(entries: Int32Array): void;
  /** The corpus of all that was written. */
  finish(): TokenCorpus;
  /** Removes what was written, finished or not, from wherever it was kept. */
  discard(): void;
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

/** Collects a corpus in memory. */
export class MemoryTokenSink implements TokenSink {
  #entries = new Int32Array(1 << 10);
  #length = 0;

  write(entries: Int32Array): void {
    if (this.#length + entries.length > this.#entries.length) {
      const larger = new Int32Array(Math.max(2 * this.#entries.length, this.#length + entries.length));
      larger.set(this.#entries.subarray(0, this.#length));
      this.#entries = larger;
    }
    this.#entries.set(entries, this.#length);
    this.#length += entries.length;
  }

  finish(): TokenCorpus {
    return new MemoryTokenCorpus(this.#entries.slice(0, this.#length));
  }

  discard(): void {
    this.#entries = new Int32Array(0);
    this.#length = 0;
  }
}

/** Gathers entries one by one and hands them to a sink in large pieces. */
export class TokenWriter {
  readonly #sink: TokenSink;
  readonly #buffer = new Int32Array(1 << 16);
  #filled = 0;

  constructor(sink: TokenSink) {
    this.#sink = sink;
  }

  add(entry: number): void {
    this.#buffer[this.#filled++] = entry;
    if (this.#filled === this.#buffer.length) this.#flush();
  }

  finish(): TokenCorpus {
    this.#flush();
    return this.#sink.finish();
  }

  #flush(): void {
    this.#sink.write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
