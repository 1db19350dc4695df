/** A run in a folder of the file system. */
import {
  closeSync, existsSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { fileError, writeAll, writeWholeFile } from "../data/node-whole-file.js";
import type { RunStorage } from "../train/index.js";

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
      throw fileError("read", this.#path(name), error);
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const write = ++this.#writes;
    writeWholeFile(this.#path(name), bytes, (stage) => crashPoint(stage, write));
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
      throw fileError("write", this.#path(name), error, bytes.length);
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
      throw fileError("write", this.#path(name), error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      unlinkSync(this.#path(name));
    } catch (error) {
      if (!isMissing(error)) throw fileError("remove", this.#path(name), error);
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
      throw fileError("read", this.#path(folder), error);
    }
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT";
}

/**
 * For the tests that prove it: UNROLLED_TEST_CRASH=stage:n kills this process, as kill -9 would, at a stage of its n-th write (or at its n-th
 * stage of a name, where writing goes other ways).
 */
export function crashPoint(stage: string, nth: number): void {
  if (process.env["UNROLLED_TEST_CRASH"] === `${stage}:${nth}`) process.kill(process.pid, "SIGKILL");
}
