/** Where the page finds runs: listed by the server that it came from, or in folders that are opened or dropped. */
import { runFoldersAmong, type NamedFile, type RunPlace } from "../../library/run-folder.js";

export interface Found {
  /** Its folder, below the one that was served or opened. */
  readonly name: string;
  readonly place: RunPlace;
  /** May still grow. */
  readonly live: boolean;
}

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

/** The runs among files, as they are now. @throws Error with an explanation where there are none */
export function runsAmong(files: readonly NamedFile[], what: string): readonly Found[] {
  return runFoldersAmong(files, what).map((folder) => ({ name: folder.name, place: { files: folder.files }, live: false }));
}
