/**
 * `npm run lab:shots`: pictures of every page of the Lab, light and dark, narrow and wide, into docs/lab/. `npm run lab:shots -- FOLDER PAGE...`
 * makes only those of some pages, elsewhere.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium, serveFolder } from "../tests/browser/chromium.mjs";
import { build } from "./build.mjs";
import { buildLab } from "./build-lab.mjs";
import { LAB_OUTPUT } from "./lab-config.mjs";
import { runUnrolled } from "./run-unrolled.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every page, in a state that shows what it is for: name of the picture, address. */
const VIEWS = {
  unroll: "unroll?mode=backward",
  "unroll-lstm": "unroll?cell=lstm",
  "unroll-gru": "unroll?cell=gru&mode=backward",
  quiz: "quiz",
  gradients: "gradients?story=lstm",
  gates: "gates",
  train: "train?cell=own&hidden=64&batch=8&steps=200",
  words: "words?analogy=ships+ship+whale",
  pen: "pen",
  runs: "runs",
};
/** Pixels; a longer page is cut off. */
const SIZES = { narrow: { width: 400, most: 1700 }, wide: { width: 1600, most: 1500 } };
const QUALITY = 0.82;
/** Runs that the page Runs is shown with, made as anybody makes them: name, options. */
const RUNS = { "moby-gru": ["--cell", "gru", "--lr", "0.003"], "moby-lstm": ["--cell", "lstm"], "moby-lstm-small": ["--cell", "lstm", "--hidden", "64"] };

let trained;

const [folder = join(ROOT, "docs/lab"), ...wanted] = process.argv.slice(2);
await build();
await buildLab();
const browser = await launchChromium("shots");
if (browser) {
  const server = await serveFolder(LAB_OUTPUT);
  mkdirSync(folder, { recursive: true });
  for (const [name, address] of Object.entries(VIEWS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const colorScheme of ["light", "dark"]) {
      for (const [size, { width, most }] of Object.entries(SIZES)) {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 1000 }, reducedMotion: "reduce" });
        page.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
        await page.goto(`http://127.0.0.1:${server.address().port}/isolated/#/${address}`);
        await page.waitForSelector("main [data-ready]", { timeout: 20_000 }).catch(() => console.error(`${name}: never ready`));
        if (name === "runs") await page.locator("input[type=file]").setInputFiles(runs());
        if (name === "runs") await page.waitForSelector("main .line-chart canvas");
        if (name === "train") {
          await page.waitForSelector("main [data-loaded]");
          await page.getByRole("button", { name: "Train", exact: true }).click();
          await page.waitForSelector("main [data-busy]");
        }
        // What trains is let finish.
        await page.waitForSelector("main [data-busy]", { state: "detached", timeout: 300_000 });
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        const picture = await page.screenshot({ clip: { x: 0, y: 0, width, height: Math.min(height, most) }, fullPage: true });
        const path = join(folder, `${name}-${size}-${colorScheme}.webp`);
        writeFileSync(path, await webpOf(page, picture));
        console.log(path);
        await page.close();
      }
    }
  }
  await browser.close();
  server.close();
}

/** The folder of runs to look at, trained when it is first asked for. */
function runs() {
  if (trained) return trained;
  const folder = mkdtempSync(join(tmpdir(), "unrolled-lab-shots-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  trained = join(folder, "runs");
  for (const [name, options] of Object.entries(RUNS)) {
    runUnrolled(["train", "text", "--steps", "200", "--hidden", "128", "--batch", "16", ...options, "--out", join(trained, name)]);
  }
  return trained;
}

/** A PNG as WebP, a quarter of its size: browsers can write it. */
async function webpOf(page, png) {
  const url = await page.evaluate(
    async ([data, quality]) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", quality);
    },
    [png.toString("base64"), QUALITY],
  );
  return Buffer.from(url.split(",")[1], "base64");
}
