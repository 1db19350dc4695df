/**
 * `npm run lab:shots`: pictures of every page of the Lab, light and dark, narrow and wide, into docs/lab/. `npm run lab:shots -- FOLDER PAGE...`
 * makes only those of some pages, elsewhere.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium, serveFolder } from "../tests/browser/chromium.mjs";
import { build } from "./build.mjs";
import { buildLab } from "./build-lab.mjs";
import { LAB_OUTPUT } from "./lab-config.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every page, in a state that shows what it is for: name of the picture, address. */
const VIEWS = {
  unroll: "unroll?mode=backward",
  "unroll-lstm": "unroll?cell=lstm",
  "unroll-gru": "unroll?cell=gru&mode=backward",
  quiz: "quiz",
};
const WIDTHS = { narrow: 400, wide: 1600 };
const MOST_HEIGHT = 1800;

const [folder = join(ROOT, "docs/lab"), ...wanted] = process.argv.slice(2);
if (process.env.LAB_BUILT === undefined) {
  await build();
  await buildLab();
}
const browser = await launchChromium("shots");
if (browser) {
  const server = await serveFolder(LAB_OUTPUT);
  mkdirSync(folder, { recursive: true });
  for (const [name, address] of Object.entries(VIEWS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const colorScheme of ["light", "dark"]) {
      for (const [size, width] of Object.entries(WIDTHS)) {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 1000 }, reducedMotion: "reduce" });
        page.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
        await page.goto(`http://127.0.0.1:${server.address().port}/isolated/#/${address}`);
        await page.waitForSelector("main [data-ready]", { timeout: 20_000 }).catch(() => console.error(`${name}: never ready`));
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        const path = join(folder, `${name}-${size}-${colorScheme}.png`);
        await page.screenshot({ path, clip: { x: 0, y: 0, width, height: Math.min(height, MOST_HEIGHT) }, fullPage: true });
        console.log(path);
        await page.close();
      }
    }
  }
  await browser.close();
  server.close();
}
