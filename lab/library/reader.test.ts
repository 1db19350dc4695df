import { beforeAll, expect, test } from "vitest";
import { loadBackend, MemoryStorage, RandomStream, Run, setDefaultBackend, snapshot } from "unrolled";
import { buildVocabulary } from "unrolled/data";
import { createTextModel, generate, TEXT_DEFAULTS, TextStream, VOCABULARY_FILE, type TextConfig } from "unrolled/systems/text";
import type { ServiceContext } from "./protocol.js";
import { findReactions, openModel, readText, writeOn } from "./reader.js";
import { TEXT_PROPERTIES } from "./text-properties.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

const TEXT = 'The sea was calm. "Was it?" (He did not know.)\n'.repeat(12);
const config: TextConfig = { ...TEXT_DEFAULTS, cell: "gru", hidden: 6, embedding: 4, layers: 2 };
const vocabulary = buildVocabulary("characters", [{ name: "a", content: TEXT }]);
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The files of a run that was never trained. */
async function makeFiles({ kind = "text", text = config }: { kind?: string; text?: TextConfig } = {}) {
  const storage = new MemoryStorage();
  const run = await Run.create(storage, { version: "0", kind, text }, { [VOCABULARY_FILE]: json(vocabulary) });
  const model = createTextModel(config, vocabulary.size, new RandomStream(1)).eval();
  const tensors = new Map([...(await snapshot(model.namedParameters()))].map(([name, tensor]) => [`model.${name}`, tensor]));
  await run.saveCheckpoint({ step: 7, tensors, state: { plan: null, budget: { steps: 7 }, elapsed: 0, predictions: 0 } });
  const files = (): Record<string, Blob> => Object.fromEntries([...storage.files].map(([name, bytes]) => [name, new Blob([bytes as Uint8Array<ArrayBuffer>])]));
  return { model, files };
}

function context<Report, Told>(report: (report: Report) => void = () => {}, signal = new AbortController().signal): ServiceContext<Report, Told> {
  return { signal, report, breathe: () => Promise.resolve(), onTold: () => {} };
}

const open = (files: Record<string, Blob>) => openModel({ own: { name: "mine", place: { files } } }, context());

test("reads as a stream does: what comes next, and every named value of every layer", async () => {
  const { model, files } = await makeFiles();
  const facts = await open(files());
  expect(facts).toMatchObject({ cell: "gru", layers: 2, hidden: 6, step: 7 });
  expect(facts.tokens.join("")).toBe(`\uFFFD${vocabulary.toJSON().tokens!.join("")}`);
  expect(facts.values.map(({ name, range }) => `${name} ${range}`)).toEqual(["h free", "reset gate", "update gate", "candidate_x free", "candidate_h free"]);

  const text = "Was é?";
  const reading = await readText({ text, layer: 1, value: "h" }, context());
  expect([reading.characters.join(""), reading.unknown, reading.units, reading.values.length]).toEqual([text, ["é"], 6, 36]);
  const stream = new TextStream(model);
  let logits = Array.from(stream.read(vocabulary.end));
  for (const [i, token] of [...vocabulary.encode(text)].entries()) {
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    expect(reading.probabilities[i]).toBeCloseTo(Math.exp(logits[token]!) / total, 5);
    logits = Array.from(stream.read(token));
    const order = logits.map((_, other) => other).sort((a, b) => logits[b]! - logits[a]! || a - b);
    expect([...reading.guessed.subarray(8 * i, 8 * i + 8)]).toEqual(order.slice(0, 8));
    expect(reading.guessedProbabilities[8 * i]! / reading.guessedProbabilities[8 * i + 7]!).toBeCloseTo(Math.exp(logits[order[0]!]! - logits[order[7]!]!), 3);
  }
});

test("what it finds units to react to is what a look at the values says", async () => {
  const { files } = await makeFiles();
  await open(files());
  const done: number[] = [];
  const { length, correlations } = await findReactions({ over: "file", file: new Blob([TEXT]), name: "sea.txt" }, context((share) => done.push(share)));
  expect(length).toBe(Math.floor(TEXT.length / 8) * 8);
  expect(done.at(-1)).toBe(1);
  expect(correlations).toHaveLength(2);
  const found = correlations[1]!["update"]!;
  const property = TEXT_PROPERTIES.findIndex(({ id }) => id === "space");
  // The same by hand: eight parts of the text, each from an empty state.
  const steps = length / 8;
  const values: number[] = [];
  const given: number[] = [];
  const of = TEXT_PROPERTIES[property]!.of([...TEXT]);
  for (let row = 0; row < 8; row++) {
    const reading = await readRow(TEXT.slice(row * steps, (row + 1) * steps));
    for (let t = 0; t < steps; t++) {
      values.push(reading[t]!);
      given.push(of[row * steps + t]!);
    }
  }
  // A part begins without the mark that opens a text, which readText() reads first.
  expect(found[property * 6 + 3]).toBeCloseTo(pearson(values, given), 1);
  for (const share of found) expect(Number.isNaN(share) || Math.abs(share) <= 1).toBe(true);

  async function readRow(text: string) {
    const reading = await readText({ text, layer: 1, value: "update" }, context());
    return Array.from({ length: text.length }, (_, t) => reading.values[t * 6 + 3]!);
  }
});

test("writes what unrolled sample writes, also with a pause", async () => {
  const { model, files } = await makeFiles();
  await open(files());
  const written = (seed: number) => {
    const pieces = generate(model, vocabulary, { length: 40, prime: "The ", temperature: 0.7, random: new RandomStream(seed).fork("sample") });
    return [...pieces].map((bytes) => new TextDecoder().decode(bytes)).join("");
  };
  // One in which the model does not end the text on the way.
  const seed = Array.from({ length: 50 }, (_, i) => i).find((i) => !written(i).includes("\n\n"))!;
  let text = "The ";
  for (const length of [15, 25]) {
    await writeOn({ text, seed, drawn: text.length - 4, length, temperature: 0.7, pace: 1e5 }, context((more: string) => (text += more)));
  }
  expect(text).toBe(`The ${written(seed)}`);
});

test("says what is wrong with a run", async () => {
  const { files } = await makeFiles();
  await expect(open({})).rejects.toThrow("mine: no run here (there is no run.json).");
  await expect(open({ ...files(), "run.json": new Blob(["{"]) })).rejects.toThrow(/^mine\/run\.json is damaged: /);
  await expect(open({ "run.json": files()["run.json"]! })).rejects.toThrow("mine/vocabulary.json is missing.");
  await expect(open((await makeFiles({ kind: "vectors" })).files())).rejects.toThrow('mine is a run of kind "vectors", not a model of text.');
  await expect(open((await makeFiles({ text: { ...config, vocabulary: "words" } })).files())).rejects.toThrow("mine is a model of words: this page reads characters one by one.");
  await expect(open((await makeFiles({ text: { ...config, hidden: 7 } })).files())).rejects.toThrow("the saved tensors do not fit");
  await open(files());
  await expect(findReactions({ over: "file", file: new Blob(["short"]), name: "a.txt" }, context())).rejects.toThrow("The text has 5 characters");
  await expect(findReactions({ over: "file", file: new Blob([new Uint8Array(900)]), name: "a.png" }, context())).rejects.toThrow(/^a\.png: this is not text/);
});

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (product: (x: number, y: number) => number) => a.reduce((total, x, i) => total + product(x - ma, b[i]! - mb), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}
