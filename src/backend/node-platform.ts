/** The platform of Node. */
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { loadNative } from "./native.js";
import { physicalCores } from "./node-cores.js";
import type { Platform, RunningThread, ThreadStart } from "./platform.js";

/** The compiled entry, also when this file runs from src/ under the test runner: a worker thread needs JavaScript. */
const THREAD = new URL("../../dist/backend/node-thread.js", import.meta.url);

export const platform: Platform = {
  expectsNative: true,
  setting: (name) => process.env[name],
  defaultThreads: physicalCores,
  loadNative,

  enableRelaxedSimd() {
    if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
  },

  async readWasm(url) {
    return WebAssembly.compile(await readFile(url));
  },

  noThreadsBecause: () => undefined,

  startThread(start: ThreadStart): Promise<RunningThread> {
    return new Promise((resolve, reject) => {
      // The flags of this process (a loader, --input-type) are not for it.
      const worker = new Worker(THREAD, { workerData: start, execArgv: [] });
      worker.once("message", () => {
        // A waiting thread must not keep the process alive.
        worker.unref();
        resolve(worker);
      });
      worker.once("error", reject);
    });
  },
};
