import { beforeAll, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { buildVocabulary } from "../../data/index.js";
import { snapshot } from "../../nn/index.js";
import { fromInts, noGrad, RandomStream, setDefaultBackend, step } from "../../tensor/index.js";
import { MemoryStorage, Run } from "../../train/index.js";
import { jsonBytes } from "../../train/json.js";
import { createTextModel, TEXT_DEFAULTS, type TextConfig } from "./config.js";
import { loadTrainedText, textConfigOf, VOCABULARY_FILE } from "./trained.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

const config: TextConfig = { ...TEXT_DEFAULTS, hidden: 5, embedding: 3, layers: 2, dropout: 0.5 };
const vocabulary = buildVocabulary("characters", [{ name: "a", content: "a sea shell" }]);

/** A run whose model was never trained, as it lies in its folder; of a version that had no skip connections. */
async function makeRun(kind = "text") {
  const storage = new MemoryStorage();
  const run = await Run.create(storage, { version: "0", kind, text: { ...config, skip: undefined } }, { [VOCABULARY_FILE]: jsonBytes(vocabulary) });
  const model = createTextModel(config, vocabulary.size, new RandomStream(1)).eval();
  const tensors = new Map([...(await snapshot(model.namedParameters()))].map(([name, tensor]) => [`model.${name}`, tensor]));
  return { storage, run, model, save: () => run.saveCheckpoint({ step: 3, tensors, state: {} }) };
}

const read = (model: ReturnType<typeof createTextModel>, tokens: readonly number[]) =>
  step(() => noGrad(() => {
    const { output, inspected } = model.run(fromInts(tokens, [tokens.length, 1]));
    return { output: [...output.dataSync()], inspected: inspected.map((layer) => Object.fromEntries(Object.entries(layer).map(([name, { shape }]) => [name, shape]))) };
  }));

it("is the model that was saved, and records what is asked for in every layer", async () => {
  const { run, model, save } = await makeRun();
  await save();
  const again = await Run.open(run.storage);
  const trained = await loadTrainedText(again, textConfigOf(again), { inspect: ["forget", "c"] });
  expect(textConfigOf(again)).toEqual(config);
  expect(trained.checkpoint.step).toBe(3);
  expect(trained.notes).toEqual([]);
  const tokens = [...trained.vocabulary.encode("sea")];
  const shapes = { forget: [3, 1, 5], c: [3, 1, 5] };
  expect(read(trained.model, tokens)).toEqual({ ...read(model, tokens), inspected: [shapes, shapes] });
});

it("says what a run lacks", async () => {
  const { run, storage, save } = await makeRun();
  await expect(loadTrainedText(run, config)).rejects.toThrow("memory has no checkpoint yet: unrolled resume memory");
  await save();
  await expect(loadTrainedText(run, { ...config, hidden: 6 })).rejects.toThrow("the saved tensors do not fit");
  await storage.write(VOCABULARY_FILE, new TextEncoder().encode('{"kind": "cha'));
  await expect(loadTrainedText(run, config)).rejects.toThrow(/^memory\/vocabulary\.json is damaged: /);
  const { run: other } = await makeRun("vectors");
  expect(() => textConfigOf(other)).toThrow('memory is a run of kind "vectors", not a model of text.');
});
