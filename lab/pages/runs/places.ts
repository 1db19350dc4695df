/** Where the page finds runs: listed by the server that it came from, or in folders that are opened or dropped. */
import type { RunPlace } from "../../library/runs.js";

export interface Found {
  /** Its folder, below the one that was served or opened. */
  readonly name: string;
  readonly place: RunPlace;
  /** May still grow. */
  readonly live: boolean;
}

/** As in every run folder; what is read of it. */
const RUN_FILE = "run.json";
const READ = [RUN_FILE, "metrics.jsonl"];
/** Of a folder that is dropped: looked at, so that a whole disk is no end. */
const MOST_FILES = 20_000;
const DEEPEST = 5;

/** The runs that the server has; undefined where it has none to show. @throws Error where it does not answer */
export async function servedRuns(): Promise<readonly Found[] | undefined> {
  const answer = await fetch(new URL("runs.json", document.baseURI), { cache: "no-store" });
  const names = answer.ok ? ((await answer.json()) as readonly string[] | null) : null;
  return names?.map((name) => ({ name: name === "" ? "." : name, place: { url: addressOf(name) }, live: true }));
}

function addressOf(name: string): string {
  const path = name === "" ? "" : `${name.split("/").map(encodeURIComponent).join("/")}/`;
  return new URL(`runs/${path}`, document.baseURI).href;
}

/** A file and where it lay: "runs/moby/run.json". */
export interface NamedFile {
  readonly path: string;
  readonly file: File;
}

/** The runs among files. @throws Error with an explanation where there are none */
export function runsAmong(files: readonly NamedFile[], what: string): readonly Found[] {
  const folders = new Map<string, Record<string, File>>();
  for (const { path, file } of files) {
    const cut = path.lastIndexOf("/");
    const [folder, name] = [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)];
    if (READ.includes(name)) folders.set(folder, { ...folders.get(folder), [name]: file });
  }
  const runs = [...folders].filter(([, held]) => RUN_FILE in held);
  if (runs.length === 0) {
    throw new Error(
      files.length === 0
        ? `${what}: there is nothing in it. A run is a folder with a ${RUN_FILE}, as unrolled train leaves it.`
        : `${what} is no run and holds none: a run is a folder with a ${RUN_FILE}, as unrolled train leaves it.`,
    );
  }
  return runs.map(([name, held]) => ({ name: name === "" ? "." : name, place: { files: held }, live: false })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Files of the folder that a person chose. */
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
