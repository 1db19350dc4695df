/** Runs the cases on the page itself (`?where=page`) or in a Worker, and leaves the results in `globalThis.results`. */
import { runCases } from "./cases.js";

if (new URLSearchParams(location.search).get("where") === "page") {
  globalThis.results = await runCases();
} else {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => (globalThis.results = data));
  worker.addEventListener("error", ({ message }) => (globalThis.results = [{ name: "worker", error: message || "did not start" }]));
}
