/** A trained character model that reads: what its units do at every character, what they react to, and what it would write. One Worker holds one. */
import { CarriedStates, cellNamed, checkpointProgress, fromInts, noGrad, RandomStream, Run, RunError, step } from "unrolled";
import { decodeText } from "unrolled/data";
import { sampleToken } from "unrolled/decode";
import { cellOfRun, loadTrainedText, textConfigOf, TextStream, type TextConfig, type TrainedText } from "unrolled/systems/text";
import { Correlations } from "./correlation.js";
import type { Service } from "./protocol.js";
import { PlaceStorage, type RunPlace } from "./run-folder.js";
import { hasShippedModel, shippedRun, shippedText } from "./shipped-model.js";
import { TEXT_PROPERTIES } from "./text-properties.js";

export interface ModelRequest {
  /** A run of one's own, and what people call it; the Lab's own model where missing. */
  readonly own?: { readonly name: string; readonly place: RunPlace } | undefined;
}

/** A value that the cell computes at every step, by its name in the compiled program. */
export interface CellValue {
  readonly name: string;
  /** Known from its equation: a gate lies between 0 and 1, a hyperbolic tangent between -1 and 1; others have no bounds. */
  readonly range: "gate" | "signed" | "free";
}

/** What is known of an open model. */
export interface ModelFacts {
  readonly cell: string;
  readonly layers: number;
  readonly hidden: number;
  readonly parameters: number;
  /** Steps that it was trained. */
  readonly step: number;
  /** Bits per character on text it did not learn from; undefined where that was not measured. */
  readonly bits: number | undefined;
  /** What its tokens write: characters, "" for the end of the text. */
  readonly tokens: readonly string[];
  readonly values: readonly CellValue[];
  readonly notes: readonly string[];
}

export interface ReadRequest {
  readonly text: string;
  /** From 0. */
  readonly layer: number;
  readonly value: string;
}

export interface Reading {
  readonly layer: number;
  readonly value: string;
  readonly characters: readonly string[];
  /** Those that the model does not know. */
  readonly unknown: readonly string[];
  readonly units: number;
  /** After every character: [characters, units]. */
  readonly values: Float32Array;
  /** After every character, so many of the likeliest tokens, the likeliest first, and their probabilities: [characters, guesses]. */
  readonly guesses: number;
  readonly guessed: Uint32Array;
  readonly guessedProbabilities: Float32Array;
  /** Of every character, given those before it. */
  readonly probabilities: Float32Array;
}

export type ReactionsRequest =
  | { readonly over: "unread" | "own" }
  | { readonly over: "file"; readonly file: Blob; readonly name: string };

export interface Reactions {
  /** Characters that were read. */
  readonly length: number;
  /** Correlations by layer and value, [properties, units], in the order of `TEXT_PROPERTIES`; NaN where one of both never changes. */
  readonly correlations: readonly Readonly<Record<string, Float32Array>>[];
}

export interface WriteRequest {
  /** What it goes on from. */
  readonly text: string;
  readonly seed: number;
  /** Characters drawn before, by a writing that stopped: their random numbers are passed over. */
  readonly drawn: number;
  readonly length: number;
  readonly temperature: number;
  /** Characters per second at most. */
  readonly pace: number;
}

const MOST_GUESSES = 8;
/** Of the longer text: enough for two digits of a correlation. */
const MOST_READ = 40_000;
/** It writes that much itself where there is no other text. */
const OWN_LENGTH = 12_000;
const OWN_TEMPERATURE = 0.9;
/** A text is read in so many parts side by side, each from an empty state, and in windows of so many steps. */
const ROWS = 8;
const WINDOW = 64;
/** Shorter texts say little. */
const LEAST_READ = 400;
/** Milliseconds: writing computes for no longer at a time, and rests for so long. */
const LONGEST_BREATH = 60;
const BETWEEN_WORDS = 60;

interface Held {
  readonly config: TextConfig;
  readonly trained: TrainedText;
  readonly values: readonly CellValue[];
}

let held: Held | undefined;

/** Opens a model. @throws Error that says what is wrong with the run */
export const openModel: Service<ModelRequest, ModelFacts> = async ({ own }, { signal }) => {
  if (!own && !hasShippedModel) throw new Error("This Lab was built without a model of its own. Drop the folder of a run of unrolled train text on the page.");
  const name = own?.name ?? "the Lab's own model";
  const run = await Run.open(new PlaceStorage(name, own?.place ?? (await shippedRun()), signal));
  const config = textConfigOf(run);
  if (config.vocabulary !== "characters") throw new RunError(`${name} is a model of ${config.vocabulary}: this page reads characters one by one.`);
  const cell = (await cellOfRun(run)) ?? cellNamed(config.cell);
  const values = cell === undefined ? [] : [...cell.states, ...Object.keys(cell.named)].map((value): CellValue => {
    const op = (cell.next[value] ?? cell.named[value]!).op;
    return { name: value, range: op === "sigmoid" ? "gate" : op === "tanh" ? "signed" : "free" };
  });
  const trained = await loadTrainedText(run, config, { inspect: values.map((value) => value.name) });
  signal.throwIfAborted();
  held = { config, trained, values };
  const { step, validationLoss } = checkpointProgress(trained.checkpoint);
  const decoder = new TextDecoder();
  return {
    cell: config.cell,
    layers: config.layers,
    hidden: config.hidden,
    parameters: trained.model.parameterCount,
    step,
    bits: validationLoss === undefined ? undefined : validationLoss / Math.LN2,
    tokens: Array.from({ length: trained.vocabulary.size }, (_, token) => decoder.decode(trained.vocabulary.bytes(token))),
    values,
    notes: trained.notes,
  };
};

function open(): Held {
  if (!held) throw new Error("There is no model yet.");
  return held;
}

/** Reads a text, and gives one value of one layer after every character. */
export const readText: Service<ReadRequest, Reading> = ({ text, layer, value }) => {
  const { vocabulary, model } = open().trained;
  const characters = [...text];
  const tokens = [vocabulary.end, ...vocabulary.encode(text)];
  const units = open().config.hidden;
  const { logits, values } = step(() => noGrad(() => {
    const { output, inspected } = model.run(fromInts(tokens, [tokens.length, 1]));
    return { logits: Float32Array.from(model.logits(output).dataSync()), values: Float32Array.from(inspected[layer]![value]!.dataSync()) };
  }));
  const size = vocabulary.size;
  const after = tokens.map((_, i) => softmax(logits.subarray(i * size, (i + 1) * size)));
  const guesses = Math.min(MOST_GUESSES, size);
  const guessed = new Uint32Array(characters.length * guesses);
  after.slice(1).forEach((probabilities, i) => guessed.set(likeliest(probabilities, guesses), i * guesses));
  return {
    layer,
    value,
    characters,
    unknown: [...new Set(characters.filter((_, i) => tokens[i + 1] === vocabulary.unknown))],
    units,
    values: values.subarray(units).slice(),
    guesses,
    guessed,
    guessedProbabilities: Float32Array.from(guessed, (token, i) => after[Math.floor(i / guesses) + 1]![token]!),
    probabilities: Float32Array.from(characters, (_, i) => after[i]![tokens[i + 1]!]!),
  };
};

function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** The `count` largest, by number, the largest first. */
function likeliest(probabilities: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let token = 0; token < probabilities.length; token++) {
    const p = probabilities[token]!;
    if (best.length === count && p <= probabilities[best[count - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && probabilities[best[place - 1]!]! < p) place--;
    best.splice(place, 0, token);
    best.length = Math.min(best.length, count);
  }
  return best;
}

/** Correlates every unit of every layer with properties of a longer text. Reports how far it is, from 0 to 1. */
export const findReactions: Service<ReactionsRequest, Reactions, number> = async (request, { signal, report, breathe }) => {
  const { config, trained: { model, vocabulary }, values } = open();
  const writing = request.over === "own" ? 0.5 : 0;
  const characters: string[] = [];
  if (request.over === "own") {
    const draw = writer("", { seed: 1, drawn: 0 });
    for (let i = 0; i < OWN_LENGTH; i++) {
      characters.push(draw(OWN_TEMPERATURE));
      if (i % 100 > 0) continue;
      report((writing * i) / OWN_LENGTH);
      await breathe();
      signal.throwIfAborted();
    }
  } else {
    const text = request.over === "file" ? decodeText(new Uint8Array(await request.file.arrayBuffer()), request.name) : await (await shippedText()).text();
    characters.push(...Array.from(text.slice(0, 2 * MOST_READ)).slice(0, MOST_READ));
    if (characters.length < LEAST_READ) throw new Error(`The text has ${characters.length} characters; to find out what units react to takes ${LEAST_READ} or more.`);
  }
  const tokens = vocabulary.encode(characters.join(""));
  const steps = Math.floor(tokens.length / ROWS);
  const properties = TEXT_PROPERTIES.map((property) => property.of(characters));
  const found = Array.from({ length: config.layers }, () => values.map(() => new Correlations(properties.length, config.hidden)));
  const carried = new CarriedStates();
  for (let from = 0; from < steps; from += WINDOW) {
    const length = Math.min(WINDOW, steps - from);
    const inputs = new Int32Array(length * ROWS);
    const given = new Float32Array(properties.length * length * ROWS);
    for (let t = 0; t < length; t++) {
      for (let row = 0; row < ROWS; row++) {
        const at = row * steps + from + t;
        inputs[t * ROWS + row] = tokens[at]!;
        properties.forEach((property, p) => (given[(p * length + t) * ROWS + row] = property[at]!));
      }
    }
    step(() => noGrad(() => {
      const initial = carried.begin(undefined);
      const { final, inspected } = model.run(fromInts(inputs, [length, ROWS]), { ...(initial && { initial }) });
      carried.carry(final);
      found.forEach((layer, i) => layer.forEach((correlations, v) => correlations.add(given, inspected[i]![values[v]!.name]!)));
    }));
    report(writing + (1 - writing) * ((from + length) / steps));
    await breathe();
    signal.throwIfAborted();
  }
  const correlations = found.map((layer) => Object.fromEntries(layer.map((each, v) => [values[v]!.name, each.result()])));
  return { length: steps * ROWS, correlations };
};

/** Goes on with a text, character by character, at a pace that can be followed; the temperature may be changed on the way. */
export const writeOn: Service<WriteRequest, undefined, string, { readonly temperature: number }> = async (request, { signal, report, onTold }) => {
  let { temperature } = request;
  onTold((told) => ({ temperature } = told));
  const draw = writer(request.text, request);
  const began = performance.now();
  for (let i = 0; i < request.length; ) {
    const due = Math.min(request.length, Math.floor(((performance.now() - began) / 1000) * request.pace) + 1);
    // Who cannot keep the pace still lets others in.
    const until = performance.now() + LONGEST_BREATH;
    let text = "";
    for (; i < due && performance.now() < until; i++) text += draw(temperature);
    if (text !== "") report(text);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_WORDS));
    signal.throwIfAborted();
  }
  return undefined;
};

/** Reads a text, and draws what follows as `unrolled sample` does, one character at a time; a line end where the text ends and another begins. */
function writer(text: string, { seed, drawn }: { readonly seed: number; readonly drawn: number }): (temperature: number) => string {
  const { model, vocabulary } = open().trained;
  const stream = new TextStream(model);
  const random = new RandomStream(seed).fork("sample");
  for (let i = 0; i < drawn; i++) random.next();
  const decoder = new TextDecoder();
  const forbidden = vocabulary.unknown === undefined ? [] : [vocabulary.unknown];
  let logits = stream.read(vocabulary.end);
  for (const token of vocabulary.encode(text)) logits = stream.read(token);
  return (temperature) => {
    const token = sampleToken(logits, random.next(), { temperature, forbidden });
    if (token === vocabulary.end) stream.reset();
    logits = stream.read(token);
    return token === vocabulary.end ? "\n" : decoder.decode(vocabulary.bytes(token));
  };
}
