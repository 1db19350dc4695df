/** Where a run is kept: a few named files that are replaced as a whole or appended to. A folder, or memory in tests and browsers. */

/** Names are relative, with forward slashes: "run.json", "checkpoints/00000100.json". */
export interface RunStorage {
  /** How people call the place: a path. */
  readonly location: string;
  /** The file's bytes, or undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * Replaces the file by these bytes. Whatever happens, a reader finds the old file or the new one, whole; once the promise
   * resolves, the new one survives a loss of power.
   * @throws StorageError when the place is full or not writable; the old file is then untouched.
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Adds to the end of a file. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Cuts a file to its first `length` bytes. */
  truncate(name: string, length: number): Promise<void>;
  remove(name: string): Promise<void>;
  /** All files below a folder ("" for all), with their full names, sorted. */
  list(folder: string): Promise<string[]>;
}

/** A run's place could not be read or written; the message names file and reason. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}

export class MemoryStorage implements RunStorage {
  readonly location: string;
  readonly files = new Map<string, Uint8Array>();

  /** @param location what messages call it */
  constructor(location = "memory") {
    this.location = location;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.files.get(name)?.slice();
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.files.set(name, bytes.slice());
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    const before = this.files.get(name) ?? new Uint8Array(0);
    const joined = new Uint8Array(before.length + bytes.length);
    joined.set(before);
    joined.set(bytes, before.length);
    this.files.set(name, joined);
  }

  async truncate(name: string, length: number): Promise<void> {
    const bytes = this.files.get(name);
    if (bytes !== undefined) this.files.set(name, bytes.slice(0, length));
  }

  async remove(name: string): Promise<void> {
    this.files.delete(name);
  }

  async list(folder: string): Promise<string[]> {
    const prefix = folder === "" ? "" : `${folder}/`;
    return [...this.files.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}
