/** What runs of every kind have: a folder, the version and the backend they began with, checkpoints. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Backend } from "../backend/index.js";
import { formatBytes } from "../data/index.js";
import { RunError } from "../train/index.js";
import { backendText, startBackend } from "./common-options.js";

/** Of run.json: what a run began on. */
export type RecordedBackend = Pick<Backend, "name" | "isa" | "threads">;

export function recordedBackend({ name, isa, threads }: Backend): RecordedBackend {
  return { name, isa, threads };
}

/**
 * The backend that a run began on, where it can be had and nothing else was asked for: only then are resumed numbers the same to the
 * last bit. `note` says so where they will not be.
 */
export async function backendOfRun(
  { backend: began }: { readonly backend: RecordedBackend },
  asked: { backend?: "auto" | Backend["name"] | undefined; threads?: number | undefined },
): Promise<{ backend: Backend; note: string | undefined }> {
  const environment = process.env;
  const free = asked.backend === undefined && !environment["UNROLLED_BACKEND"] && !environment["UNROLLED_ISA"];
  const threads = asked.threads ?? (environment["UNROLLED_THREADS"] ? undefined : began.threads);
  let backend: Backend;
  try {
    backend = await startBackend({ ...(free ? { backend: began.name, isa: began.isa } : asked), threads, asynchronous: true });
  } catch (error) {
    if (!free) throw error;
    backend = await startBackend({ threads, asynchronous: true });
  }
  const same = backend.name === began.name && backend.isa === began.isa && backend.threads === began.threads;
  const note = `This run began on ${backendText(began)}; now it is ${backendText(backend)}: the last bits of its numbers will differ.`;
  return { backend, note: same ? undefined : note };
}

/** A folder for a new run: the one that was asked for, which must be free, or runs/NAME, runs/NAME-2, … */
export function runFolder(asked: string | undefined, name: string): string {
  if (asked !== undefined) {
    if (existsSync(join(asked, "run.json"))) {
      throw new RunError(`${asked} already holds a run. Go on with it (unrolled resume ${asked}) or choose another --out.`);
    }
    if (existsSync(asked) && readdirSync(asked).length > 0) {
      throw new RunError(`${asked} exists and is not empty: choose another --out.`);
    }
    return asked;
  }
  for (let i = 1; ; i++) {
    const folder = join("runs", i === 1 ? name : `${name}-${i}`);
    if (!existsSync(folder)) return folder;
  }
}

/** "last checkpoint 1.23 MB" */
export function checkpointText(folder: string, step: number): string {
  const stem = join(folder, "checkpoints", String(step).padStart(8, "0"));
  return `last checkpoint ${formatBytes(statSync(`${stem}.safetensors`).size + statSync(`${stem}.json`).size)}`;
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
