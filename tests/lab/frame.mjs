/** What holds for every page: it fits, it can be read by everybody, it stands still, it can be linked. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LAB_PEN } from "../../scripts/lab-pen.mjs";
import { layoutShift } from "../browser/chromium.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Every page that lab/pages/index.ts lists, and other states of some. */
async function addresses(page) {
  const links = await page.locator("nav[aria-label=Pages] a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  return [...links.map((link) => link.replace("#/", "")), "unroll?cell=lstm&mode=backward", "unroll?cell=gru"];
}

export const cases = {
  async "every page fits at 400 and 1600 pixels, and has a title and one heading"(lab) {
    const page = await lab.open("unroll");
    const all = await addresses(page);
    assert.ok(all.length >= 5);
    for (const width of [400, 1600]) {
      await page.setViewportSize({ width, height: 900 });
      for (const address of all) {
        await lab.visit(page, address);
        const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }));
        assert.ok(scrollWidth <= innerWidth, `${address} at ${width}: ${scrollWidth} pixels wide`);
        assert.equal(await page.locator("h1").count(), 1, address);
        assert.match(await page.title(), /^.+ · The Lab · Unrolled$/);
        assert.equal(await page.locator("nav a[aria-current=page]").count(), 1, address);
      }
    }
  },

  async "axe finds nothing serious, light or dark"(lab) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await lab.open("unroll", { colorScheme, width: colorScheme === "light" ? 1280 : 400 });
      await page.addScriptTag({ path: AXE });
      for (const address of await addresses(page)) {
        await lab.visit(page, address);
        const closed = page.getByRole("button", { name: "Show the solution" });
        while ((await closed.count()) > 0) await closed.first().click();
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        assert.deepEqual(serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).slice(0, 4).join(" | ")}`), [], `${address}, ${colorScheme}`);
      }
    }
  },

  async "nothing moves while a page loads"(lab) {
    // Where no model comes with the Lab, its page says so once that is known, in less room.
    const all = (await addresses(await lab.open("unroll"))).filter((address) => address !== "pen" || existsSync(LAB_PEN));
    const moving = [];
    for (const width of [400, 1280]) {
      for (const address of all) {
        const page = await lab.open(address, { width });
        const shift = await layoutShift(page);
        if (shift >= 0.02) moving.push(`${address} at ${width}: layout shift ${shift}`);
        await page.close();
      }
    }
    assert.deepEqual(moving, []);
  },

  async "threads where memory can be shared, one where not, the same numbers"(lab) {
    const said = [];
    for (const isolated of [true, false]) {
      const page = await lab.open("unroll?cell=lstm", { isolated });
      const text = await page.getByTestId("backend").textContent();
      const cores = await page.evaluate(() => navigator.hardwareConcurrency);
      const threads = Number(/(\d+) thread/.exec(text)?.[1]);
      assert.equal(threads > 1, isolated && cores > 1, text);
      said.push(await page.locator(".unrolled .value").allTextContents());
    }
    assert.deepEqual(said[0], said[1]);
  },

  async "the theme follows the system until it is chosen, and is remembered"(lab) {
    const page = await lab.open("quiz", { colorScheme: "dark" });
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await paper();
    await page.getByRole("button", { name: "Light theme" }).click();
    const light = await paper();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await paper(), light);
  },

  async "an unknown page and senseless settings are no end"(lab) {
    const page = await lab.open("unroll?cell=nonsense&x=1,two&h=1&of=q9&mode=sideways");
    assert.equal(await page.getByRole("radio", { name: "Elman" }).isChecked(), true);
    await page.goto(`${lab.origin}/plain/#/nowhere`);
    await page.getByRole("heading", { name: "No such page" }).waitFor();
    await page.getByRole("link", { name: "Unroll", exact: true }).last().click();
    await page.waitForSelector("main [data-ready]");
  },

  async "unrolled lab serves it, and says when a port is taken"(lab) {
    const command = (port) => [join(ROOT, "bin/unrolled.mjs"), "lab", "--no-open", "--port", port];
    const served = spawn(process.execPath, command("0"), { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const origin = await new Promise((found, failed) => {
        let text = "";
        served.stdout.on("data", (data) => {
          text += data;
          const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
          if (address) found(address);
        });
        served.on("exit", () => failed(new Error(`it ended: ${text}`)));
      });
      const page = await lab.open("unroll", { origin });
      assert.equal(await page.evaluate(() => crossOriginIsolated), true);
      const { port } = new URL(origin);
      const second = spawnSync(process.execPath, command(port), { encoding: "utf8" });
      assert.deepEqual([second.status, second.stderr], [1, `error: Port ${port} is taken: choose another --port, or none.\n`]);
    } finally {
      served.removeAllListeners("exit");
      served.kill("SIGINT");
    }
    assert.equal(await new Promise((done) => served.on("exit", done)), 0);
  },
};
