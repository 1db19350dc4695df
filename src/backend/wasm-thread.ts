/** The life of a thread of the WebAssembly backend, whoever started it (`node-thread.ts`, `browser-thread.ts`). */
import type { ThreadStart } from "./platform.js";

/**
 * Joins the pool of kernels/threads.c, calls `ready`, and serves until it is terminated: it does not return. An error in its
 * share of a job (an access outside memory) becomes one of the caller, who waits for that share.
 */
export function serveAsThread({ module, memory, stackEnd, reports }: ThreadStart, ready: () => void): void {
  // Only the instance of the caller is told of errors.
  const exports = new WebAssembly.Instance(module, { env: { memory, worker_trapped: () => {} } }).exports as {
    __stack_pointer: WebAssembly.Global;
    add_worker(): number;
    worker_loop(thread: number): void;
    resume_worker_loop(thread: number): void;
  } & WebAssembly.Exports;
  exports.__stack_pointer.value = stackEnd;
  const thread = exports.add_worker();
  ready();
  for (let serve = exports.worker_loop; ; serve = exports.resume_worker_loop) {
    try {
      serve(thread);
    } catch (error) {
      writeReport(reports, thread, error instanceof Error ? error.message : String(error));
      exports.__stack_pointer.value = stackEnd;
    }
  }
}

/** Characters that the report of a thread holds; shorter ones end with a zero. */
const REPORT_LENGTH = 200;

/** Memory for the reports of threads 1 to `threads`. */
export function makeReports(threads: number): Uint16Array {
  return new Uint16Array(new SharedArrayBuffer(2 * REPORT_LENGTH * (threads + 1)));
}

function writeReport(reports: Uint16Array, thread: number, message: string): void {
  for (let i = 0; i < REPORT_LENGTH; i++) reports[thread * REPORT_LENGTH + i] = i < message.length ? message.charCodeAt(i) : 0;
}

export function readReport(reports: Uint16Array, thread: number): string {
  const report = reports.subarray(thread * REPORT_LENGTH, (thread + 1) * REPORT_LENGTH);
  return String.fromCharCode(...report.filter((code) => code !== 0));
}
