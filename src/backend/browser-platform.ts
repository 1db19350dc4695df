/** The platform of browsers, in a page or in a Worker. */
import type { Platform, RunningThread, ThreadStart } from "./platform.js";

export const platform: Platform = {
  expectsNative: false,
  setting: () => undefined,

  defaultThreads() {
    // Browsers count logical cores. Few of them are usually whole cores; of many, half are usually siblings.
    const logical = navigator.hardwareConcurrency || 1;
    const value = Math.min(16, logical <= 4 ? logical : Math.ceil(logical / 2));
    return { value, why: `the browser reports ${logical} logical cores` };
  },

  loadNative() {
    throw new Error("native code does not run in browsers");
  },

  enableRelaxedSimd() {},

  async readWasm(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url.href}: the server answered ${response.status} ${response.statusText}`.trimEnd());
    // Not compileStreaming: that insists on a content type which many static servers do not send.
    return WebAssembly.compile(await response.arrayBuffer());
  },

  noThreadsBecause() {
    if (typeof SharedArrayBuffer === "undefined" || !globalThis.crossOriginIsolated) {
      return "the page is not cross-origin isolated, so memory cannot be shared";
    }
    return typeof Worker === "undefined" ? "there are no Workers here" : undefined;
  },

  startThread(start: ThreadStart): Promise<RunningThread> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./browser-thread.js", import.meta.url), { type: "module" });
      worker.addEventListener("message", () => resolve(worker), { once: true });
      worker.addEventListener("error", (event) => reject(new Error(event.message || "a Worker could not be started")), {
        once: true,
      });
      worker.postMessage(start);
    });
  },
};
