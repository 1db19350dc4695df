/** The life of a thread of the WebAssembly backend, whoever started it (`node-thread.ts`, `browser-thread.ts`). */
import type { ThreadStart } from "./platform.js";

/** Joins the pool of kernels/threads.c, calls `ready`, and serves until it is terminated: it does not return. */
export function serveAsThread({ module, memory, stackEnd }: ThreadStart, ready: () => void): void {
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as {
    __stack_pointer: WebAssembly.Global;
    add_worker(): number;
    worker_loop(thread: number): void;
  } & WebAssembly.Exports;
  exports.__stack_pointer.value = stackEnd;
  const thread = exports.add_worker();
  ready();
  exports.worker_loop(thread);
}
