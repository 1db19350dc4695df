/**
 * A corpus of word numbers in a file, so that it may be larger than memory: 32 bytes of header ("UNROLLTK", then as little-endian
 * float64 the format, 1, the number of entries and the number of words) and an int32 for each entry.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError } from "./errors.js";
import { fileError, removeIfThere, WholeFileWriter } from "./node-whole-file.js";
import { SENTENCE_END, type TokenCorpus, type TokenSink } from "./token-corpus.js";

const MAGIC = "UNROLLTK";
const FORMAT = 1;
const HEADER_BYTES = 32;

export class FileTokenCorpus implements TokenCorpus {
  readonly path: string;
  readonly tokens: number;
  readonly length: number;

  private constructor(path: string, length: number, tokens: number) {
    this.path = path;
    this.length = length;
    this.tokens = tokens;
  }

  /** @throws DataError if the file is not a whole corpus; StorageError if it cannot be read */
  static open(path: string): FileTokenCorpus {
    const header = new Uint8Array(HEADER_BYTES);
    const bytes = withFile(path, (file) => {
      readSync(file, header, 0, HEADER_BYTES, 0);
      return fstatSync(file).size;
    });
    const view = new DataView(header.buffer);
    const [format, length, tokens] = [8, 16, 24].map((at) => view.getFloat64(at, true)) as [number, number, number];
    if (new TextDecoder().decode(header.subarray(0, 8)) !== MAGIC) throw new DataError(`${path}: this is not a corpus of word numbers.`);
    if (format !== FORMAT) throw new DataError(`${path}: written in format ${format}; this version reads format ${FORMAT}.`);
    const expected = HEADER_BYTES + 4 * length;
    if (bytes !== expected) throw new DataError(`${path}: ${length} entries take ${expected} bytes, the file has ${bytes}.`);
    return new FileTokenCorpus(path, length, tokens);
  }

  *chunks({ from = 0, to = this.length, length }: { from?: number; to?: number; length: number }): Generator<Int32Array> {
    const chunk = new Int32Array(Math.min(length, Math.max(0, to - from)));
    const file = openFile(this.path);
    try {
      for (let at = from; at < to; at += chunk.length) {
        const entries = chunk.subarray(0, Math.min(chunk.length, to - at));
        readExactly(file, entries, HEADER_BYTES + 4 * at, this.path);
        yield entries;
      }
    } finally {
      closeSync(file);
    }
  }
}

/** Writes a corpus to a file, which appears when it is whole. */
export class FileTokenSink implements TokenSink {
  readonly #path: string;
  readonly #writer: WholeFileWriter;
  #length = 0;
  #tokens = 0;

  /** @throws StorageError, as `write` and `finish` do: a full disk, a folder that is not writable */
  constructor(path: string) {
    this.#path = path;
    this.#writer = new WholeFileWriter(path);
    this.#writer.write(new Uint8Array(HEADER_BYTES));
  }

  write(entries: Int32Array): void {
    for (let i = 0; i < entries.length; i++) if (entries[i] !== SENTENCE_END) this.#tokens++;
    this.#length += entries.length;
    this.#writer.write(new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength));
  }

  finish(): TokenCorpus {
    const header = new Uint8Array(HEADER_BYTES);
    header.set(new TextEncoder().encode(MAGIC));
    const view = new DataView(header.buffer);
    for (const [i, value] of [FORMAT, this.#length, this.#tokens].entries()) view.setFloat64(8 + 8 * i, value, true);
    this.#writer.write(header, 0);
    this.#writer.finish();
    return FileTokenCorpus.open(this.#path);
  }

  discard(): void {
    this.#writer.abandon();
    removeIfThere(this.#path);
  }
}

/** For `buildWordCorpus`: the corpus at `path`, those on the way beside it. */
export function fileTokenSinks(path: string): (purpose: "intermediate" | "final") => TokenSink {
  let made = 0;
  return (purpose) => new FileTokenSink(purpose === "final" ? path : `${path}.${made++}`);
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw fileError("read", path, error);
  }
}

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openFile(path);
  try {
    return work(file);
  } catch (error) {
    throw fileError("read", path, error);
  } finally {
    closeSync(file);
  }
}

/** Fills an array from a place in a file. @throws DataError if the file ends before */
export function readExactly(file: number, into: ArrayBufferView, position: number, path: string): void {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(file, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new DataError(`${path}: cut off at byte ${position + done}.`);
    done += read;
  }
}
