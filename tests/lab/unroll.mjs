/** Unroll: numbers are changed, by keyboard too, and what they lead to is seen and can be linked. */
import assert from "node:assert/strict";

/** The value that a card shows: `valueOf(page, "h₁")`. */
async function valueOf(page, name) {
  const titles = await page.locator('.unrolled [role="button"] title').allTextContents();
  return titles.map((title) => /^(.+?) = ([^,\n]+)(?:, gradient (.+))?$/m.exec(title)).find((match) => match?.[1] === name);
}

/** Waits until a card shows a value, or a gradient. */
async function shows(page, name, value, gradient) {
  let last;
  for (let i = 0; i < 100; i++) {
    last = await valueOf(page, name);
    if (last?.[2] === value && (gradient === undefined || last[3] === gradient)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${name}: expected ${value}${gradient === undefined ? "" : `, gradient ${gradient}`}, got ${last?.[0]}`);
}

export const cases = {
  async "begins with the notes' network, substitutions and all"(lab) {
    const page = await lab.open("unroll");
    await shows(page, "h₁", "0.34");
    await shows(page, "y₁", "0");
    await shows(page, "y₂", "0.413");
    const text = await page.locator(".unrolled svg").textContent();
    assert.ok(text.includes("ReLU(0.1·0.4"), text);
    assert.ok(text.includes("= ReLU(0.34)"), text);
  },

  async "every number can be changed, and the address keeps it"(lab) {
    const page = await lab.open("unroll");
    await page.getByLabel("Hidden function g").selectOption("tanh");
    await shows(page, "h₁", "0.327");
    await page.getByLabel("weight of the input").fill("0.2");
    await shows(page, "h₁", "0.363");
    await page.locator(".unrolled label", { hasText: "x1" }).locator("input").fill("1");
    await page.getByLabel("Output: bias").fill("-0,5");
    await page.getByRole("button", { name: "One step less" }).click();
    await shows(page, "h₁", "0.462");
    const address = page.url();
    const other = await lab.open(address.split("#/")[1], { isolated: false });
    await shows(other, "h₁", "0.462");
    assert.equal(await other.getByLabel("Output: bias").inputValue(), "−0.5");
    await other.getByRole("button", { name: "Start over" }).click();
    await shows(other, "h₁", "0.34");
  },

  async "what is no number is marked and changes nothing"(lab) {
    const page = await lab.open("unroll");
    const field = page.getByLabel("weight of the input");
    await field.fill("abc");
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    await shows(page, "h₁", "0.34");
    await field.blur();
    assert.equal(await field.inputValue(), "0.1");
  },

  async "gradients of a chosen value on every edge"(lab) {
    const page = await lab.open("unroll?mode=backward&of=y2");
    await shows(page, "y₂", "0.413", "1");
    await shows(page, "h₂", "0.628", "2.25");
    await shows(page, "h₁", "0.34", "−2.92"); // 2.25 · −1.3
    await shows(page, "h₃", "0.584", "0");
    const slopes = await page.locator(".unrolled .slope").allTextContents();
    assert.equal(slopes.length, 9); // three steps of x, h, y
    assert.ok(slopes.includes("0.225") && slopes.includes("−2.92"), slopes.join(" "));
    await page.getByLabel("Gradient of").selectOption("h1");
    await shows(page, "h₁", "0.34", "1");
    await shows(page, "y₂", "0.413", "0");
  },

  async "LSTM and GRU with all their gates"(lab) {
    const page = await lab.open("unroll");
    await page.getByRole("radio", { name: "LSTM" }).check();
    for (const [name, value] of [["f₁", "0.802"], ["i₁", "0.711"], ["g₁", "0.862"], ["o₁", "0.475"], ["c₁", "0.613"], ["h₁", "0.259"]]) await shows(page, name, value);
    assert.equal(await valueOf(page, "tanh c₂").then((found) => found !== undefined), true);
    await page.getByRole("radio", { name: "GRU" }).check();
    for (const name of ["r₁", "z₁", "n₁", "h₁", "u₂", "v₂"]) await page.locator(".unrolled title", { hasText: `${name} = ` }).first().waitFor({ state: "attached" });
    await page.getByRole("radio", { name: "Gradients" }).check();
    await page.locator("svg.backward .slope >> nth=0").waitFor();
    const slopes = await page.locator(".unrolled .slope").allTextContents();
    assert.equal(slopes.length, 37);
    assert.ok(slopes.filter((slope) => slope !== "0").length > 20);
  },

  async "by keyboard alone"(lab) {
    const page = await lab.open("unroll");
    const focused = () => page.evaluate(() => document.activeElement?.closest("label")?.textContent ?? document.activeElement?.textContent ?? "");
    const tabTo = async (pattern) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        if (pattern.test(await focused())) return;
      }
      assert.fail(`no Tab leads to ${pattern}`);
    };
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter"); // past the navigation
    await tabTo(/weight of the input/);
    await page.keyboard.press("ArrowUp");
    await shows(page, "h₁", "0.38");
    await page.keyboard.type("0.5");
    await shows(page, "h₁", "0.5");
    await tabTo(/^x1$/);
    await page.keyboard.type("1");
    await shows(page, "h₁", "0.8");
    await tabTo(/^y₁ = /);
    await page.keyboard.press("Enter");
    await page.locator(".chosen", { hasText: "= ReLU(2.25·0.8 − 1)" }).waitFor();
    await tabTo(/^Show what this depends on$/);
    await page.keyboard.press("Enter");
    await shows(page, "h₁", "0.8", "2.25");
  },

  async "narrow, time runs down and everything is within the page"(lab) {
    for (const cell of ["elman", "lstm", "gru"]) {
      const page = await lab.open(`unroll?cell=${cell}`, { width: 400 });
      const out = await page.locator(".unrolled .card, .unrolled .edge").evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect()).filter(({ left, right }) => left < 0 || right > innerWidth).length);
      assert.equal(out, 0, cell);
      const tops = await page.locator(".unrolled .output").evaluateAll((cards) => cards.map((card) => card.getBoundingClientRect().top));
      assert.ok(tops.length >= 2 && tops.every((top, i) => i === 0 || top > tops[i - 1]), cell);
    }
  },
};
