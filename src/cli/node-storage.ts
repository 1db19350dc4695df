/** A run in a folder of the file system. */
import {
  closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { StorageError, type RunStorage } from "../train/index.js";
import { bytes as formatBytes } from "./format.js";

const TEMPORARY = ".tmp";

export class FolderStorage implements RunStorage {
  readonly location: string;
  /** Number of writes so far, for `crashPoint`. */
  #writes = 0;

  constructor(folder: string) {
    this.location = folder;
  }

  #path(name: string): string {
    return join(this.location, name);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    try {
      return readFileSync(this.#path(name));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#explain("read", name, error);
    }
  }

  /** Temporary file in the same folder, forced to disk, renamed over the old one, and the folder forced to disk. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(name);
    const temporary = path + TEMPORARY;
    this.#writes++;
    try {
      mkdirSync(dirname(path), { recursive: true });
      crashPoint("before-write", this.#writes);
      const file = openSync(temporary, "w");
      try {
        const half = bytes.length >> 1;
        writeAll(file, bytes.subarray(0, half));
        crashPoint("half-written", this.#writes);
        writeAll(file, bytes.subarray(half));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      crashPoint("before-rename", this.#writes);
      renameSync(temporary, path);
      crashPoint("after-rename", this.#writes);
      syncFolder(dirname(path));
    } catch (error) {
      removeIfThere(temporary);
      throw this.#explain("write", name, error, bytes.length);
    }
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    try {
      const file = openSync(this.#path(name), "a");
      try {
        writeAll(file, bytes);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw this.#explain("write", name, error, bytes.length);
    }
  }

  async truncate(name: string, length: number): Promise<void> {
    if (!existsSync(this.#path(name))) return;
    try {
      const file = openSync(this.#path(name), "r+");
      try {
        if (statSync(this.#path(name)).size > length) ftruncateSync(file, length);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw this.#explain("write", name, error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      unlinkSync(this.#path(name));
    } catch (error) {
      if (!isMissing(error)) throw this.#explain("remove", name, error);
    }
  }

  async list(folder: string): Promise<string[]> {
    try {
      const entries = readdirSync(this.#path(folder), { recursive: true, withFileTypes: true });
      const prefix = folder === "" ? "" : `${folder}/`;
      const root = this.#path(folder);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => prefix + join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll("\\", "/"))
        .sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw this.#explain("read", folder, error);
    }
  }

  #explain(action: string, name: string, error: unknown, size?: number): StorageError {
    const { code, message } = error as NodeJS.ErrnoException;
    const place = this.#path(name);
    const amount = size === undefined ? "" : ` (${formatBytes(size)})`;
    const reasons: Readonly<Record<string, string>> = {
      ENOSPC: "no space left on the device",
      EDQUOT: "the disk quota is used up",
      EFBIG: "the file would be larger than is allowed here",
      EACCES: "permission denied",
      EPERM: "permission denied",
      EROFS: "the file system is read-only",
      ENOTDIR: "a part of the path is a file, not a folder",
      EISDIR: "it is a folder",
    };
    return new StorageError(`Cannot ${action} ${place}${amount}: ${reasons[code ?? ""] ?? message}.`);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
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

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or is gone already.
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT";
}

/**
 * For the tests that prove it: UNROLLED_TEST_CRASH=stage:n kills this process, as kill -9 would, at a stage of its n-th write.
 */
function crashPoint(stage: string, write: number): void {
  if (process.env["UNROLLED_TEST_CRASH"] === `${stage}:${write}`) process.kill(process.pid, "SIGKILL");
}
