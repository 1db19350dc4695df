/** Pen: a run of one's own writes, is watched, steered, primed and saved; what it cannot write is explained. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LAB_PEN, makeLabPen } from "../../scripts/lab-pen.mjs";
import { layoutShift } from "../browser/chromium.mjs";

const CLI = fileURLToPath(new URL("../../bin/unrolled.mjs", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let made;

/** A run that has hardly learnt anything, of four characters; once. */
async function runs() {
  if (made) return made;
  made = mkdtempSync(join(tmpdir(), "unrolled-lab-pen-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  mkdirSync(join(made, "said"));
  for (let i = 0; i < 12; i++) {
    const strokes = [0, 1, 2].map((s) => Array.from({ length: 6 }, (_, p) => [10 * s + p + ((i * (p + 3)) % 7) / 40, 3 * (p % 2) + ((i * (s + 5)) % 11) / 50]));
    writeFileSync(join(made, "said", `${i}.json`), JSON.stringify({ strokes, text: ["ab c", "cab", "b ac"][i % 3], writer: `w${i}` }));
  }
  const sizes = ["--hidden", "8", "--layers", "1", "--components", "2", "--window", "3", "--steps", "4", "--threads", "1"];
  unrolled("train", "handwriting", join(made, "said"), "--task", "synthesis", ...sizes, "--out", join(made, "run"));
  unrolled("train", "handwriting", join(made, "said"), "--task", "synthesis", "--writers", "4", ...sizes, "--out", join(made, "hands"));
  await makeLabPen(join(made, "run"), join(made, "compact"));
  cpSync(join(made, "run"), join(made, "predicts"), { recursive: true });
  const config = JSON.parse(readFileSync(join(made, "run/run.json"), "utf8"));
  writeFileSync(join(made, "predicts/run.json"), JSON.stringify({ ...config, handwriting: { ...config.handwriting, task: "prediction" } }));
  return made;
}

function unrolled(...parameters) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...parameters], { encoding: "utf8", timeout: 60_000 });
  assert.equal(status, 0, stderr);
  return stdout;
}

const position = (page) => page.getByLabel("Movement of the pen");
/** Waits until all is written and shown, and says how many movements that took. */
async function written(page, besides) {
  const handle = await page.waitForFunction((besides) => {
    const slider = document.querySelector(".transport input");
    const { value, max, disabled } = slider ?? { disabled: true };
    return !disabled && value === max && max !== besides && document.querySelector(".pen[data-ready]") ? max : undefined;
  }, besides);
  return handle.jsonValue();
}

async function open(lab, address, { run = "run", ...options } = {}) {
  const page = await lab.open(`pen?${address}`, options);
  const folder = join(await runs(), run);
  await page.getByLabel("The folder of a run").setInputFiles(folder);
  await page.getByLabel("Model", { exact: true }).getByText(/^(run|compact|hands): /).waitFor();
  await written(page);
  return page;
}

export const cases = {
  async "the Lab's own model writes, or it is said which run will"(lab) {
    const page = await lab.open("pen");
    if (existsSync(LAB_PEN)) {
      assert.ok(Number(await written(page)) > 100);
      await page.getByText(/^The Lab’s own model: [\d,]+ weights/).waitFor();
    } else {
      await page.getByText("No model comes with this Lab.").waitFor();
      await page.getByText(/Open the folder of a run of unrolled train handwriting --task synthesis/).waitFor();
    }
  },

  async "a run writes as the command line does, compact too, with threads and without"(lab) {
    const folder = await runs();
    const told = JSON.parse(unrolled("write", join(folder, "run"), "cab a", "--seed", "3", "--bias", "1.5", "--out", join(folder, "w.json"), "--backend", "wasm", "--threads", "1", "--json"));
    const counts = [];
    for (const isolated of [true, false]) counts.push(await written(await open(lab, "text=cab+a&seed=3&bias=1.5", { isolated })));
    assert.deepEqual(counts, [String(told.points), String(told.points)]);
    const compact = await open(lab, "text=cab+a&seed=3&bias=1.5", { run: "compact" });
    assert.ok(Number(await written(compact)) > 5);
    unrolled("write", join(folder, "compact"), "cab", "--out", join(folder, "c.svg"), "--backend", "wasm");
  },

  async "a run that tells writers apart writes in the hand that is chosen"(lab) {
    const page = await open(lab, "text=cab+bac", { run: "hands" });
    const before = await written(page);
    const hand = page.getByRole("combobox", { name: "Hand" });
    assert.deepEqual((await hand.locator("option").allTextContents()).slice(0, 3), ["any", "w0", "w1"]);
    await hand.selectOption("w3");
    await page.waitForFunction(() => location.hash.includes("hand=w3"));
    await page.getByText(/--seed 5 --writer w3$/).waitFor();
    assert.ok(Number(before) > 5);
    await written(page);
  },

  async "the pen can be led by the keyboard, and replayed"(lab) {
    const page = await open(lab, "text=b+ac");
    const total = Number(await written(page));
    await position(page).focus();
    await page.keyboard.press("Home");
    assert.match(await position(page).getAttribute("aria-valuetext"), new RegExp(`^Movement 0 of ${total}, `));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.match(await position(page).getAttribute("aria-valuetext"), /^Movement 2 of \d+, (at “[abc]”|at a space|behind the text)$/);
    assert.equal(await page.locator(".window-text span").count(), 5);
    const phi = await page.locator(".window-text span").evaluateAll((all) => all.map((letter) => Number(letter.style.getPropertyValue("--phi"))));
    assert.ok(Math.abs(phi.reduce((sum, value) => sum + value, 0) - 1) < 0.01, String(phi));
    await page.getByRole("img", { name: `The window over 4 characters at each of ${total} movements` }).waitFor();
    assert.match(await page.locator(".lift").textContent(), /\d+ %$/);
    await page.getByRole("button", { name: "Go on", exact: true }).click();
    await page.getByRole("button", { name: "Replay" }).waitFor();
    assert.equal(await written(page), String(total));
    // What is seen is drawn.
    const ink = (name) => page.getByRole("img", { name }).evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value > 200));
    assert.equal(await ink("Written by the network: b ac"), true);
    assert.equal(await ink(/^Where the pen may go next/), true);
    await page.getByRole("radio", { name: "Densities" }).check();
    await page.waitForFunction(() => location.hash.includes("show=densities"));
  },

  async "text, bias and seed are in the address; another seed is a link"(lab) {
    const page = await open(lab, "text=ab&bias=0.75&seed=1");
    const first = await written(page);
    await page.getByLabel("Text to be written").fill("ab cab cab");
    const second = await written(page, first);
    assert.match(await page.evaluate(() => location.hash), /text=ab\+cab\+cab/);
    await page.getByLabel(/^Bias/).focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => location.hash.includes("bias=0.9"));
    await page.getByRole("button", { name: "Write anew" }).click();
    await page.waitForFunction(() => location.hash.includes("seed=2"));
    // The address changes before the writing begins, and the others come one by one.
    await page.locator(".others path").nth(5).waitFor({ state: "attached" });
    await page.waitForSelector(".pen:not([data-busy])");
    assert.equal(await page.locator(".others path").count(), 6);
    await page.getByRole("link", { name: "Seed 4" }).click();
    await page.waitForFunction(() => /text=ab\+cab\+cab.*bias=0\.9.*seed=4/.test(location.hash));
    await page.waitForSelector(".pen[data-ready]");
    assert.ok(Number(second) > Number(first));
    // Senseless settings are none.
    await page.goto(`${lab.origin}/isolated/#/pen?bias=-3&seed=x&speed=never&text=`);
    await page.reload();
    await page.waitForSelector(".pen[data-ready]");
  },

  async "characters that the model never saw are named, and left out on request"(lab) {
    const page = await open(lab, "text=ab&bias=0.75&seed=1");
    const first = await written(page);
    await page.getByLabel("Text to be written").fill("aéb? cab");
    await page.getByRole("alert").filter({ hasText: "The model has never seen “é”, “?”." }).waitFor();
    await page.getByRole("button", { name: "Leave them out" }).click();
    await written(page, first);
    assert.match(await page.evaluate(() => location.hash), /skip=on/);
    await page.getByRole("img", { name: "Written by the network: ab / cab" }).waitFor();
    await page.getByText(/^Left out, for the model has never seen them: “é”, “\?”/).waitFor();
    for (const [text, why] of [["??", "Nothing is left to write."], ["  ", "There is nothing to write: type some words."]]) {
      await page.getByLabel("Text to be written").fill(text);
      await page.getByText(why).waitFor();
    }
    await page.getByLabel("Text to be written").fill("a".repeat(30));
    await page.getByRole("img", { name: /^Written by the network: (a+ \/ ){7}a+$/ }).waitFor();
  },

  async "it goes on from what is drawn, once it is said what that says"(lab) {
    const page = await open(lab, "text=cab+cab");
    const before = await written(page);
    const pad = page.locator(".pad");
    await pad.scrollIntoViewIfNeeded();
    const { x, y } = await pad.boundingBox();
    const use = page.getByRole("button", { name: "Go on from this" });
    for (let s = 0; s < 3; s++) {
      await page.mouse.move(x + 40 + 60 * s, y + 60);
      await page.mouse.down();
      for (let p = 1; p <= 8; p++) await page.mouse.move(x + 40 + 60 * s + 5 * p, y + 60 + 25 * Math.sin(p));
      await page.mouse.up();
    }
    await page.getByRole("img", { name: "Your writing: 3 strokes" }).waitFor();
    assert.equal(await use.isDisabled(), true);
    const said = page.getByLabel("What it says");
    await said.fill("ab");
    await use.click();
    const after = await written(page, before);
    await page.getByRole("button", { name: "It goes on from this" }).waitFor();
    await said.fill("ab!");
    await use.click();
    await page.getByRole("alert").filter({ hasText: "The model has never seen “!”, which your drawing says." }).waitFor();
    await page.getByRole("button", { name: "Undo stroke" }).click();
    await page.getByRole("img", { name: "Your writing: 2 strokes" }).waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    assert.equal(await written(page, after), before);
    // A line that goes straight down has no width to be read by.
    await page.mouse.move(x + 40, y + 40);
    await page.mouse.down();
    await page.mouse.move(x + 40, y + 90);
    await page.mouse.up();
    await said.fill("ab");
    await use.click();
    await page.getByRole("alert").filter({ hasText: "The drawing has no width: write from left to right." }).waitFor();
  },

  async "it is saved still, replaying, and as pixels"(lab) {
    const page = await open(lab, "text=cab");
    const saved = {};
    for (const name of ["SVG", "Animated SVG", "PNG"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name, exact: true }).click()]);
      saved[download.suggestedFilename()] = readFileSync(await download.path());
    }
    assert.deepEqual(Object.keys(saved), ["cab.svg", "cab-pen.svg", "cab.png"]);
    assert.match(String(saved["cab.svg"]), /^<svg .*<title>cab<\/title>/s);
    assert.equal(String(saved["cab.svg"]).includes("animation"), false);
    assert.match(String(saved["cab-pen.svg"]), /animation/);
    assert.equal(saved["cab.png"].subarray(1, 4).toString(), "PNG");
  },

  async "what is no run that writes is explained, and the one before writes on"(lab) {
    const page = await open(lab, "text=cab");
    const total = await written(page);
    const folder = await runs();
    for (const [given, why] of [["said", /^said is no run and holds none/], ["predicts", /^predicts predicts strokes and writes no texts/]]) {
      await page.getByLabel("The folder of a run").setInputFiles(join(folder, given));
      await page.getByRole("alert").filter({ hasText: why }).waitFor();
      assert.equal(await written(page), total);
    }
    await page.getByLabel("Text to be written").fill("cab cab cab");
    await written(page, total);
  },

  async "it can be read by everybody while a run writes"(lab) {
    for (const [colorScheme, width] of [["light", 1280], ["dark", 400]]) {
      const page = await open(lab, "text=cab+bac&show=densities", { colorScheme, width });
      await page.waitForSelector(".pen:not([data-busy])");
      const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }));
      assert.ok(scrollWidth <= innerWidth, `${scrollWidth} pixels wide`);
      await page.addScriptTag({ path: AXE });
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      assert.deepEqual(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`), []);
    }
  },

  async "nothing moves while it opens"(lab) {
    for (const width of [400, 1280]) {
      const page = await lab.open("pen", { width });
      const shift = await layoutShift(page);
      assert.ok(shift < 0.03, `layout shift ${shift} at ${width}`);
    }
  },
};
