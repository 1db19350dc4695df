/** How often words stand near each other: the counts that GloVe and PMI-SVD are made from. */
import type { RandomStream } from "../tensor/index.js";
import { PairTable } from "./pair-table.js";
import { SENTENCE_END, type TokenCorpus } from "./token-corpus.js";
import { UniformDraws } from "./uniform-draws.js";

/** A piece of records: X[rows[i], columns[i]] = values[i]. */
export interface CooccurrenceChunk {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** The entries above zero of a co-occurrence matrix, each once, in shuffled order; in memory or on disk. Reading is repeatable. */
export interface CooccurrenceRecords {
  readonly count: number;
  /**
   * Records in their shuffled order, in pieces of `length` (the last may be shorter) from record `from` (default 0) on. A piece is valid
   * until the next one is asked for.
   */
  chunks(options: { readonly from?: number; readonly length: number }): Iterable<CooccurrenceChunk>;
}

export const WINDOW_WEIGHTINGS = ["inverse", "linear", "flat"] as const;
/**
 * What two words at a distance d within a window of w add: 1/d (GloVe), (w - d + 1)/w (how often word2vec's windows of random
 * width hold the pair), or 1.
 */
export type WindowWeighting = (typeof WINDOW_WEIGHTINGS)[number];

export interface CooccurrenceOptions {
  /** Words to each side. @default 10 */
  readonly window?: number;
  /** Count both neighbours; else X[i, j] counts j after i only. @default true */
  readonly symmetric?: boolean;
  /** @default "inverse" */
  readonly weighting?: WindowWeighting;
  /** Bytes to work in, about. In memory, the limit beyond which counting stops with an error. @default 1 GiB */
  readonly memory?: number;
}

export const COOCCURRENCE_DEFAULTS = { window: 10, symmetric: true, weighting: "inverse", memory: 2 ** 30 } as const;

/** Far less than the room that a table has when it begins to count as full. */
const BATCH = 1 << 11;
const SMALLEST_MEMORY = 2 ** 18;
/** 32 MiB of sums: with more, the caches miss more than searches cost. */
const LARGEST_SIDE = 2048;

/**
 * Sums up pairs within windows that do not cross sentence ends (Pennington, Socher & Manning 2014). Distances are counted over the
 * words of the corpus alone, as if others were not there.
 *
 * Sums are kept in multiples of the smallest common unit (of 1, 1/2, …, 1/w for "inverse"), so they are exact whole numbers: the
 * result does not depend on where counting was interrupted, spilled or merged. A symmetric count keeps each pair once, the
 * smaller number first.
 */
export class CooccurrenceCounter {
  readonly #table: PairTable;
  /** Sums of the pairs of frequent words, numbers below `#side`: [side, side]. More than half of all pairs, found without a search. */
  readonly #frequent: Float64Array;
  readonly #side: number;
  /** Multiples of the unit at distance d. */
  readonly #weights: Float64Array;
  readonly #window: number;
  readonly #symmetric: boolean;
  /** Pairs on their way to the table. */
  readonly #rows = new Int32Array(BATCH);
  readonly #columns = new Int32Array(BATCH);
  readonly #amounts = new Float64Array(BATCH);

  constructor(options: CooccurrenceOptions = {}) {
    const { window, symmetric, weighting, memory } = { ...COOCCURRENCE_DEFAULTS, ...options };
    if (!(Number.isInteger(window) && window >= 1)) throw new RangeError(`co-occurrence: window: expected a whole number from 1 on, got ${window}`);
    if (window >= BATCH) throw new RangeError(`co-occurrence: window: expected at most ${BATCH - 1}, got ${window}`);
    this.#window = window;
    this.#symmetric = symmetric;
    const { unitsPerOne } = new PairExpansion(options);
    const weight = { inverse: (d: number) => Math.round(unitsPerOne / d), linear: (d: number) => window - d + 1, flat: () => 1 }[weighting];
    this.#weights = Float64Array.from({ length: window + 1 }, (_, d) => (d === 0 ? 0 : weight(d)));
    const bytes = Math.max(SMALLEST_MEMORY, memory);
    this.#side = Math.min(LARGEST_SIDE, Math.floor(Math.sqrt(bytes / 8 / 8)));
    this.#frequent = new Float64Array(this.#side ** 2);
    this.#table = new PairTable(bytes / 2); // which takes half as much again while it grows or is sorted
  }

  /** Whether what was counted must be taken out and cleared before more is counted. */
  get isFull(): boolean {
    return this.#table.isFull;
  }

  /** Different pairs counted. */
  get pairs(): number {
    let pairs = this.#table.size;
    for (const sum of this.#frequent) if (sum > 0) pairs++;
    return pairs;
  }

  clear(): void {
    this.#table.clear();
    this.#frequent.fill(0);
  }

  /** The pairs and their sums in units, in order of rows, and of columns within a row. @param words above all word numbers */
  forEachSorted(words: number, visit: (row: number, column: number, sum: number) => void): void {
    let rows = 0; // of the square that have been visited
    const visitFrequent = (end: number) => {
      for (; rows < Math.min(end, this.#side); rows++) {
        for (let column = 0; column < this.#side; column++) {
          const sum = this.#frequent[rows * this.#side + column]!;
          if (sum > 0) visit(rows, column, sum);
        }
      }
    };
    this.#table.forEachSorted(words, (row, column, sum) => {
      if (row >= rows) visitFrequent(row + 1); // the table's columns come after all of the square's
      visit(row, column, sum);
    });
    visitFrequent(this.#side);
  }

  /**
   * Counts the words at entries `from` to `to` of the corpus, each with what stands before it, until the table is full; gives the entry
   * to go on from.
   */
  count(corpus: TokenCorpus, from: number, to: number): number {
    const table = this.#table;
    const frequent = this.#frequent;
    const side = this.#side;
    const window = this.#window;
    const symmetric = this.#symmetric;
    const weights = this.#weights;
    const [rows, columns, amounts] = [this.#rows, this.#columns, this.#amounts];
    const start = Math.max(0, from - window);
    for (const entries of corpus.chunks({ from: start, to, length: to - start })) {
      let pairs = 0;
      for (let at = from - start; at < entries.length; at++) {
        const word = entries[at]!;
        if (word === SENTENCE_END) continue;
        const first = Math.max(0, at - window);
        for (let before = at - 1; before >= first; before--) {
          const other = entries[before]!;
          if (other === SENTENCE_END) break;
          const swapped = symmetric && word < other;
          const row = swapped ? word : other;
          const column = swapped ? other : word;
          if (row < side && column < side) {
            frequent[row * side + column]! += weights[at - before]!;
            continue;
          }
          rows[pairs] = row;
          columns[pairs] = column;
          amounts[pairs++] = weights[at - before]!;
        }
        if (pairs + window < rows.length) continue;
        table.addAll(rows, columns, amounts, pairs);
        pairs = 0;
        if (table.isFull) return start + at + 1;
      }
      table.addAll(rows, columns, amounts, pairs);
    }
    return to;
  }
}

/** What the sum of a counted pair stands for: one entry of the matrix, or two. */
export class PairExpansion {
  /** How many units make 1. */
  readonly unitsPerOne: number;
  readonly #symmetric: boolean;

  constructor(options: CooccurrenceOptions = {}) {
    const { window, symmetric, weighting } = { ...COOCCURRENCE_DEFAULTS, ...options };
    this.unitsPerOne = weighting === "inverse" ? commonMultiple(window) : weighting === "linear" ? window : 1;
    this.#symmetric = symmetric;
  }

  expand(row: number, column: number, sum: number, emit: (row: number, column: number, value: number) => void): void {
    const value = sum / this.unitsPerOne;
    if (!this.#symmetric) return emit(row, column, value);
    if (row === column) return emit(row, column, 2 * value); // once as i, j and once as j, i
    emit(row, column, value);
    emit(column, row, value);
  }

  /** Entries of the matrix that so many pairs stand for at most. */
  count(pairs: number): number {
    return this.#symmetric ? 2 * pairs : pairs;
  }
}

/** The least common multiple of 1 … n; 2^32 where that is larger (n above 22), which makes 1/d exact to ten digits. */
function commonMultiple(n: number): number {
  let multiple = 1;
  for (let d = 2; d <= n && multiple <= 2 ** 32; d++) {
    let [a, b] = [multiple, d];
    while (b > 0) [a, b] = [b, a % b];
    multiple = (multiple / a) * d;
  }
  return Math.min(multiple, 2 ** 32);
}

/** Records in one array, 12 bytes each: row, column and, in the same bytes as floats, the value. */
export class RecordBuffer {
  readonly integers: Int32Array<ArrayBuffer>;
  readonly floats: Float32Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(12 * capacity);
    this.integers = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
  }

  get capacity(): number {
    return this.integers.length / 3;
  }

  add(row: number, column: number, value: number): void {
    const at = 3 * this.length++;
    this.integers[at] = row;
    this.integers[at + 1] = column;
    this.floats[at + 2] = value;
  }

  /** The bytes of the records held. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.integers.buffer, 0, 12 * this.length);
  }

  /** Fisher and Yates. */
  shuffle(random: RandomStream): void {
    const { integers } = this;
    const draws = new UniformDraws(random);
    for (let i = this.length - 1; i > 0; i--) {
      const [a, b] = [3 * i, 3 * draws.integer(i + 1)];
      for (let k = 0; k < 3; k++) {
        const kept = integers[a + k]!;
        integers[a + k] = integers[b + k]!;
        integers[b + k] = kept;
      }
    }
  }

  /** `count` records from record `from` on, as three arrays. */
  slice(from: number, count: number): CooccurrenceChunk {
    const [rows, columns, values] = [new Int32Array(count), new Int32Array(count), new Float32Array(count)];
    for (let i = 0, at = 3 * from; i < count; i++, at += 3) {
      rows[i] = this.integers[at]!;
      columns[i] = this.integers[at + 1]!;
      values[i] = this.floats[at + 2]!;
    }
    return { rows, columns, values };
  }
}

/** Co-occurrences held in memory. */
export class MemoryCooccurrence implements CooccurrenceRecords {
  readonly count: number;
  readonly #records: RecordBuffer;

  constructor(records: RecordBuffer) {
    this.count = records.length;
    this.#records = records;
  }

  *chunks({ from = 0, length }: { from?: number; length: number }): Generator<CooccurrenceChunk> {
    for (let at = from; at < this.count; at += length) yield this.#records.slice(at, Math.min(length, this.count - at));
  }
}

/**
 * Counts in memory.
 * @param random shuffles the records
 * @throws RangeError when the pairs need more than `memory`: count on disk then
 */
export function countCooccurrences(corpus: TokenCorpus, options: CooccurrenceOptions & { readonly random: RandomStream }): MemoryCooccurrence {
  const counter = new CooccurrenceCounter(options);
  const block = 1 << 20;
  for (let at = 0; at < corpus.length; ) {
    const end = Math.min(at + block, corpus.length);
    at = counter.count(corpus, at, end);
    if (at < end) {
      const { memory = COOCCURRENCE_DEFAULTS.memory } = options;
      throw new RangeError(`co-occurrence: more than ${counter.pairs} pairs do not fit into ${memory} bytes: allow more memory, or count on disk`);
    }
  }
  const expansion = new PairExpansion(options);
  const records = new RecordBuffer(expansion.count(counter.pairs));
  // In order first: what the shuffle gives then depends on the counts alone.
  const add = (row: number, column: number, value: number) => records.add(row, column, value);
  counter.forEachSorted(largest(corpus) + 1, (row, column, sum) => expansion.expand(row, column, sum, add));
  records.shuffle(options.random);
  return new MemoryCooccurrence(records);
}

/** The largest word number of a corpus, -1 if it is empty. */
export function largest(corpus: TokenCorpus): number {
  let most = -1;
  for (const entries of corpus.chunks({ length: 1 << 16 })) for (const entry of entries) if (entry > most) most = entry;
  return most;
}
