/**
 * The browser tests: bundles the page with Vite, serves it with and without the headers that let memory be shared, and opens
 * it in Chromium, both on the page and in a Worker. `node tests/browser/run.mjs` runs them alone, after a build.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";
import { filesBelow } from "../../scripts/stamps.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OUTPUT = join(ROOT, "build/browser");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
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

/** @returns {Promise<{ passed: number, failed: number }>} */
export async function testInBrowser() {
  const executablePath = findChromium();
  if (!executablePath) {
    console.log("browser: skipped: no Chromium on this machine (set CHROMIUM to its path if there is)");
    return { passed: 0, failed: 0 };
  }
  await build({
    root: fileURLToPath(new URL(".", import.meta.url)),
    base: "./",
    logLevel: "warn",
    worker: { format: "es" },
    build: { outDir: OUTPUT, emptyOutDir: true, target: "es2022" },
  });
  const leaked = filesBelow(OUTPUT, (path) => path.endsWith(".js")).filter((path) => /\bnode:[a-z]/.test(readFileSync(path, "utf8")));
  for (const path of leaked) console.error(`browser: FAILED: the bundle asks for Node's modules: ${path}`);
  const server = await serve();
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const counts = { passed: leaked.length === 0 ? 1 : 0, failed: leaked.length };
  try {
    for (const folder of ["isolated", "plain"]) {
      for (const where of ["worker", "page"]) {
        const url = `http://127.0.0.1:${server.address().port}/${folder}/index.html?where=${where}`;
        for (const { name, error } of await resultsOf(browser, url)) {
          if (error) console.error(`browser: FAILED: ${folder} ${where}: ${name}: ${error}`);
          counts[error ? "failed" : "passed"]++;
        }
      }
    }
  } finally {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
  }
  console.log(`browser: Chromium ${browser.version()}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

async function resultsOf(browser, url) {
  const page = await browser.newPage();
  const messages = [];
  page.on("pageerror", (error) => messages.push(error.message));
  page.on("console", (message) => message.type() === "error" && messages.push(message.text()));
  try {
    await page.goto(url);
    await page.waitForFunction(() => globalThis.results !== undefined, undefined, { timeout: 120_000 });
    return await page.evaluate(() => globalThis.results);
  } catch (error) {
    return [{ name: "the page", error: [error.message, ...messages].join("\n") }];
  } finally {
    await page.close();
  }
}

/** The path of Chromium or Chrome: $CHROMIUM, else the first one found. */
function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(":");
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

async function serve() {
  const server = createServer((request, response) => {
    const [, folder = "", path = ""] = /^\/(isolated|plain)\/([^?]*)/.exec(request.url ?? "") ?? [];
    const file = normalize(join(OUTPUT, path));
    if (!folder || !file.startsWith(OUTPUT) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, ...(folder === "isolated" ? ISOLATION : {}) }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const { failed } = await testInBrowser();
  process.exitCode = failed === 0 ? 0 : 1;
}
