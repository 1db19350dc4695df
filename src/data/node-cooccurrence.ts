/**
 * Co-occurrence counts in a folder, for corpora whose pairs do not fit into memory, with work that a kill does not undo:
 *
 *     progress.json     how far it is; replaced as a whole after each step
 *     pairs-N.run       pairs counted before entry N's successor, sorted by row and column: 16 bytes each
 *     part-N.unshuffled   records on the way: 12 bytes each (row, column, value)
 *     part-N.records    the same, shuffled: all parts in order are the result
 *
 * Counting spills the sums to a run whenever memory is full. The runs are then merged; each record goes to a part chosen at random, and
 * the parts, small enough for memory, are shuffled one by one: together a uniformly random order.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RandomStream } from "../tensor/index.js";
import { StorageError } from "../train/storage.js";
import { jsonBytes, parseJson } from "../train/json.js";
import {
  COOCCURRENCE_DEFAULTS, CooccurrenceCounter, largest, PairExpansion, RecordBuffer,
  type CooccurrenceChunk, type CooccurrenceOptions, type CooccurrenceRecords,
} from "./cooccurrence.js";
import { DataError } from "./errors.js";
import { mergeRuns, RunWriter } from "./node-sorted-runs.js";
import { readExactly } from "./node-token-corpus.js";
import { fileError, removeIfThere, WholeFileWriter, writeWholeFile, type WriteStage } from "./node-whole-file.js";
import type { TokenCorpus } from "./token-corpus.js";
import { UniformDraws } from "./uniform-draws.js";

const FORMAT = 1;
const PROGRESS = "progress.json";
const RECORD_BYTES = 12;

export interface DiskCooccurrenceOptions extends CooccurrenceOptions {
  /** Divides and shuffles the records. Going on after a kill takes a stream of the same seed. */
  readonly random: RandomStream;
  readonly onProgress?: (progress: CooccurrenceProgress) => void;
  /** Stops soon after it fires; what was counted is kept. */
  readonly signal?: AbortSignal;
  /** Called at moments at which a test may kill the process. */
  readonly at?: (stage: WriteStage | "counted" | "merged" | "shuffled") => void;
}

export interface CooccurrenceProgress {
  readonly stage: "counting" | "merging" | "shuffling";
  /** 0 to 1, of this stage. */
  readonly done: number;
}

interface Progress {
  readonly format: number;
  /** What is counted, and how. */
  readonly of: Readonly<Record<string, string | number | boolean>>;
  readonly stage: "counting" | "shuffling" | "done";
  /** Entries of the corpus that are in runs. */
  readonly position: number;
  /** Pairs in each run. */
  readonly runs: readonly number[];
  /** Records in each part. */
  readonly parts: readonly number[];
}

/**
 * Counts the co-occurrences of a corpus in a folder, or goes on where an earlier call was stopped; what is complete is opened at once. The
 * records are the same as those of `countCooccurrences`, in another order, and do not depend on where it was stopped. The event loop turns
 * meanwhile.
 *
 * @throws StorageError when the disk is full: what was counted before stays, and the same call goes on from there.
 * @throws DataError if the folder holds counts of another corpus, or made with other options; what `signal` was aborted with
 */
export async function countCooccurrencesOnDisk(
  corpus: TokenCorpus,
  folder: string,
  options: DiskCooccurrenceOptions,
): Promise<FileCooccurrence> {
  const { memory, ...settings } = { ...COOCCURRENCE_DEFAULTS, ...options };
  const { seed } = options.random.state();
  const of = {
    window: settings.window, symmetric: settings.symmetric, weighting: settings.weighting,
    seed: seed.join(" "), corpus: `${corpus.length} entries, checksum ${checksum(corpus)}`,
  };
  const path = join(folder, PROGRESS);
  let progress = readProgress(path);
  if (progress !== undefined) requireSame(of, progress.of, folder);
  else removeLeftovers(folder, 0);
  const save = (next: Progress): Progress => {
    writeWholeFile(path, jsonBytes(next), options.at);
    return next;
  };
  try {
    progress ??= save({ format: FORMAT, of, stage: "counting", position: 0, runs: [], parts: [] });
    if (progress.stage === "counting") {
      progress = await countIntoRuns(corpus, folder, progress, save, options);
      progress = save({ ...progress, stage: "shuffling", parts: await divide(corpus, folder, progress, memory, options) });
    }
    if (progress.stage === "shuffling") {
      for (const [run] of progress.runs.entries()) removeIfThere(runFile(folder, run));
      await shuffleParts(folder, progress.parts, options);
      progress = save({ ...progress, stage: "done" });
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    throw new StorageError(`${error.message}\nWhat was counted before is kept in ${folder}.`);
  }
  removeLeftovers(folder, progress.parts.length);
  return new FileCooccurrence(folder, progress.parts);
}

async function countIntoRuns(
  corpus: TokenCorpus,
  folder: string,
  progress: Progress,
  save: (next: Progress) => Progress,
  { onProgress, at, signal, ...options }: DiskCooccurrenceOptions,
): Promise<Progress> {
  const counter = new CooccurrenceCounter(options);
  const words = largest(corpus) + 1;
  const block = 1 << 16;
  let { position } = progress;
  const spill = () => {
    const writer = new RunWriter(runFile(folder, progress.runs.length));
    counter.forEachSorted(words, (row, column, sum) => writer.add(row, column, sum));
    const pairs = writer.finish(at);
    counter.clear();
    progress = save({ ...progress, position, runs: [...progress.runs, pairs] });
    at?.("counted");
  };
  while (position < corpus.length) {
    position = counter.count(corpus, position, Math.min(position + block, corpus.length));
    onProgress?.({ stage: "counting", done: position / corpus.length });
    await turn();
    if (counter.isFull || signal?.aborted) spill();
    signal?.throwIfAborted();
  }
  if (counter.pairs > 0) spill();
  return progress;
}

/** Merges the runs and deals the records out to parts that fit into half the memory; gives the records in each. */
async function divide(
  corpus: TokenCorpus,
  folder: string,
  { runs }: Progress,
  memory: number,
  { random, onProgress, at, signal, ...options }: DiskCooccurrenceOptions,
): Promise<number[]> {
  const expansion = new PairExpansion(options);
  const read = runs.reduce((sum, count) => sum + count, 0);
  const words = largest(corpus) + 1;
  const merge = async (visit: (row: number, column: number, sum: number) => void) => {
    for (const done of mergeRuns(runs.map((_, run) => runFile(folder, run)), words, visit)) {
      onProgress?.({ stage: "merging", done: done / read });
      await turn();
      signal?.throwIfAborted();
    }
  };
  const partsFor = (pairs: number) => Math.max(1, Math.ceil((expansion.count(pairs) * RECORD_BYTES) / (memory / 2)));
  // A pair may be in several runs; in how many depends on where counting was stopped, which the records must not.
  let pairs = read;
  if (runs.length > 1 && partsFor(read) > 1) {
    pairs = 0;
    await merge(() => pairs++);
  }
  const count = partsFor(pairs);
  const draws = new UniformDraws(random.fork("parts"));
  const parts = Array.from({ length: count }, (_, part) => new RecordWriter(join(folder, `part-${part}.unshuffled`)));
  const emit = (row: number, column: number, value: number) => parts[count === 1 ? 0 : draws.integer(count)]!.add(row, column, value);
  try {
    await merge((row, column, sum) => expansion.expand(row, column, sum, emit));
    at?.("merged");
    return parts.map((part) => part.finish());
  } catch (error) {
    for (const part of parts) part.abandon();
    throw error;
  }
}

async function shuffleParts(folder: string, parts: readonly number[], { random, onProgress, at, signal }: DiskCooccurrenceOptions): Promise<void> {
  for (const [part, count] of parts.entries()) {
    const raw = join(folder, `part-${part}.unshuffled`);
    const shuffled = partFile(folder, part);
    const done = existsSync(shuffled) && statSync(shuffled).size === count * RECORD_BYTES;
    if (!done) {
      const records = new RecordBuffer(count);
      records.length = count;
      readRange(raw, records.bytes(), 0);
      records.shuffle(random.fork(`part ${part}`));
      const writer = new WholeFileWriter(shuffled, count * RECORD_BYTES);
      writer.write(records.bytes());
      writer.finish(at);
    }
    removeIfThere(raw);
    at?.("shuffled");
    onProgress?.({ stage: "shuffling", done: (part + 1) / parts.length });
    await turn();
    if (!done) signal?.throwIfAborted();
  }
}

/** Lets the event loop turn: signals, drawing. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Shuffled records in the parts of a folder. */
export class FileCooccurrence implements CooccurrenceRecords {
  readonly count: number;
  readonly folder: string;
  readonly #parts: readonly number[];

  constructor(folder: string, parts: readonly number[]) {
    this.folder = folder;
    this.#parts = parts;
    this.count = parts.reduce((sum, count) => sum + count, 0);
  }

  /** Opens a folder whose counts are complete. @throws DataError if they are not */
  static open(folder: string): FileCooccurrence {
    const progress = readProgress(join(folder, PROGRESS));
    if (progress?.stage !== "done") throw new DataError(`${folder}: no complete co-occurrence counts here.`);
    return new FileCooccurrence(folder, progress.parts);
  }

  *chunks({ from = 0, length }: { from?: number; length: number }): Generator<CooccurrenceChunk> {
    const records = new RecordBuffer(Math.min(length, Math.max(0, this.count - from)));
    let filled = 0;
    let first = 0; // record of the whole that the part begins with
    for (const [part, count] of this.#parts.entries()) {
      for (let at = Math.max(0, from - first); at < count; ) {
        const taken = Math.min(records.capacity - filled, count - at);
        const bytes = new Uint8Array(records.integers.buffer, filled * RECORD_BYTES, taken * RECORD_BYTES);
        readRange(partFile(this.folder, part), bytes, at * RECORD_BYTES);
        filled += taken;
        at += taken;
        if (filled < records.capacity) continue;
        yield records.slice(0, filled);
        filled = 0;
      }
      first += count;
    }
    if (filled > 0) yield records.slice(0, filled);
  }
}

/** Writes records through a buffer. */
class RecordWriter {
  readonly #writer: WholeFileWriter;
  readonly #buffer = new RecordBuffer(1 << 14);

  constructor(path: string) {
    this.#writer = new WholeFileWriter(path);
  }

  add(row: number, column: number, value: number): void {
    this.#buffer.add(row, column, value);
    if (this.#buffer.length === this.#buffer.capacity) this.#flush();
  }

  /** Records written. */
  finish(): number {
    this.#flush();
    this.#writer.finish();
    return this.#writer.bytes / RECORD_BYTES;
  }

  abandon(): void {
    this.#writer.abandon();
  }

  #flush(): void {
    this.#writer.write(this.#buffer.bytes());
    this.#buffer.length = 0;
  }
}

const runFile = (folder: string, run: number) => join(folder, `pairs-${run}.run`);
const partFile = (folder: string, part: number) => join(folder, `part-${part}.records`);

function readRange(path: string, into: Uint8Array, position: number): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw fileError("read", path, error);
  }
  try {
    readExactly(file, into, position, path);
  } finally {
    closeSync(file);
  }
}

function readProgress(path: string): Progress | undefined {
  if (!existsSync(path)) return undefined;
  let progress: Progress;
  try {
    progress = parseJson(readFileSync(path)) as unknown as Progress;
  } catch (error) {
    throw new DataError(`${path} is damaged: ${(error as Error).message}.`);
  }
  if (progress.format === FORMAT) return progress;
  throw new DataError(`${path}: written in format ${progress.format}; this version reads format ${FORMAT}.`);
}

function requireSame(now: Progress["of"], then: Progress["of"], folder: string): void {
  const different = Object.keys(now).find((name) => now[name] !== then[name]);
  if (different === undefined) return;
  const difference = `${different} ${then[different]} instead of ${now[different]}`;
  throw new DataError(`${folder} holds other co-occurrence counts (${difference}). Delete it, or use another folder.`);
}

/** What a killed process may have left: files under temporary names, runs and parts that are used up. */
function removeLeftovers(folder: string, parts: number): void {
  const kept = new Set(Array.from({ length: parts }, (_, part) => `part-${part}.records`));
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!kept.has(name) && /^(?:pairs-\d+\.run|part-\d+\.(?:unshuffled|records)|progress\.json\.tmp)(?:\.tmp)?$/.test(name)) removeIfThere(join(folder, name));
  }
}

/** Of all entries: 32 bits are enough to notice another corpus. */
function checksum(corpus: TokenCorpus): number {
  let sum = 0x811c9dc5;
  for (const entries of corpus.chunks({ length: 1 << 16 })) for (const entry of entries) sum = Math.imul(sum ^ entry, 0x01000193);
  return sum >>> 0;
}
