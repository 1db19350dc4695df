/**
 * Folders of runs: found among files that are opened or dropped, or served beside the page, and read as the library reads them. What a
 * page may use of it, everything but `PlaceStorage`, needs no library.
 */
import { RunError, type RunStorage } from "unrolled";

/** Where a run lies: below an address that ends with a slash, or in files by their names inside the folder, "checkpoints/00000100.json". */
export type RunPlace = { readonly url: string } | { readonly files: Readonly<Record<string, Blob>> };

/** A file and where it lay: "runs/moby/run.json". */
export interface NamedFile {
  readonly path: string;
  readonly file: File;
}

/** A folder that holds a run. */
export interface RunFolder {
  /** Its path, below what was opened. */
  readonly name: string;
  /** By their names inside it. */
  readonly files: Readonly<Record<string, File>>;
}

/** As in every run folder. */
const RUN_FILE = "run.json";
/** Of a folder that is dropped: looked at, so that a whole disk is no end. */
const MOST_FILES = 20_000;
const DEEPEST = 5;
/** Of one file, so that a wrong folder does not fill the memory of the browser. */
const MOST_BYTES = 64 * 2 ** 20;

/** The runs among files, by name. @throws Error with an explanation where there are none */
export function runFoldersAmong(files: readonly NamedFile[], what: string): readonly RunFolder[] {
  const names = files.flatMap(({ path }) => (path === RUN_FILE || path.endsWith(`/${RUN_FILE}`) ? [path.slice(0, -RUN_FILE.length)] : []));
  if (names.length === 0) {
    const problem = files.length === 0 ? ": there is nothing in it. A" : " is no run and holds none: a";
    throw new Error(`${what}${problem} run is a folder with a ${RUN_FILE}, as unrolled train leaves it.`);
  }
  return names.toSorted().map((folder) => ({
    name: folder === "" ? "." : folder.slice(0, -1),
    files: Object.fromEntries(files.flatMap(({ path, file }) => (path.startsWith(folder) ? [[inRun(path.slice(folder.length)), file]] : []))),
  }));
}

/** Where a file belongs: those of checkpoints may have been dropped without their folder. */
function inRun(name: string): string {
  return /^\d+\.(json|safetensors)$/.test(name) ? `checkpoints/${name}` : name;
}

/** Files of the folder that a person chose, or files alone. */
export function chosenFiles(list: FileList): readonly NamedFile[] {
  return Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Files of what was dropped, folders searched; to be called while the event is handled. */
export async function droppedFiles(dropped: DataTransfer): Promise<readonly NamedFile[]> {
  const entries = Array.from(dropped.items, (item) => item.webkitGetAsEntry() ?? item.getAsFile()).filter((entry) => entry !== null);
  const found: NamedFile[] = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push({ path: entry.name, file: entry });
    else await search(entry, DEEPEST, found);
  }
  return found;
}

async function search(entry: FileSystemEntry, depth: number, found: NamedFile[]): Promise<void> {
  if (found.length >= MOST_FILES) throw new Error(`${entry.fullPath.slice(1)}: more than ${MOST_FILES} files; drop the folder of the runs themselves.`);
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    found.push({ path: entry.fullPath.slice(1), file });
  } else if (depth > 0) {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader hands out a hundred at a time.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) break;
      for (const inner of some) await search(inner, depth - 1, found);
    }
  }
}

/** A run that can only be read. */
export class PlaceStorage implements RunStorage {
  readonly location: string;
  readonly #place: RunPlace;
  readonly #signal: AbortSignal;

  /** @param name what people call it, for messages */
  constructor(name: string, place: RunPlace, signal: AbortSignal) {
    this.location = name;
    this.#place = place;
    this.#signal = signal;
  }

  /** Bytes of a file; undefined where there is none, or its server does not say. */
  async size(name: string): Promise<number | undefined> {
    if ("files" in this.#place) return this.#place.files[name]?.size;
    const answer = await this.#ask(this.#place.url + name, "HEAD");
    const length = answer.ok ? answer.headers.get("content-length") : null;
    return length === null ? undefined : Number(length);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const size = await this.size(name);
    if (size !== undefined && size > MOST_BYTES) {
      throw new RunError(`${this.location}/${name} has ${size} bytes: the Lab reads at most ${MOST_BYTES}.`);
    }
    if ("url" in this.#place) {
      const answer = await this.#ask(this.#place.url + name, "GET");
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    }
    try {
      const file = this.#place.files[name];
      return file && new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      throw new RunError(`${this.location}/${name} has changed since it was opened: open the folder again.`, { cause: error });
    }
  }

  async list(folder: string): Promise<string[]> {
    if ("url" in this.#place) return refuse();
    const prefix = folder === "" ? "" : `${folder}/`;
    return Object.keys(this.#place.files).filter((name) => name.startsWith(prefix)).toSorted();
  }

  write = refuse;
  append = refuse;
  truncate = refuse;
  remove = refuse;

  async #ask(url: string, method: "GET" | "HEAD"): Promise<Response> {
    try {
      return await fetch(url, { method, signal: this.#signal, cache: "no-store" });
    } catch (error) {
      throw new Error(`${url}: the server does not answer.`, { cause: error });
    }
  }
}

function refuse(): Promise<never> {
  throw new RunError("The Lab only reads runs.");
}
