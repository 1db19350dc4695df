/**
 * The browser tests: bundles the page with Vite, serves it with and without the headers that let memory be shared, and opens
 * it in Chromium, both on the page and in a Worker. `node tests/browser/run.mjs` runs them alone, after a build.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { filesBelow } from "../../scripts/stamps.mjs";
import { launchChromium, serveFolder } from "./chromium.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OUTPUT = join(ROOT, "build/browser");

/** @returns {Promise<{ passed: number, failed: number }>} */
export async function testInBrowser() {
  const browser = await launchChromium("browser");
  if (!browser) return { passed: 0, failed: 0 };
  await build({
    root: fileURLToPath(new URL(".", import.meta.url)),
    base: "./",
    logLevel: "warn",
    worker: { format: "es" },
    build: { outDir: OUTPUT, emptyOutDir: true, target: "es2022" },
  });
  const leaked = filesBelow(OUTPUT, (path) => path.endsWith(".js")).filter((path) => /\bnode:[a-z]/.test(readFileSync(path, "utf8")));
  for (const path of leaked) console.error(`browser: FAILED: the bundle asks for Node's modules: ${path}`);
  const server = await serveFolder(OUTPUT);
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

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const { failed } = await testInBrowser();
  process.exitCode = failed === 0 ? 0 : 1;
}
