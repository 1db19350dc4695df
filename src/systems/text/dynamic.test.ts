import { beforeAll, expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/reference/index.js";
import { buildVocabulary, encodeDocuments, wholeDocuments, type Document } from "../../data/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { createTextModel, TEXT_DEFAULTS } from "./config.js";
import { DYNAMIC_MODEL, dynamicSettings, measureDynamic } from "./dynamic.js";
import { addMeasures, measure } from "./measure.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const words = ["ho ho ho ", "hum hum hum ", "oh oh oh oh ", "who who who ", "mow mow mow ", "hoho mumu "];
const documents = (order: readonly number[]): Document[] => order.map((i) => ({ name: `${i}`, content: words[i]! }));
const vocabulary = buildVocabulary("characters", documents([0, 1, 2, 3, 4, 5]));
const rowOf = (order: readonly number[]) => encodeDocuments(documents(order), vocabulary);
const config = { ...TEXT_DEFAULTS, ...DYNAMIC_MODEL, hidden: 6, embedding: 3 };
const model = () => createTextModel(config, vocabulary.size, new RandomStream(1));
const nats = (measures: readonly { nats: number }[]) => measures.map((each) => each.nats);

it("sees nothing before it was predicted: another future changes no cost so far", async () => {
  const options = { lr: 0.05, momentum: 0.5, window: 4 };
  const one = nats(await measureDynamic(model(), rowOf([0, 1, 2, 3, 4, 5]), options));
  const other = nats(await measureDynamic(model(), rowOf([0, 1, 2, 5, 3, 4]), options));
  expect(other.slice(0, 3)).toEqual(one.slice(0, 3));
  expect(other.slice(3)).not.toEqual(one.slice(3));
  // Nor within a document: its first chunk costs what it costs alone.
  const [whole] = nats(await measureDynamic(model(), rowOf([0]), { lr: 0.05, window: 100 }));
  const [still] = nats(await measure(model(), rowOf([0]), wholeDocuments(rowOf([0]))));
  expect(whole).toBeCloseTo(still!, 12);
});

it("without a rate is static; learning helps on a text that repeats itself; the weights come back", async () => {
  const row = rowOf([0, 0, 0, 0, 0, 0, 0, 0]);
  const made = model();
  const weights = () => [...made.namedParameters().values()].map((each) => [...each.dataSync()]);
  const before = weights();
  const still = addMeasures(await measure(made, row, wholeDocuments(row)));
  expect(addMeasures(await measureDynamic(made, row, { lr: 0, window: 4 })).nats).toBeCloseTo(still.nats, 10);
  const learning = addMeasures(await measureDynamic(made, row, { lr: 0.1, window: 4 }));
  expect(learning.nats).toBeLessThan(0.8 * still.nats);
  expect([learning.predictions, learning.units]).toEqual([still.predictions, still.units]);
  expect(weights()).toEqual(before);
});

it("goes on as the model was trained where that was the paper's way", () => {
  expect(dynamicSettings({ ...TEXT_DEFAULTS, loss: "sum", optimizer: "momentum", lr: 1e-4, momentum: 0.99, window: 100 })).toEqual({ lr: 1e-4, momentum: 0.99, window: 100 });
  expect(dynamicSettings(TEXT_DEFAULTS).momentum).toBe(0);
});
