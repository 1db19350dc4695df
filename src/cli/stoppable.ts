/** Training that signals end: the first stops it after a step, which is saved; the second ends the process. */
import { StorageError } from "../train/index.js";
import type { Context } from "./context.js";
import { commandName } from "./next-steps.js";

/** Exit code of a run that was stopped and saved, as shells expect of Ctrl-C. */
export const INTERRUPTED = 130;

export interface StoppableOptions {
  /** The folder of the run, for advice. */
  readonly folder: string;
  /** Nothing is said of stopping. */
  readonly json: boolean;
  /** What to do when the disk was full, where that is not to go on from what was saved. */
  readonly advice?: () => string | undefined;
}

/** @throws StorageError with advice, where a disk is full */
export async function stoppable<R>(context: Context, options: StoppableOptions, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const { folder, json, advice } = options;
  const { terminal } = context;
  const stop = new AbortController();
  const removeHandler = context.onStop(() => {
    if (stop.signal.aborted) return context.exit(INTERRUPTED);
    stop.abort();
    if (!json) terminal.print("Stopping after this step. Once more to quit without saving.");
  });
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const whole = `What was saved before is whole: ${commandName()} resume ${folder} goes on from there.`;
    throw new StorageError(`${error.message}\n${advice?.() ?? whole}`);
  } finally {
    removeHandler();
    terminal.endLive();
  }
}
