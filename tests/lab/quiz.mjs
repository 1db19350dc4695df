/** Quiz: right and wrong answers, solutions that lead to Unroll, fresh questions that agree with themselves. */
import assert from "node:assert/strict";

async function answer(page, id, text) {
  const card = page.locator(`#${id}`);
  await card.getByLabel("Your answer").fill(text);
  await card.getByRole("button", { name: "Check" }).click();
  return card.locator(".verdict").textContent();
}

async function choose(page, id, ...options) {
  const card = page.locator(`#${id}`);
  for (const option of options) await card.getByText(option).click();
  await card.getByRole("button", { name: "Check" }).click();
  return card.locator(".verdict").textContent();
}

export const cases = {
  async "numbers count to three decimals"(lab) {
    const page = await lab.open("quiz");
    for (const [id, wrong, right] of [
      ["q3", ["0.3", "-0.34", "0.33"], "0.34"],
      ["q4", ["0.33", "0.34", "0.328"], "0.327"],
      ["q5", ["-0.235", "0.1"], "0"],
      ["q6", ["0.41", "0.42", "0.628"], "0,413"],
    ]) {
      for (const text of wrong) assert.match(await answer(page, id, text), /^(Not yet|Nearly)/, `${id}: ${text}`);
      assert.match(await answer(page, id, right), /^Right/, `${id}: ${right}`);
    }
    assert.match(await answer(page, "q3", "a third"), /not a number/);
    assert.equal(await page.locator(".score").textContent(), "4 of 6 right");
  },

  async "statements and the gradient problem"(lab) {
    const page = await lab.open("quiz", { isolated: false });
    assert.match(await choose(page, "q1", "gives an input the same answer"), /^Not yet/);
    assert.match(await choose(page, "q1", "depending on what came before"), /^Right/);
    assert.match(await choose(page, "q1", "weights of its own"), /^Not yet/);
    assert.match(await choose(page, "q2", "Vanishing"), /^Not yet/);
    assert.match(await choose(page, "q2", "Exploding"), /^Right/);
  },

  async "a solution leads to the network drawn, with its numbers"(lab) {
    const page = await lab.open("quiz");
    const card = page.locator("#q4");
    await card.getByRole("button", { name: "Show the solution" }).click();
    assert.match(await card.locator(".solution").textContent(), /tanh\(0\.1·0\.4 \+ \(−1\.3\)·0 \+ 0\.3\) = tanh\(0\.34\) = 0\.327.*0\.327477/s);
    await card.getByRole("link", { name: "See it drawn" }).click();
    await page.locator(".unrolled title", { hasText: "h₁ = 0.327" }).waitFor({ state: "attached" });
    assert.equal(await page.getByLabel("Hidden function g").inputValue(), "tanh");
    assert.equal(await page.getByLabel("weight of the input").inputValue(), "0.1");
  },

  async "fresh questions of every kind, which the library's own answer answers"(lab) {
    const page = await lab.open("quiz?seed=5");
    for (const kind of ["hidden", "output", "next", "lstm", "gru"]) {
      await page.getByLabel("About").selectOption(kind);
      const card = page.locator("#fresh-question");
      for (const seed of [5, 6]) {
        await card.getByRole("heading", { name: `Number ${seed}` }).waitFor();
        await page.waitForFunction((kind) => location.hash.includes(kind) || kind === "lstm", kind);
        await card.getByRole("button", { name: "Show the solution" }).click();
        const said = await card.locator(".solution").textContent();
        const exact = Number(/WebAssembly, says ([−\d.]+)\.$/m.exec(said.split("See it")[0].trim())?.[1].replace("−", "-"));
        assert.match(await answer(page, "fresh-question", (exact + 0.002).toFixed(3)), /^Not yet|^Nearly/, said);
        assert.match(await answer(page, "fresh-question", exact.toFixed(3)), /^Right/, said);
        if (seed === 5) await page.getByRole("button", { name: "Another" }).click();
      }
      await page.goto(`${lab.origin}/isolated/#/quiz?seed=5`);
      await card.getByRole("heading", { name: "Number 5" }).waitFor();
    }
    for (const kind of ["statements", "gradient"]) {
      await page.getByLabel("About").selectOption(kind);
      await page.locator("#fresh-question .choices").waitFor();
    }
  },

  async "a question can be linked"(lab) {
    const first = await lab.open("quiz?kind=gru&seed=7");
    const second = await lab.open("quiz?kind=gru&seed=7", { isolated: false });
    const givens = await first.locator("#fresh-question .givens").textContent();
    assert.match(givens, /^x1.*h0/);
    assert.equal(await second.locator("#fresh-question .givens").textContent(), givens);
  },

  async "by keyboard alone"(lab) {
    const page = await lab.open("quiz");
    const within = (id) => page.evaluate((id) => document.activeElement?.closest(`#${id}`) !== null && document.activeElement?.tagName, id);
    const tabTo = async (id) => {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press("Tab");
        if ((await within(id)) === "INPUT") return;
      }
      assert.fail(`no Tab leads to ${id}`);
    };
    await tabTo("q1");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await page.locator("#q1 .verdict.right").waitFor();
    await tabTo("q2");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator("#q2 .verdict.right").waitFor();
    await tabTo("q4");
    await page.keyboard.type("0.327");
    await page.keyboard.press("Enter");
    await page.locator("#q4 .verdict.right").waitFor();
  },
};
