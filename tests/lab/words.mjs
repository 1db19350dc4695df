/** Words: what is near a word, what comes out of calculating with words, and vectors of one's own. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

const settled = (page) => page.waitForSelector("main [data-busy]", { state: "detached", timeout: 60_000 });
const ranks = async (page) => (await page.locator(".ranks li").allTextContents()).map((text) => /^(.+?)([−\d.]+)$/.exec(text).slice(1));
const near = (page, word) => page.waitForFunction((word) => document.querySelector(".answers h2")?.textContent === `Near ${word}`, word);
const choose = (page, name, buffer) => page.getByLabel("A file of vectors").setInputFiles({ name, mimeType: "application/octet-stream", buffer });

/** Sixty words in three bundles, told apart by their first dimensions; the last four make an exact analogy. */
function bundles() {
  const lines = Array.from({ length: 56 }, (_, i) => {
    const axis = i % 3;
    const values = Array.from({ length: 6 }, (_unused, d) => (d === axis ? 1 : 0.02 * ((i * (d + 3)) % 7)));
    return `${["ox", "fir", "gem"][axis]}${i} ${values.join(" ")}`;
  });
  const corners = ["man 0 0 0 1 0 0", "king 0 0 0 1 1 0", "woman 0 0 0 1 0 1", "queen 0 0 0 1 1 1"];
  return `${[...lines, ...corners].join("\n")}\n`;
}

export const cases = {
  async "the Lab's own words: neighbours with falling cosines, names and dots, with threads and without"(lab) {
    const said = [];
    for (const isolated of [true, false]) {
      const page = await lab.open("words", { isolated });
      assert.equal(await page.locator(".map circle").count(), 1500);
      assert.ok((await page.locator(".map text").count()) > 100);
      assert.equal(await page.locator(".map text.main").textContent(), "whale");
      const found = await ranks(page);
      assert.equal(found.length, 12);
      assert.equal(found[0][0], "whales");
      assert.ok(found.every(([, score], i) => Number(score) <= 1 && (i === 0 || Number(score) <= Number(found[i - 1][1]))));
      assert.equal(await page.locator(".map circle.near").count(), 12);
      said.push(found);
    }
    assert.deepEqual(said[0], said[1]);
  },

  async "a word is looked up by typing, in the list, or on the map, and is in the address"(lab) {
    const page = await lab.open("words");
    const field = page.getByLabel("Look up a word");
    await field.focus();
    await page.keyboard.type("Captain");
    await page.keyboard.press("Enter");
    await near(page, "captain");
    assert.match(await page.evaluate(() => location.hash), /word=Captain/);
    const first = page.locator(".ranks button").first();
    const word = await first.textContent();
    await first.focus();
    await page.keyboard.press("Enter");
    await near(page, word);
    assert.equal(await field.inputValue(), word);
    await page.locator(".map text.plain").first().click();
    await page.waitForFunction((word) => !document.querySelector(".answers h2").textContent.endsWith(word), word);
    await field.fill("whael");
    await page.keyboard.press("Enter");
    assert.match(await page.locator(".trouble").textContent(), /no vector for "whael"\. Did you mean .*whale/);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
  },

  async "an analogy is two arrows and an answer"(lab) {
    const page = await lab.open("words?analogy=ships+ship+whale");
    assert.equal(await page.locator(".answers h2").textContent(), "ships − ship + whale = whales");
    assert.equal(await page.locator(".map .arrow").count(), 2);
    assert.equal(await page.locator(".map text.answer").textContent(), "whales");
    assert.deepEqual((await page.locator(".map text.main").allTextContents()).toSorted(), ["ship", "ships", "whale"]);
    await page.getByRole("link", { name: "his − he + she" }).click();
    await page.waitForFunction(() => document.querySelector(".answers h2").textContent === "his − he + she = her");
    await page.getByLabel("plus").fill("they");
    await page.waitForFunction(() => location.hash.includes("analogy=his+he+they"));
    await page.getByLabel("minus").fill("nonsuch");
    await page.keyboard.press("Enter");
    await page.locator(".trouble").waitFor();
  },

  async "the map can be enlarged, and then has room for more names"(lab) {
    const page = await lab.open("words");
    const places = () => page.locator(".map circle.main").getAttribute("cx");
    const before = await places();
    const whole = page.getByRole("button", { name: "Whole map" });
    assert.equal(await whole.isDisabled(), true);
    const near = page.getByRole("button", { name: "Larger" });
    for (let i = 0; i < 4; i++) await near.click();
    assert.notEqual(await places(), before);
    const [dots, names] = [await page.locator(".map circle").count(), await page.locator(".map text").count()];
    assert.ok(dots < 800 && names / dots > 0.4, `${names} names of ${dots} dots`);
    await whole.click();
    assert.equal(await places(), before);
  },

  async "vectors of one's own, gzipped too: read, laid out the same each time, asked"(lab) {
    const text = bundles();
    const drawn = [];
    for (const [name, buffer] of [["own.txt", Buffer.from(text)], ["own.txt.gz", gzipSync(text)]]) {
      const page = await lab.open("words?analogy=king+man+woman");
      await choose(page, name, buffer);
      await page.locator(".source", { hasText: `${name}: 60 words of 6 dimensions.` }).waitFor();
      await settled(page);
      await page.waitForFunction(() => document.querySelector(".answers h2")?.textContent === "king − man + woman = queen");
      drawn.push(await page.locator(".map circle").evaluateAll((all) => all.map((dot) => [dot.dataset.word, dot.getAttribute("cx"), dot.getAttribute("cy")].join(" "))));
      await page.getByLabel("Look up a word").fill("ox3");
      await near(page, "ox3");
      await page.getByRole("button", { name: "Back to Moby Dick" }).click();
      // It has no such word: what it has first is shown instead.
      await page.waitForFunction(() => document.querySelectorAll(".map circle").length === 1500);
      await near(page, "the");
    }
    assert.equal(drawn[0].length, 60);
    assert.deepEqual(drawn[0], drawn[1]);
  },

  async "a file that holds no vectors is explained, and loses nothing"(lab) {
    const page = await lab.open("words");
    for (const [name, content, why] of [
      ["broken.txt", "2 3\nsea 1 2 3\nland 1 2\n", /broken\.txt.*line 3/],
      ["picture.png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", /picture\.png.*no file of vectors/],
      ["none.txt", "", /none\.txt.*empty/],
      ["two.txt", "sea 1 2 3\nland 1 2 4\n", /at least 3 words/],
    ]) {
      await choose(page, name, Buffer.from(content, "latin1"));
      await page.locator(".trouble", { hasText: why }).waitFor();
      assert.match(await page.locator(".trouble").textContent(), /The map still shows Moby Dick/);
      assert.equal(await page.locator(".map circle").count(), 1500);
    }
    await page.getByLabel("Look up a word").fill("ship");
    await near(page, "ship");
  },
};
