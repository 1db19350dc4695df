/** Gradients: stories come out as they are told, settings live in the address, training can be held and watched. */
import assert from "node:assert/strict";

const done = (page) => page.waitForSelector("main [data-busy]", { state: "detached", timeout: 180_000 });
const step = async (page) => Number(/Step (\d+) of/.exec(await page.locator(".side.left .status").textContent())?.[1]);
/** The paper is one colour: how many others a map has. */
const colours = (page, side) =>
  page.locator(`.side.${side} canvas`).evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4).join())).size;
  });

export const cases = {
  async "stories come out as they are told, with threads and without"(lab) {
    for (const [story, isolated] of [["clipping", true], ["truncation", false]]) {
      const page = await lab.open(`gradients?story=${story}`, { isolated });
      await done(page);
      const claims = await page.locator(".claims li").count();
      assert.ok(claims >= 3);
      assert.equal(await page.locator(".claims .so").count(), claims, await page.locator(".claims").textContent());
      assert.ok((await colours(page, "right")) > 20, "a map with shades");
      if (story === "clipping") assert.match(await page.locator(".side.left .status").textContent(), /^Broke down at step \d/);
    }
  },

  async "every story can be chosen, by the keyboard too"(lab) {
    const page = await lab.open("gradients?steps=10");
    const links = page.locator(".presets a");
    assert.ok((await links.count()) >= 8);
    await links.last().focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash.includes("story=forget-bias"));
    assert.equal(await page.locator(".telling h2").textContent(), await links.last().textContent());
    assert.equal(await page.locator(".side.right").getByRole("textbox", { name: "Forget bias" }).inputValue(), "3");
    assert.equal(await page.locator(".side.left").getByRole("textbox", { name: "Forget bias" }).inputValue(), "0");
  },

  async "settings are in the address, both ways; what the story does not say is marked"(lab) {
    const page = await lab.open("gradients?story=gru&lag=8&steps=20&right.cell=lstm&left.clip=2.5&left.lr=sideways&map=share");
    await done(page);
    const [left, right] = [page.locator(".side.left"), page.locator(".side.right")];
    assert.equal(await page.getByLabel("Lag (steps)").inputValue(), "8");
    assert.equal(await right.getByLabel("Cell").inputValue(), "lstm");
    assert.equal(await left.getByLabel("Clip norm to").inputValue(), "2.5");
    assert.equal(await left.getByLabel("Learning rate").inputValue(), "0.003");
    assert.equal(await page.locator(".claims .so, .claims .not-so").count(), 0);
    assert.match(await right.locator("h3").textContent(), /^right: LSTM, Gaussian × 0.4, forget bias 1, RMSprop 0.003$/);
    await left.getByLabel("Cell").selectOption("elman-relu");
    await page.getByLabel("Seed").fill("7");
    await page.waitForFunction(() => location.hash.includes("left.cell=elman-relu") && location.hash.includes("seed=7"));
    await page.getByRole("link", { name: "Back to the story’s settings" }).click();
    await page.waitForFunction(() => location.hash === "#/gradients?story=gru");
    assert.equal(await right.getByLabel("Cell").inputValue(), "gru");
  },

  async "both sides see the same sequences: the same settings give the same numbers"(lab) {
    const page = await lab.open("gradients?story=rmsprop&steps=15&left.optimizer=rmsprop&left.lr=0.01");
    await done(page);
    const [left, right] = await page.locator(".side .status").allTextContents();
    assert.match(left, /^Done\. Loss [\d.]+/);
    assert.equal(left, right);
  },

  async "training can be held, goes on, and starts again"(lab) {
    const page = await lab.open("gradients?story=lstm&steps=3000&pace=slow");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Go on" }).waitFor();
    // What was under way arrives; after that nothing does.
    await page.waitForTimeout(300);
    const held = await step(page);
    await page.waitForTimeout(300);
    assert.equal(await step(page), held);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.waitForFunction((held) => Number(/Step (\d+) of/.exec(document.querySelector(".side.left .status").textContent)?.[1]) > held, held);
    // The page answers while it trains.
    await page.getByLabel("Seed").focus();
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction(() => location.hash.includes("seed=2"));
    await page.getByRole("button", { name: "Train again" }).click();
    await page.waitForFunction(() => /Step \d+ of 3000/.test(document.querySelector(".side.left .status").textContent));
  },

  async "a loss beyond all bounds is explained, not an end"(lab) {
    const page = await lab.open("gradients?story=clipping&steps=30&right.clip=0&right.gain=5");
    await done(page);
    for (const text of await page.locator(".side .status").allTextContents()) assert.match(text, /no longer a number/);
  },
};
