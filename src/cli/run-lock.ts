/** One process trains a run at a time. */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "../train/index.js";

/**
 * Holds a run's lock while `work` goes on: a file with the number of this process. A process that was killed leaves its lock behind;
 * it counts for nothing once no process has that number.
 * @throws RunError if another process holds the lock.
 */
export async function withRunLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, "lock");
  take(path, folder);
  try {
    return await work();
  } finally {
    release(path);
  }
}

function take(path: string, folder: string): void {
  for (;;) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return; // Not writable: training will say so, in better words.
    }
    const holder = Number(readOrEmpty(path));
    if (holder > 0 && holder !== process.pid && isAlive(holder)) {
      throw new RunError(`${folder} is being trained by process ${holder}. If that is not so, delete ${path}.`);
    }
    release(path);
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function release(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody was faster.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
