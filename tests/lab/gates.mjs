/** Gates: the Lab's own model reads and writes, its units react; runs of one's own; what is no character model is explained. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { layoutShift } from "../browser/chromium.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "bin/unrolled.mjs");
const OWN_RUN = join(ROOT, "build/lab-model/run");

const settled = (page) => page.waitForSelector("main [data-busy]", { state: "detached", timeout: 120_000 });
const text = (page) => page.getByLabel("Text to read");
const guesses = async (page) => (await page.locator(".guesses li").allTextContents()).map((line) => /^(.+?)([\d.]+) %$/.exec(line).slice(1));
const hash = (page, pattern) => page.waitForFunction((source) => new RegExp(source, "s").test(decodeURIComponent(location.hash)), pattern.source);
const unit = async (page) => Number(await page.getByLabel("Unit", { exact: true }).inputValue());

function unrolled(...parameters) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...parameters], { encoding: "utf8", timeout: 120_000 });
  assert.equal(status, 0, stderr);
  return stdout;
}

let made;

/** Small runs: a model of characters with two layers, and one of words. */
function runsMade() {
  if (made) return made;
  made = mkdtempSync(join(tmpdir(), "unrolled-lab-gates-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  const source = join(made, "text.txt");
  writeFileSync(source, 'a gate (of "two") opens\nand another one shuts. '.repeat(60));
  const options = ["--steps", "20", "--hidden", "8", "--batch", "2", "--window", "8", "--threads", "1"];
  unrolled("train", "text", source, ...options, "--cell", "gru", "--layers", "2", "--out", join(made, "characters"));
  unrolled("train", "text", source, ...options, "--vocabulary", "words", "--out", join(made, "words"));
  return made;
}

export const cases = {
  async "the Lab's own model: every question it answers has a unit that reacts, the same with threads and without"(lab) {
    const said = [];
    for (const isolated of [true, false]) {
      const page = await lab.open("gates", { isolated });
      await settled(page);
      const found = [];
      for (const link of await page.locator(".presets a").all()) {
        await link.click();
        await page.waitForFunction((title) => document.querySelector(".presets [aria-current]")?.textContent === title, await link.textContent());
        const [name, r] = await page.locator(".units label.on").locator("span").allTextContents();
        assert.equal(name, `unit ${await unit(page)}`);
        const size = Math.abs(Number(r.replace("−", "-")));
        assert.ok(size >= 0.35 && size <= 1, `${await link.textContent()}: ${name} ${r}`);
        found.push(name, r);
      }
      assert.equal(found.length, 10);
      await page.getByRole("img", { name: /^input gate of 128 units at \d+ characters, sorted by start of a word/ }).waitFor();
      said.push(found, await guesses(page));
    }
    assert.deepEqual(said.slice(0, 2), said.slice(2));
  },

  async "what is typed is read: probabilities at the caret, units at every character, all of it in the address"(lab) {
    const page = await lab.open("gates");
    await settled(page);
    const field = text(page);
    await field.focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("The captain and the whal");
    await page.waitForFunction(() => document.querySelectorAll(".painted span").length === 24 && document.querySelector(".guesses .read")?.textContent === "The captain and the whal");
    const [best] = await guesses(page);
    assert.ok(best[0] === "e" && Number(best[1]) > 50, best.join(" "));
    await hash(page, /text=The\+captain\+and\+the\+whal/);
    // Caret into the text, by the keyboard: what comes there is marked among the guesses.
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => document.querySelector(".guesses .read")?.textContent === "The captain and the");
    assert.match(await page.locator(".guesses p").textContent(), /where a space stands, expected with [\d.]+ %/);
    assert.equal(await page.locator(".guesses .actual").count(), 1);
    await hash(page, /at=19/);
    assert.equal(await page.locator(".painted .at").textContent(), "e");
    await page.keyboard.type("é");
    await page.getByText("The model has never seen “é”").waitFor();
    await field.fill("");
    await page.getByText("Put the caret somewhere in the text.").waitFor();
    assert.equal(await page.locator(".painted span").count(), 0);
  },

  async "value, unit and order are in the address, and are chosen by the keyboard or on the map"(lab) {
    const page = await lab.open("gates?value=forget&by=vowel&unit=5&at=3&text=One+two+three");
    await settled(page);
    assert.equal(await unit(page), 5);
    assert.equal(await page.locator(".painted .at").textContent(), "e");
    assert.equal(await page.getByLabel("Value").inputValue(), "forget");
    assert.equal(await page.getByRole("radio", { name: /^Vowel/ }).isChecked(), true);
    // Another property: its best unit is chosen.
    await page.getByRole("radio", { name: /^Vowel/ }).focus();
    await page.keyboard.press("ArrowDown");
    await hash(page, /by=punctuation/);
    const first = await page.locator(".units .row-name").first().textContent();
    assert.equal(first, `unit ${await unit(page)}`);
    await page.getByRole("radio", { name: /^unit/ }).first().focus();
    await page.keyboard.press("ArrowDown");
    const second = await page.locator(".units .row-name").nth(1).textContent();
    await hash(page, new RegExp(`unit=${second.slice(5)}\\b`));
    // The upper left corner of the map: the unit that goes up most, at the first character.
    await page.getByRole("img", { name: /^forget gate of 128 units at 13 characters/ }).click({ position: { x: 2, y: 1 } });
    await hash(page, /at=1\b/);
    assert.equal(await page.locator(".painted .at").textContent(), "O");
    const { top } = await page.locator(".heat-mark").first().evaluate((mark) => mark.style);
    assert.equal(top, "0%");
    await page.getByLabel("Value").selectOption("c");
    await page.getByRole("img", { name: /^cell state c of 128 units/ }).waitFor();
  },

  async "it writes what unrolled sample writes, pauses, goes on, and takes it back"(lab) {
    const page = await lab.open("gates?text=The+white+whale&temperature=0.6&seed=3");
    await settled(page);
    const expected = JSON.parse(unrolled("sample", OWN_RUN, "--prime", "The white whale", "--temperature", "0.6", "--seed", "3", "--length", "200", "--backend", "wasm", "--json")).text;
    const write = page.getByRole("button", { name: "Let it write on" });
    for (const least of [20, 45]) {
      await write.press("Enter");
      await page.waitForFunction((least) => document.querySelector("textarea").value.length > 15 + least, least);
      await page.getByRole("button", { name: "Pause" }).press("Enter");
      await write.waitFor();
    }
    const written = (await text(page).inputValue()).slice("The white whale".length);
    assert.equal(written.slice(0, 200), expected.slice(0, written.length));
    await page.waitForFunction((count) => document.querySelectorAll(".painted .written").length === count, [...written].length);
    await hash(page, /text=The\+white\+whale.{40,}/);
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.waitForFunction(() => document.querySelector("textarea").value === "The white whale");
    assert.equal(await page.getByRole("button", { name: "Take it back" }).isDisabled(), true);
  },

  async "a run of one's own, opened as a folder or dropped as files"(lab) {
    const page = await lab.open("gates?layer=2&value=update");
    const run = join(runsMade(), "characters");
    await page.getByLabel("The folder of a run").setInputFiles(run);
    await page.locator(".source", { hasText: "characters: a GRU of 2 times 8 units" }).waitFor();
    await settled(page);
    assert.deepEqual(await page.getByLabel("Value").locator("option").allTextContents(), ["state h", "reset gate", "update gate", "candidate x", "candidate h"]);
    assert.equal(await page.getByRole("radio", { name: "2", exact: true }).isChecked(), true);
    await page.getByRole("img", { name: /^update gate of 8 units/ }).waitFor();
    await page.getByText("characters that the model wrote itself").waitFor();
    await page.getByLabel("A text file").setInputFiles(join(runsMade(), "text.txt"));
    await page.getByText("characters of text.txt").waitFor();
    await settled(page);
    assert.match(await page.getByRole("radio", { name: /^Inside brackets/ }).locator("xpath=..").textContent(), /\d\.\d\d$/);

    await page.getByRole("button", { name: "Back to Moby Dick" }).click();
    await page.locator(".source", { hasText: "Moby Dick: an LSTM of 128 units" }).waitFor();
    const names = ["run.json", "vocabulary.json", ...readdirSync(join(run, "checkpoints")).map((name) => `checkpoints/${name}`)];
    const files = names.map((name) => [name.split("/").at(-1), readFileSync(join(run, name)).toString("base64")]);
    await page.evaluate((files) => {
      const dataTransfer = new DataTransfer();
      for (const [name, data] of files) dataTransfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
      document.querySelector("main").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }, files);
    await page.locator(".source", { hasText: "a GRU of 2 times 8 units" }).waitFor();
  },

  async "what is no run of a character model is explained, and loses nothing"(lab) {
    const page = await lab.open("gates");
    const good = join(runsMade(), "characters");
    const folder = mkdtempSync(join(tmpdir(), "unrolled-lab-gates-"));
    const variant = (name, change) => {
      cpSync(good, join(folder, name), { recursive: true });
      change(join(folder, name));
      return join(folder, name);
    };
    const config = JSON.parse(readFileSync(join(good, "run.json"), "utf8"));
    mkdirSync(join(folder, "pictures"));
    writeFileSync(join(folder, "pictures/cat.png"), "\x89PNG\r\n\x1a\n\0\0", "latin1");
    try {
      for (const [path, why] of [
        [join(folder, "pictures"), /pictures is no run and holds none: a run is a folder with a run\.json/],
        [join(runsMade(), "words"), /words is a model of words: this page reads characters one by one/],
        [variant("cut", (run) => writeFileSync(join(run, "run.json"), '{"format": 1,')), /cut\/run\.json is damaged/],
        [variant("vectors", (run) => writeFileSync(join(run, "run.json"), JSON.stringify({ ...config, kind: "vectors" }))), /vectors is a run of kind "vectors", not a model of text/],
        [variant("young", (run) => rmSync(join(run, "checkpoints"), { recursive: true })), /young has no checkpoint yet/],
        [variant("wider", (run) => writeFileSync(join(run, "run.json"), JSON.stringify({ ...config, text: { ...config.text, hidden: 9 } }))), /the saved tensors do not fit/],
        [variant("binary", (run) => writeFileSync(join(run, "vocabulary.json"), Buffer.from([0xff, 0xfe, 0]))), /binary\/vocabulary\.json is damaged/],
        [runsMade(), /holds 2 runs, .*: open one of them/],
      ]) {
        await page.getByLabel("The folder of a run").setInputFiles(path);
        await page.locator(".trouble", { hasText: why }).waitFor();
        assert.match(await page.locator(".trouble", { hasText: why }).textContent(), /Shown is still Moby Dick\.$/);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    assert.equal(await page.locator(".guesses li").count(), 8);
    await page.getByLabel("A text file").setInputFiles({ name: "cat.png", mimeType: "image/png", buffer: Buffer.alloc(500) });
    await page.locator(".trouble", { hasText: /cat\.png: this is not text/ }).waitFor();
    assert.equal(await page.locator(".units .row-name").count(), 8);
  },

  async "nothing moves while the model is opened and the longer text is read"(lab) {
    for (const width of [400, 1280, 1600]) {
      const page = await lab.open("gates", { width });
      await settled(page);
      const shift = await layoutShift(page);
      assert.ok(shift < 0.02, `${width}: layout shift ${shift}`);
      await page.close();
    }
  },
};
