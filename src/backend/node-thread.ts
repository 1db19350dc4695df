/** Entry of a worker thread under Node. */
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadStart } from "./platform.js";
import { serveAsThread } from "./wasm-thread.js";

serveAsThread(workerData as ThreadStart, () => parentPort?.postMessage("ready"));
