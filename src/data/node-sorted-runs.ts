/** Sorted runs of pairs with their sums, in files of 16 bytes for each: row, column (int32) and sum (float64); and their merging. */
import { closeSync, openSync, readSync } from "node:fs";
import { fileError, WholeFileWriter, type WriteStage } from "./node-whole-file.js";

export const RUN_RECORD_BYTES = 16;
const BUFFERED = 1 << 13;

/** Writes pairs, which must come in order, to a file that appears when it is whole. */
export class RunWriter {
  readonly #writer: WholeFileWriter;
  readonly #keys: Int32Array<ArrayBuffer>;
  readonly #sums: Float64Array;
  #filled = 0;

  constructor(path: string) {
    this.#writer = new WholeFileWriter(path);
    const buffer = new ArrayBuffer(BUFFERED * RUN_RECORD_BYTES);
    this.#keys = new Int32Array(buffer);
    this.#sums = new Float64Array(buffer);
  }

  add(row: number, column: number, sum: number): void {
    const at = this.#filled++;
    this.#keys[4 * at] = row;
    this.#keys[4 * at + 1] = column;
    this.#sums[2 * at + 1] = sum;
    if (this.#filled === BUFFERED) this.#flush();
  }

  /** The number of pairs written. */
  finish(at?: (stage: WriteStage) => void): number {
    this.#flush();
    at?.("half-written");
    this.#writer.finish(at);
    return this.#writer.bytes / RUN_RECORD_BYTES;
  }

  #flush(): void {
    this.#writer.write(new Uint8Array(this.#keys.buffer, 0, this.#filled * RUN_RECORD_BYTES));
    this.#filled = 0;
  }
}

/** Reads a run from its beginning: `row`, `column` and `sum` are those of the pair that it stands at. */
class RunReader {
  row = -1;
  column = -1;
  sum = 0;
  readonly #file: number;
  readonly #bytes: Uint8Array;
  readonly #keys: Int32Array;
  readonly #sums: Float64Array;
  #at = 0;
  #filled = 0;

  constructor(path: string) {
    const buffer = new ArrayBuffer(BUFFERED * RUN_RECORD_BYTES);
    [this.#bytes, this.#keys, this.#sums] = [new Uint8Array(buffer), new Int32Array(buffer), new Float64Array(buffer)];
    try {
      this.#file = openSync(path, "r");
    } catch (error) {
      throw fileError("read", path, error);
    }
  }

  /** Moves to the next pair; false after the last. */
  next(): boolean {
    if (this.#at === this.#filled && !this.#fill()) return false;
    const at = this.#at++;
    this.row = this.#keys[4 * at]!;
    this.column = this.#keys[4 * at + 1]!;
    this.sum = this.#sums[2 * at + 1]!;
    return true;
  }

  close(): void {
    closeSync(this.#file);
  }

  #fill(): boolean {
    const bytes = this.#bytes;
    let filled = 0;
    for (let read = -1; read !== 0 && filled < bytes.length; filled += read) {
      read = readSync(this.#file, bytes, filled, bytes.length - filled, null);
    }
    this.#at = 0;
    this.#filled = filled / RUN_RECORD_BYTES;
    return filled > 0;
  }
}

/** Pairs read between two reports. */
const REPORT_EVERY = 1 << 20;

/**
 * Visits the pairs of all runs in order, each once with the sum of its sums. Gives from time to time how many pairs of the runs it has read.
 * @param columns above all columns
 * @throws StorageError if a run cannot be read
 */
export function* mergeRuns(
  paths: readonly string[],
  columns: number,
  visit: (row: number, column: number, sum: number) => void,
): Generator<number> {
  const readers: RunReader[] = [];
  try {
    for (const path of paths) readers.push(new RunReader(path));
    yield* merge(readers.filter((reader) => reader.next()), columns, visit);
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** @param heap of runs that stand at a pair each; the smallest pair comes to the front */
function* merge(heap: RunReader[], columns: number, visit: (row: number, column: number, sum: number) => void): Generator<number> {
  const key = ({ row, column }: RunReader) => row * columns + column; // exact: numbers of words are far below 2^26
  heap.sort((a, b) => key(a) - key(b));
  const keys = Float64Array.from(heap, key);
  let { length } = heap;
  /** Lets the run at the front, which has moved on, sink to its place. */
  const sink = () => {
    const run = heap[0]!;
    const own = key(run);
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= own) break;
      heap[at] = heap[child]!;
      keys[at] = keys[child]!;
      at = child;
    }
    heap[at] = run;
    keys[at] = own;
  };
  let [read, told] = [0, 0];
  while (length > 0) {
    const { row, column } = heap[0]!;
    const current = keys[0]!;
    let sum = 0;
    while (length > 0 && keys[0] === current) {
      sum += heap[0]!.sum;
      read++;
      if (!heap[0]!.next()) heap[0] = heap[--length]!;
      if (length > 0) sink();
    }
    visit(row, column, sum);
    if (read - told < REPORT_EVERY) continue;
    told = read;
    yield read;
  }
}
