/** The thread count of a backend: checked, put in force, remembered. */
import type { Kernels } from "./backend.js";

/** More threads than this help no kernel. Equals MAX_THREADS of kernels/threads.h. */
export const MAX_THREADS = 64;

export class ThreadCount {
  readonly #kernels: Kernels;
  #inForce = 1;

  constructor(kernels: Kernels, wanted: number) {
    this.#kernels = kernels;
    this.set(wanted);
  }

  /** What the kernels got: fewer than wanted where there are no more threads to be had. */
  get inForce(): number {
    return this.#inForce;
  }

  set(wanted: number): void {
    this.#inForce = this.#kernels.setThreads(checkThreads(wanted, "threads"));
  }
}

/** @throws RangeError naming `what` unless `count` is an integer from 1 to MAX_THREADS */
export function checkThreads(count: number, what: string): number {
  if (!Number.isInteger(count) || count < 1 || count > MAX_THREADS) {
    throw new RangeError(`${what}: expected an integer from 1 to ${MAX_THREADS}, got ${count}`);
  }
  return count;
}
