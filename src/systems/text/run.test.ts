import { beforeAll, expect, it } from "vitest";
import { loadBackend, type Backend } from "../../backend/index.js";
import { defineCell, mul, sigmoid, tanh } from "../../cell/index.js";
import { fingerprint, readDocuments, splitDocuments } from "../../data/index.js";
import { setDefaultBackend } from "../../tensor/index.js";
import { MemoryStorage, Run, train } from "../../train/index.js";
import { withoutTimes } from "../../train/testing.js";
import { TEXT_DEFAULTS, type TextConfig } from "./config.js";
import { CELL_FILE, createTextRun, loadTrainedText, reopenTextRun, textRunConfigOf, type TextCorpus } from "./index.js";

let backend: Backend;
beforeAll(async () => setDefaultBackend((backend = await loadBackend({ backend: "wasm", threads: 1 }))));

const config: TextConfig = { ...TEXT_DEFAULTS, hidden: 6, embedding: 3, batch: 2, window: 8, back: 8 };
const own = defineCell("own", ({ x, h }, { linear }) => ({ h: mul(sigmoid(linear("gate", x, h)), tanh(linear("new", x, h))) }));

async function corpusOf(text: string): Promise<TextCorpus> {
  const files = [{ name: "sea.txt", bytes: new TextEncoder().encode(text) }];
  return { inputs: ["-"], corpus: undefined, files, fingerprint: await fingerprint(files), split: splitDocuments(readDocuments(files, "text")) };
}
const sea = () => corpusOf("she sells sea shells on the sea shore. ".repeat(20));
const begin = async (storage: MemoryStorage, cell = own) =>
  createTextRun(storage, { text: config, cell, budget: { steps: 12 }, corpus: await sea(), backend: { name: backend.name, isa: backend.isa, threads: 1 }, version: "0" });
/** What must be the same in the end: everything but times, and the checkpoint where it was stopped. */
const files = ({ files }: MemoryStorage) =>
  new Map(
    [...files]
      .filter(([name]) => !name.endsWith("12.json") && !name.includes("00000005"))
      .map(([name, bytes]) => [name, name === "metrics.jsonl" ? withoutTimes(bytes) : bytes]),
  );

it("a run with a cell of its own carries the cell and its text, and goes on from them to the same bits", async () => {
  const [unbroken, stopped] = [new MemoryStorage(), new MemoryStorage()];
  await train({ ...(await begin(unbroken)), settings: config, budget: { steps: 12 } });
  expect(textRunConfigOf(await Run.open(unbroken)).text.cell).toBe("own");
  expect(new TextDecoder().decode(unbroken.files.get("input.txt"))).toMatch(/^she sells/);

  const stop = new AbortController();
  const { notes: _, ...session } = await begin(stopped);
  await train({ ...session, settings: config, budget: { steps: 12 }, signal: stop.signal, onProgress: ({ step }) => step === 5 && stop.abort() });
  const run = await Run.open(stopped);
  const { notes, ...reopened } = await reopenTextRun(run, textRunConfigOf(run), await sea());
  expect([notes, reopened.checkpoint?.step]).toEqual([[], 5]);
  await train({ ...reopened, settings: config });
  expect(files(stopped).has("checkpoints/00000012.safetensors")).toBe(true);
  expect(files(stopped)).toEqual(files(unbroken));

  const { model } = await loadTrainedText(run, textRunConfigOf(run).text, { inspect: ["gate"] });
  expect(model.parameterCount).toBe(reopened.config.parameters);
});

it("a cell that the library has already, another text and a damaged cell are refused", async () => {
  await expect(begin(new MemoryStorage(), { ...own, name: "lstm" })).rejects.toThrow("The cell is called lstm, as one that comes with the library: give it another name.");
  const storage = new MemoryStorage();
  const { run, config } = await begin(storage);
  await expect(reopenTextRun(run, config, await corpusOf("another sea"))).rejects.toThrow("The text of memory is not what it was when the run began: sea.txt has changed.");
  await storage.write(CELL_FILE, new TextEncoder().encode('{"name": "own", "nodes": [], "states": {"h": 0}, "named": {}}'));
  await expect(reopenTextRun(run, config, await sea())).rejects.toThrow('memory/cell.json is damaged: cell "own": state h: expected the place of an earlier node, got 0.');
});
