/** Entry of a Web Worker. */
import type { ThreadStart } from "./platform.js";
import { serveAsThread } from "./wasm-thread.js";

addEventListener("message", (event: MessageEvent<ThreadStart>) => serveAsThread(event.data, () => postMessage("ready")), {
  once: true,
});
