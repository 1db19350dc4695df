/** Train here: what is trained in the page is what Node trains, to the last bit, and goes on there; and the other way round. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";

const CLI = fileURLToPath(new URL("../../bin/unrolled.mjs", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TEXT = "what is trained here can be trained there, and what was begun there goes on here. ".repeat(30);
/** As in the address, and as options of the command line. */
const SIZES = { hidden: 12, embedding: 5, batch: 2, window: 8, seed: 3 };
const ADDRESS = `train?${Object.entries(SIZES).map(([name, value]) => `${name}=${value}`).join("&")}`;
const OPTIONS = Object.entries(SIZES).flatMap(([name, value]) => [`--${name}`, String(value)]);
/** The page's backend, on one thread. */
const BACKEND = ["--backend", "wasm", "--threads", "1"];

async function withFolder(check) {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-lab-train-"));
  try {
    writeFileSync(join(folder, "sea.txt"), TEXT);
    await check((...names) => join(folder, ...names));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unrolled(...options) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...options], { encoding: "utf8", timeout: 60_000 });
  assert.equal(status, 0, stderr + stdout);
  return stdout;
}

/** But for the time that everything took. */
const metrics = (run) => readFileSync(join(run, "metrics.jsonl"), "utf8").replace(/"elapsed":[^,}]*,?/g, "");
/** The bytes of the last checkpoint's arrays: parameters, optimiser, carried states. */
function arrays(run) {
  const last = readdirSync(join(run, "checkpoints")).filter((name) => name.endsWith(".safetensors")).toSorted().at(-1);
  return { last, bytes: readFileSync(join(run, "checkpoints", last)) };
}
function sameRun(one, other) {
  assert.equal(metrics(one), metrics(other));
  const [a, b] = [arrays(one), arrays(other)];
  assert.equal(a.last, b.last);
  assert.ok(a.bytes.equals(b.bytes), `${a.last} differs`);
}

const state = (page, wanted) => page.waitForFunction((wanted) => new RegExp(wanted).test(document.querySelector(".train .status")?.textContent ?? ""), wanted.source);

async function giveText(page, path) {
  await page.getByRole("radio", { name: "Your own" }).check();
  await page.locator(".own-text input[type=file]").setInputFiles(path);
  await page.locator(".given b").waitFor();
}

/** The run of the page as a folder. @returns its path */
async function download(page, into) {
  const [taken] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the run" }).click()]);
  const files = unzipSync(readFileSync(await taken.path()));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(into, name)), { recursive: true });
    writeFileSync(join(into, name), bytes);
  }
  const name = taken.suggestedFilename().replace(/\.zip$/, "");
  assert.ok(Object.keys(files).every((path) => path.startsWith(`${name}/`)));
  return join(into, name);
}

const drop = (page, files) =>
  page.evaluateHandle((files) => {
    const data = new DataTransfer();
    for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
    return data;
  }, files).then((dataTransfer) => page.dispatchEvent("article.train", "drop", { dataTransfer }));

export const cases = {
  async "so many steps give the losses and the arrays of Node, which then goes on with the run"(lab) {
    await withFolder(async (at) => {
      const page = await lab.open(`${ADDRESS}&steps=300`, { isolated: false });
      await giveText(page, at("sea.txt"));
      await page.getByText(`${TEXT.length.toLocaleString("en")} characters`).waitFor();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await state(page, /step (2\d|[3-9]\d|\d\d\d) of 300/);
      await page.getByRole("button", { name: "Pause" }).click();
      await state(page, /Paused/);
      const paused = await download(page, at("paused"));
      await page.getByRole("button", { name: "Go on" }).click();
      await state(page, /Done/);
      assert.match(await page.locator(".samples pre").textContent(), /\w/);
      const whole = await download(page, at("whole"));

      // The same in Node, on WebAssembly with one thread.
      unrolled("train", "text", at("sea.txt"), ...OPTIONS, ...BACKEND, "--steps", "300", "--out", at("node"));
      sameRun(whole, at("node"));
      const loss = JSON.parse(metrics(at("node")).trim().split("\n").at(-1)).trainingLoss / Math.LN2;
      assert.match(await page.getByRole("img", { name: /^Loss over training step/ }).getAttribute("aria-label"), new RegExp(`: ${Number(loss.toFixed(3))} at step 300`));

      // With the commands that the page shows; the text is in the folder.
      rmSync(at("sea.txt"));
      assert.match(await page.getByLabel("Commands").textContent(), /^unzip sea-lstm\.zip\nnpx unrolled resume sea-lstm --steps 600\nnpx unrolled sample sea-lstm$/);
      const step = Number(arrays(paused).last.slice(0, 8));
      assert.ok(step >= 20 && step < 300, `paused at step ${step}`);
      unrolled("resume", paused);
      sameRun(paused, whole);
      unrolled("sample", paused, "--length", "5");
    });
  },

  async "a run of the command line goes on in the page, which asks for the text that the folder lacks"(lab) {
    await withFolder(async (at) => {
      unrolled("train", "text", at("sea.txt"), ...OPTIONS, ...BACKEND, "--steps", "40", "--out", at("runs/begun"));
      cpSync(at("runs/begun"), at("node"), { recursive: true });
      unrolled("resume", at("node"), "--steps", "90");

      const page = await lab.open("train?steps=90");
      await page.locator("input[data-opens=folder]").setInputFiles(at("runs/begun"));
      await page.getByText("begun does not carry its text. To go on it needs this file").waitFor();
      await page.locator("input[aria-label=Texts]").setInputFiles(at("sea.txt"));
      await page.getByRole("button", { name: "Train on to step 90" }).click();
      await state(page, /Done.*step 90 of 90/);
      sameRun(await download(page, at("page")), at("node"));
      assert.deepEqual(await page.locator(".trouble, .note").allTextContents(), []);
    });
  },

  async "a cell is written with help, and its mistakes are told at their places"(lab) {
    await withFolder(async (at) => {
      const page = await lab.open(`${ADDRESS}&cell=own&steps=4`);
      const editor = page.getByLabel("The cell’s equations");
      await page.getByText("gated-unit: state h; 2 learned maps.").waitFor();
      await editor.focus();
      await page.keyboard.press("Control+a");
      await page.keyboard.type('defineCell("mine", ({ x, h }, { linear }) => {\nreturn { h: tnah(linear("a", x, h)) };');
      await page.locator(".verdict").getByText("Line 2, column 15: There is no “tnah” here.").waitFor();
      assert.equal(await page.locator(".cm-lintRange-error").textContent(), "tnah");
      assert.match(decodeURIComponent(new URL(page.url()).hash), /source=defineCell\("mine"/);
      await giveText(page, at("sea.txt"));
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.getByRole("alert").getByText("There is no “tnah” here.").waitFor();

      await editor.focus();
      await page.keyboard.press("Control+a");
      await page.keyboard.type('defineCell("mine", ({ x, h }, { linear }) => {\nreturn { h: sigm');
      await page.locator(".cm-tooltip-autocomplete li[aria-selected]", { hasText: "sigmoid" }).waitFor();
      await page.waitForTimeout(100);
      await page.keyboard.press("Enter");
      await page.keyboard.type('(linear("a", x, h)) };');
      await page.getByText("mine: state h; 1 learned map.").waitFor();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await state(page, /Done.*step 4 of 4/);

      // The run carries its cell; nothing of it is executed to go on.
      const run = await download(page, at("page"));
      assert.match(readFileSync(join(run, "cell.ts"), "utf8"), /sigmoid\(linear\("a", x, h\)\)/);
      unrolled("resume", run, "--steps", "6");
      assert.match(unrolled("info", run), /mine/);
      const again = await lab.open("train?steps=8");
      await again.locator("input[data-opens=folder]").setInputFiles(run);
      await again.getByText("mine: state h; 1 learned map.").waitFor();
      await again.getByRole("button", { name: "Train on to step 8" }).click();
      await state(again, /Done.*step 8 of 8/);
    });
  },

  async "what is no text, no run, or a damaged one is explained, and what was there stays"(lab) {
    await withFolder(async (at) => {
      const page = await lab.open(`${ADDRESS}&steps=3`, { isolated: false });
      const bytes = (text) => [...new TextEncoder().encode(text)];
      await drop(page, [["cat.png", [137, 80, 78, 71, 0, 1, 2]]]);
      await page.getByText("cat.png: this is not text (a zero byte at offset 4). A model of bytes reads any file: choose bytes in place of characters.").waitFor();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.locator(".live").getByText(/^cat.png: this is not text/).waitFor();

      await drop(page, [["sea.txt", bytes(TEXT)]]);
      await page.locator(".given", { hasText: "sea.txt" }).waitFor();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await state(page, /Done.*step 3 of 3/);
      const run = await download(page, at("page"));

      await drop(page, [["run.zip", [80, 75, 3, 4]]]);
      await page.getByText(/^run\.zip is not a \.zip that can be read/).waitFor();
      await drop(page, [["run.json", bytes('{"format": 1, "kin')]]);
      await page.getByText(/run\.json is damaged: /).waitFor();
      await drop(page, [["run.json", bytes('{"format": 1, "version": "0", "kind": "vectors"}')]]);
      await page.getByText(/is a run of kind "vectors", not a model of text/).waitFor();
      writeFileSync(join(run, "input.txt"), `${TEXT} And more.`);
      await page.locator("input[data-opens=folder]").setInputFiles(run);
      await page.getByText("sea-lstm does not carry its text.").waitFor();
      await page.getByRole("button", { name: "Leave it" }).click();
      writeFileSync(join(run, "input.txt"), TEXT);
      for (const name of readdirSync(join(run, "checkpoints"))) if (name.endsWith(".safetensors")) writeFileSync(join(run, "checkpoints", name), "nothing");
      await page.locator("input[data-opens=folder]").setInputFiles(run);
      await page.getByText(/^No checkpoint of this run is whole\./).waitFor();
      assert.match(await page.locator(".status").textContent(), /Done sea-lstm, step 3 of 3/);
    });
  },

  async "all of it by the keyboard, and for everybody; steps that were not kept are asked about"(lab) {
    const page = await lab.open(`${ADDRESS}&steps=90000&cell=own`, { width: 400 });
    await page.locator(".editor[data-loaded]").waitFor();
    // Tab leaves the editor, as everything.
    await page.getByLabel("The cell’s equations").focus();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.closest(".fields, .live") !== null), true);
    await page.getByRole("radio", { name: "Moby Dick" }).focus();
    await page.keyboard.press("ArrowRight");
    const paste = page.getByRole("button", { name: "Paste a text" });
    await paste.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Text" }).focus();
    await page.keyboard.insertText(TEXT);
    await page.locator(".given", { hasText: "pasted.txt" }).waitFor();
    const train = page.getByRole("button", { name: "Train", exact: true });
    await train.focus();
    await page.keyboard.press("Enter");
    await state(page, /Training.*step \d+ of 90,000/);
    await page.addScriptTag({ path: AXE });
    const serious = async () => (await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }))).violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
    assert.deepEqual(await serious(), []);
    const pause = page.getByRole("button", { name: "Pause" });
    await pause.focus();
    await page.keyboard.press("Space");
    await state(page, /Paused/);
    await page.getByRole("button", { name: "Train anew" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog", { name: "The run is not saved" }).waitFor();
    assert.deepEqual(await serious(), []);
    // A run goes on while another page is looked at.
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("button", { name: "Go on" }).click();
    const stepOf = async () => Number(/step ([\d,]+) of/.exec(await page.locator(".status").textContent())[1].replaceAll(",", ""));
    const before = await stepOf();
    await lab.visit(page, "quiz");
    await lab.visit(page, "train");
    await page.waitForFunction((before) => Number(/step ([\d,]+) of/.exec(document.querySelector(".status").textContent)?.[1].replaceAll(",", "")) > before, before);
  },
};
