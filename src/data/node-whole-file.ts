/** Files that are there whole or not at all, and what to say when one cannot be read or written. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { StorageError } from "../train/storage.js";
import { formatBytes } from "./bytes.js";

/** What a file is called while it is being written. */
export const TEMPORARY = ".tmp";

/** Moments at which a test may kill the process. */
export type WriteStage = "before-write" | "half-written" | "before-rename" | "after-rename";

/**
 * Writes a file piece by piece under a temporary name in the same folder; `finish` forces it to disk, renames it over the old one and
 * forces the folder to disk. Whatever happens, a reader finds the old file or the new one, whole.
 */
export class WholeFileWriter {
  readonly path: string;
  readonly #temporary: string;
  readonly #expectedBytes: number | undefined;
  #file: number | undefined;
  #bytes = 0;
  #finished = false;

  /** Makes the folder if need be. @param expectedBytes how large the file will be, for messages @throws StorageError */
  constructor(path: string, expectedBytes?: number) {
    this.path = path;
    this.#expectedBytes = expectedBytes;
    this.#temporary = path + TEMPORARY;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#file = openSync(this.#temporary, "w");
    } catch (error) {
      throw fileError("write", path, error);
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds bytes, or writes them over those at `position`. @throws StorageError; what was written of this file is then gone. */
  write(bytes: Uint8Array, position?: number): void {
    this.#guard(bytes.length, (file) => {
      if (position === undefined) writeAll(file, bytes);
      else writeAll(file, bytes, position);
    });
    if (position === undefined) this.#bytes += bytes.length;
  }

  /** @throws StorageError; the old file is then untouched. */
  finish(at: (stage: WriteStage) => void = () => undefined): void {
    this.#guard(0, (file) => {
      fsyncSync(file);
      this.#close();
      at("before-rename");
      renameSync(this.#temporary, this.path);
      this.#finished = true;
      at("after-rename");
      syncFolder(dirname(this.path));
    });
  }

  /** Gives up, unless it is finished: nothing of the new file stays. */
  abandon(): void {
    if (this.#finished) return;
    this.#close();
    removeIfThere(this.#temporary);
  }

  #guard(size: number, work: (file: number) => void): void {
    if (this.#file === undefined) throw new Error(`${this.path}: written to after the end`);
    try {
      work(this.#file);
    } catch (error) {
      this.abandon();
      throw fileError("write", this.path, error, this.#expectedBytes ?? this.#bytes + size);
    }
  }

  #close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
  }
}

/** Replaces a file as a whole. @throws StorageError naming the file, its size and the reason */
export function writeWholeFile(path: string, bytes: Uint8Array, at: (stage: WriteStage) => void = () => undefined): void {
  at("before-write");
  const writer = new WholeFileWriter(path, bytes.length);
  const half = bytes.length >> 1;
  writer.write(bytes.subarray(0, half));
  at("half-written");
  writer.write(bytes.subarray(half));
  writer.finish(at);
}

/** Replaces a file by pieces; gives its size in bytes. @throws StorageError, and what the pieces throw; the old file is then untouched */
export function writeInPieces(path: string, pieces: Iterable<Uint8Array>): number {
  const writer = new WholeFileWriter(path);
  try {
    for (const piece of pieces) writer.write(piece);
    writer.finish();
  } finally {
    writer.abandon();
  }
  return writer.bytes;
}

/** The same, gzipped. */
export async function writeGzipped(path: string, pieces: Iterable<Uint8Array>): Promise<number> {
  const writer = new WholeFileWriter(path);
  try {
    const packed: AsyncIterable<Uint8Array> = Readable.from(pieces, { objectMode: true }).compose(createGzip());
    for await (const piece of packed) writer.write(piece);
    writer.finish();
  } finally {
    writer.abandon();
  }
  return writer.bytes;
}

export function writeAll(file: number, bytes: Uint8Array, position?: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position === undefined ? null : position + done);
  }
}

/** Makes a rename survive a loss of power. Some systems cannot open folders; they have to do without. */
function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = openSync(folder, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(handle);
  } catch {
    // Not supported for folders here.
  } finally {
    closeSync(handle);
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or is gone already.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than is allowed here",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder",
};

/** Why the system refused, in words. */
export function fileErrorReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

/** "Cannot write runs/a/x.bin (12.3 MB): no space left on the device." @param size of the file as it would have been, in bytes */
export function fileError(action: "read" | "write" | "remove", path: string, error: unknown, size?: number): StorageError {
  if (error instanceof StorageError) return error;
  const amount = size === undefined ? "" : ` (${formatBytes(size)})`;
  return new StorageError(`Cannot ${action} ${path}${amount}: ${fileErrorReason(error)}.`);
}
