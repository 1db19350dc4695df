/** Chromium and a server for it to ask, for the browser tests. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".woff2": "font/woff2",
};
/** Sent below /isolated/: without them browsers do not share memory between threads. */
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @returns the browser; undefined, with a line that says so, where there is none on this machine */
export async function launchChromium(name) {
  const executablePath = findChromium();
  if (executablePath) return chromium.launch({ executablePath, args: FLAGS });
  console.log(`${name}: skipped: no Chromium on this machine (set CHROMIUM to its path if there is)`);
  return undefined;
}

/** The path of Chromium or Chrome: $CHROMIUM, else the first one found. */
function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(":");
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** Serves a folder twice: below /isolated/ cross-origin isolated, below /plain/ not. */
export async function serveFolder(root) {
  const server = createServer((request, response) => {
    const [, folder = "", path = ""] = /^\/(isolated|plain)\/([^?]*)/.exec(request.url ?? "") ?? [];
    const file = normalize(join(root, path === "" ? "index.html" : path));
    if (!folder || !file.startsWith(root) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, ...(folder === "isolated" ? ISOLATION : {}) }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** How far things moved on a page since it was opened, without being asked to: the sum of its layout shifts. */
export function layoutShift(page) {
  return page.evaluate(
    () =>
      new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 300);
      }),
  );
}
