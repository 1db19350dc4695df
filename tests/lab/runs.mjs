/** Runs: those that the CLI made are compared and followed while they grow; those that cannot be read are explained. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../bin/unrolled.mjs", import.meta.url));

/** Two runs made by the CLI, one beside them that is none, and one with lines that cannot be read. */
function makeRuns(folder) {
  const text = join(folder, "text.txt");
  writeFileSync(text, "every run leaves a folder, and a folder says what was asked for. ".repeat(40));
  for (const [name, cell] of [["first", "gru"], ["group/second", "lstm"]]) {
    const options = ["--steps", "20", "--cell", cell, "--hidden", "8", "--batch", "2", "--window", "8", "--sample-length", "40", "--threads", "1", "--out", join(folder, "runs", name)];
    const { status, stderr } = spawnSync(process.execPath, [CLI, "train", "text", text, ...options], { encoding: "utf8", timeout: 60_000 });
    assert.equal(status, 0, stderr);
  }
  const good = readFileSync(join(folder, "runs/first/run.json"));
  const more = { damaged: { "run.json": good.subarray(0, 90) }, partly: { "run.json": good, "metrics.jsonl": '{"step":10,"trainingLoss":2}\nnonsense\n{"step":20,"sample":"a <b>cat</b>"}\n' } };
  for (const [name, files] of Object.entries(more)) {
    mkdirSync(join(folder, "runs", name));
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, "runs", name, file), content);
  }
}

/** Made once; every case has a copy. */
let made;

function runsMade() {
  if (made) return made;
  made = mkdtempSync(join(tmpdir(), "unrolled-lab-runs-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  makeRuns(made);
  return made;
}

async function withRuns(check, { serve = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-lab-runs-"));
  let server;
  try {
    cpSync(runsMade(), folder, { recursive: true });
    if (serve) server = spawn(process.execPath, [CLI, "lab", join(folder, "runs"), "--no-open", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    await check({ runs: join(folder, "runs"), origin: server && (await addressOf(server)) });
  } finally {
    server?.kill("SIGINT");
    rmSync(folder, { recursive: true, force: true });
  }
}

function addressOf(server) {
  return new Promise((found, failed) => {
    let text = "";
    server.stdout.on("data", (data) => {
      text += data;
      const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
      if (address) found(address);
    });
    server.on("exit", () => failed(new Error(`it ended: ${text}`)));
  });
}

const line = (step, loss) => `${JSON.stringify({ step, predictions: step * 16, trainingLoss: loss, validationLoss: loss })}\n`;

export const cases = {
  async "runs of a folder are compared, in the units of their field, and followed while they grow"(lab) {
    await withRuns(async ({ runs, origin }) => {
      const page = await lab.open("runs?runs=first,group/second", { origin });
      const chart = page.getByRole("img", { name: /^Loss over training step, bits per character/ });
      await chart.waitFor();
      const last = readFileSync(join(runs, "first/metrics.jsonl"), "utf8").trim().split("\n").map((text) => JSON.parse(text)).findLast(({ validationLoss }) => validationLoss !== undefined);
      const label = await chart.getAttribute("aria-label");
      assert.ok(label.includes(`first, validation ${(last.validationLoss / Math.LN2).toPrecision(4)}`), label);
      assert.match(label, /group\/second, training \d/);
      assert.deepEqual(await page.locator("tbody th").allTextContents().then((all) => all.filter((name) => /^text\.|version/.test(name))), ["text.cell"]);
      assert.deepEqual(await page.getByRole("row", { name: /^text\.cell/ }).getByRole("cell").allTextContents(), ["gru", "lstm"]);

      // What the models wrote, from their last step back to their first.
      const written = () => page.locator("figure", { hasText: "first, step" }).textContent();
      assert.match(await written(), /^first, step 20/);
      assert.ok((await written()).includes(last.sample), await written());
      await page.getByRole("slider", { name: "After step 20" }).press("Home");
      assert.match(await written(), /^first, step 1(?!\d)/);
      await page.getByRole("radio", { name: "Time" }).check();
      await page.getByRole("img", { name: /^Loss over time \(s\), bits per character/ }).waitFor();
      await page.getByRole("radio", { name: "Steps" }).check();

      appendFileSync(join(runs, "first/metrics.jsonl"), line(500, Math.LN2));
      await page.getByText("growing, step 500, validation 1 bits per character").waitFor();
      assert.match(await chart.getAttribute("aria-label"), /first, validation 1\.000/);

      // A run that begins while the page is open.
      const options = ["--seconds", "60", "--hidden", "8", "--batch", "2", "--window", "8", "--threads", "1", "--out", join(runs, "young")];
      const training = spawn(process.execPath, [CLI, "train", "text", join(runs, "../text.txt"), ...options], { stdio: "ignore" });
      try {
        await page.getByRole("checkbox", { name: "young" }).check();
        const state = page.locator("li", { hasText: "young" }).locator("small");
        const step = async () => Number(/^growing, step (\d+)/.exec(await state.textContent())?.[1]);
        await page.waitForFunction((element) => element.textContent.startsWith("growing"), await state.elementHandle());
        const first = await step();
        await page.waitForFunction(([element, first]) => Number(/step (\d+)/.exec(element.textContent)?.[1]) > first, [await state.elementHandle(), first]);
      } finally {
        training.kill("SIGKILL");
        await new Promise((ended) => training.once("close", ended));
      }
      assert.deepEqual(await page.locator(".trouble").allTextContents(), []);
    });
  },

  async "what is chosen is in the address, by the keyboard too"(lab) {
    await withRuns(async ({ origin }) => {
      const page = await lab.open("runs?runs=first&axis=sideways", { origin });
      const second = page.getByRole("checkbox", { name: "group/second" });
      assert.equal(await second.isChecked(), false);
      await page.getByText("Choose another run to compare this one with.").waitFor();
      await second.focus();
      await page.keyboard.press("Space");
      await page.waitForFunction(() => decodeURIComponent(location.hash).includes("runs=first,group"));
      await page.getByRole("radio", { name: "Predictions" }).check();
      await page.getByRole("radio", { name: "Gradient" }).check();
      await page.getByRole("img", { name: /^Gradient over predictions learnt from/ }).waitFor();
      await page.reload();
      await page.getByRole("img", { name: /^Gradient over predictions learnt from.*group\/second/ }).waitFor();
    });
  },

  async "a run that cannot be read says why, and the others are shown"(lab) {
    await withRuns(async ({ origin }) => {
      const page = await lab.open("runs?runs=damaged,partly,first,gone", { origin });
      await page.getByText(/^damaged\/run\.json is damaged: /).waitFor();
      await page.getByText("partly/metrics.jsonl: line 2 is not a JSON object with a step, and is left out.").waitFor();
      await page.getByText("Not here: gone. Choose among those that are.").waitFor();
      assert.equal(await page.locator("figure", { hasText: "partly, step 20" }).locator("pre").textContent(), "a <b>cat</b>");
      await page.getByRole("img", { name: /first, validation/ }).waitFor();
      // A run without metrics is asked for them: the browser notes the answer, and the page goes on.
      lab.messages.splice(0, lab.messages.length, ...lab.messages.filter((text) => !text.includes("404")));
    });
  },

  async "without a server of runs a folder is opened; what is no run is explained"(lab) {
    await withRuns(async ({ runs }) => {
      const page = await lab.open("runs", { isolated: false });
      await page.getByText("Open a folder, or drop one on this page: one run, or many.").waitFor();
      await page.locator("input[type=file]").setInputFiles(join(runs, "first"));
      await page.getByRole("img", { name: /^Loss over training step, bits per character/ }).waitFor();
      await page.locator("input[type=file]").setInputFiles(runs);
      await page.getByRole("img", { name: /runs\/group\/second, training/ }).waitFor();
      await page.getByText(/^runs\/damaged\/run\.json is damaged: /).waitFor();
      const drop = (name) =>
        page.evaluateHandle((name) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array([0, 255, 254, 7])], name));
          return data;
        }, name);
      await page.dispatchEvent("article.runs", "drop", { dataTransfer: await drop("cat.png") });
      await page.getByText("cat.png is no run and holds none: a run is a folder with a run.json, as unrolled train leaves it.").waitFor();
      await page.dispatchEvent("article.runs", "drop", { dataTransfer: await drop("run.json") });
      await page.getByText(/^\.\/run\.json is damaged: /).waitFor();
    }, { serve: false });
  },
};
