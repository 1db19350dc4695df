/**
 * The Lab's tests: builds it, serves it below two paths, with and without the headers that let memory be shared, and drives it in
 * Chromium. The cases are in the other files of this folder, `export const cases = { "what holds": async (lab) => … }`; a case fails by
 * throwing, and where its page reports an error. `node tests/lab/run.mjs [WORD...]` runs those alone whose file has one of the words in its name.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BuildError } from "../../scripts/build.mjs";
import { buildLab } from "../../scripts/build-lab.mjs";
import { LAB_OUTPUT } from "../../scripts/lab-config.mjs";
import { launchChromium, serveFolder } from "../browser/chromium.mjs";

/** @returns {Promise<{ passed: number, failed: number }>} */
export async function testLab(words = []) {
  const browser = await launchChromium("lab");
  if (!browser) return { passed: 0, failed: 0 };
  const counts = { passed: 0, failed: 0 };
  let server;
  try {
    try {
      await buildLab();
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      console.error(`lab: FAILED: build: ${error.message}`);
      return { passed: 0, failed: 1 };
    }
    server = await serveFolder(LAB_OUTPUT);
    for (const file of caseFiles(words)) {
      const { cases } = await import(new URL(file, import.meta.url).href);
      for (const [name, check] of Object.entries(cases)) {
        const error = await failureOf(check, browser, server);
        if (error) console.error(`lab: FAILED: ${file}: ${name}: ${error}`);
        counts[error ? "failed" : "passed"]++;
      }
    }
  } finally {
    await browser.close();
    server?.close();
  }
  console.log(`lab: Chromium ${browser.version()}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

function caseFiles(words) {
  const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".mjs") && file !== "run.mjs");
  return files.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).toSorted();
}

/** @returns {Promise<string | undefined>} why the case failed */
async function failureOf(check, browser, server) {
  const lab = new LabUnderTest(browser, `http://127.0.0.1:${server.address().port}`);
  try {
    await check(lab);
    return lab.messages.length > 0 ? lab.messages.join("\n") : undefined;
  } catch (error) {
    return [error.stack, ...lab.messages].join("\n");
  } finally {
    await lab.close();
  }
}

/** What a case is given. */
class LabUnderTest {
  /** Errors that pages reported. */
  messages = [];
  #contexts = [];

  constructor(browser, origin) {
    this.browser = browser;
    this.origin = origin;
  }

  /** Opens a page of the Lab (`unroll?cell=lstm`) and waits until it has something to show. */
  async open(address, { isolated = true, width = 1280, height = 900, colorScheme = "light", origin = `${this.origin}/${isolated ? "isolated" : "plain"}/` } = {}) {
    const context = await this.browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => this.messages.push(error.message));
    page.on("console", (message) => message.type() === "error" && this.messages.push(message.text()));
    await page.goto(`${origin}#/${address}`);
    await page.waitForSelector("main [data-ready], main .unmade-page");
    return page;
  }

  /** Goes on to another page of the Lab, as a link does. */
  async visit(page, address) {
    await page.evaluate((address) => (location.hash = `#/${address}`), address);
    const id = address.replace(/\?.*/, "");
    await page.locator(`nav a[aria-current=page][href="#/${id}"]`).waitFor();
    await page.waitForSelector("main [data-ready], main .unmade-page");
  }

  async close() {
    for (const context of this.#contexts) await context.close();
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const { failed } = await testLab(process.argv.slice(2));
  process.exitCode = failed === 0 ? 0 : 1;
}
