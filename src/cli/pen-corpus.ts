/** The pen data that a command works on. */
import { basename, resolve } from "node:path";
import {
  augmentStrokes, boxOf, COMMON_HANZI, cutLong, DataError, fitPenScale, movesOf, resampleByLength, scaleMoves,
  type Box, type PenSample, type PenScale, type PenSequence, type PenSplit,
} from "../data/index.js";
import { readPenFiles } from "../data/node-pen-files.js";
import { fetchHanzi, fetchRenderedStrokes, HANDWRITING_FONTS, HELD_OUT_FONTS, STROKE_FONTS, type FetchRenderedOptions } from "../data/node-pen-packages.js";
import { framed } from "../systems/handwriting/index.js";
import { RandomStream } from "../tensor/index.js";
import { sha256 } from "../train/json.js";

export type PenSource = "rendered" | "hanzi" | "files";

/** What was asked for; plain JSON. */
export interface PenData {
  readonly source: PenSource;
  /** Files, paths made absolute. */
  readonly inputs: readonly string[];
  /** Of rendered strokes. */
  readonly lines: number;
  /** Of rendered strokes. */
  readonly seed: number;
  /** Of rendered strokes, those to learn from; in older runs, which do not say, HANDWRITING_FONTS. */
  readonly fonts?: readonly string[];
  /** Samples of files, at most; 0 for all. */
  readonly most: number;
  /** Between the points of files; 0 as they are. */
  readonly spacing: number;
  /** Of Chinese characters, those to read: "common", or themselves; all where missing. */
  readonly characters?: string;
  /** Samples are drawings of what they are called, to be drawn by name: each in its box, and none of a class held out that has few. */
  readonly drawings?: boolean;
}

export interface PenCorpus {
  /** A short name for a run on this. */
  readonly name: string;
  readonly skipped: readonly string[];
  readonly split: PenSplit;
  /** Of the points of all parts. */
  readonly sha256: string;
}

/** What the data is called in front of people: rendered strokes are no handwriting. */
export function penDataText({ source, inputs }: PenData): string {
  if (source === "rendered") return "rendered strokes (Brown's sentences in stroke fonts)";
  if (source === "hanzi") return "Chinese characters in stroke order";
  return inputs.length === 1 ? inputs[0]! : `${inputs.length} inputs`;
}

/** The fonts that rendered strokes are learnt from; none for other data. */
export function fontsOf({ source, fonts = HANDWRITING_FONTS }: PenData): readonly string[] {
  return source === "rendered" ? fonts : [];
}

/** How rendered strokes are asked for. The test is in the fonts like handwriting that are not learnt from; where there are none, in printed ones. */
export function renderedOptions(data: PenData): FetchRenderedOptions {
  const fonts = fontsOf(data);
  const others = (of: readonly string[]) => of.filter((name) => !fonts.includes(name));
  const hands = others([...HANDWRITING_FONTS, ...HELD_OUT_FONTS]);
  return { seed: data.seed, lines: data.lines, fonts, heldOut: hands.length > 0 ? hands : others(STROKE_FONTS) };
}

/** @throws DataError */
export async function readPenCorpus(data: PenData): Promise<PenCorpus> {
  const skipped: string[] = [];
  const split = await readSplit(data, skipped);
  return { name: data.source === "files" ? nameOf(data.inputs[0]!) : data.source, skipped, split, sha256: await fingerprintOf(split) };
}

async function readSplit(data: PenData, skipped: string[]): Promise<PenSplit> {
  const { source, seed, drawings = false } = data;
  if (source === "rendered") return fetchRenderedStrokes(renderedOptions(data));
  const samples = source === "hanzi" ? someHanzi(data.characters) : await samplesOf(data, skipped);
  if (!drawings) return splitSamples(samples);
  const named = samples.filter(({ text = "" }) => text !== "");
  if (named.length === 0) throw new DataError("None of the samples say what they are: there is nothing to be drawn by name.");
  const boxed = named.map((sample) => ({ ...sample, strokes: framed(sample.strokes, source === "hanzi" ? EM : withRoom(boxOf(sample.strokes))) }));
  return splitDrawings(boxed, new RandomStream(seed).fork("drawings"));
}

/** The box that a Chinese character is written in. */
const EM = { left: 0, top: 0, right: 1 };

/** A drawing's box, with room to the next one. */
function withRoom(box: Box): Box {
  return { ...box, right: box.right + 0.1 * (box.right - box.left) };
}

/** @throws DataError naming characters that there are not */
function someHanzi(characters: string | undefined): PenSample[] {
  const all = fetchHanzi();
  if (characters === undefined) return all;
  const known = new Map(all.map((sample) => [sample.name, sample]));
  const wanted = [...new Set(characters === "common" ? COMMON_HANZI : characters)].filter((each) => each.trim() !== "");
  const unknown = wanted.filter((each) => !known.has(each));
  if (unknown.length > 0) throw new DataError(`--characters: hanzi-writer-data has no ${unknown.map((each) => JSON.stringify(each)).join(", ")}.`);
  return wanted.map((each) => known.get(each)!);
}

async function samplesOf({ inputs, most, spacing }: PenData, skipped: string[]): Promise<PenSample[]> {
  const samples = await readPenFiles(inputs, { ...(most > 0 && { most }), onSkip: (line) => skipped.push(line) });
  return spacing > 0 ? samples.map((sample) => ({ ...sample, strokes: resampleByLength(sample.strokes, spacing) })) : samples;
}

function nameOf(input: string): string {
  return basename(resolve(input)).replace(/\..*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-") || "pen";
}

/** Every so manieth sample, or writer where there are many, is kept for validation, and the one after it for the test. */
const KEPT = 10;

/** @throws DataError for fewer than three samples */
export function splitSamples(samples: readonly PenSample[]): PenSplit {
  if (samples.length < 3) throw new DataError(`There are ${samples.length} samples: expected 3 or more, to learn from and to check with.`);
  const writers = [...new Set(samples.map(({ writer }) => writer))];
  const byWriter = !writers.includes(undefined) && writers.length >= KEPT;
  const every = Math.min(KEPT, samples.length);
  const place = (sample: PenSample, i: number) => (byWriter ? writers.indexOf(sample.writer) : i) % every;
  const part = (belongs: (place: number) => boolean) => samples.filter((sample, i) => belongs(place(sample, i)));
  return { training: part((at) => at < every - 2), validation: part((at) => at === every - 2), test: part((at) => at === every - 1) };
}

/**
 * Drawings to learn from and to check with. Of a class with ten or more, some are held out. Those with fewer are all to learn from, for a
 * class must be seen to be drawn; if so are all classes, some of the same drawings by slightly different hands are there to check with.
 */
export function splitDrawings(samples: readonly PenSample[], random: RandomStream): PenSplit {
  const classes = new Map<string | undefined, PenSample[]>();
  for (const sample of samples) {
    const those = classes.get(sample.text);
    if (those === undefined) classes.set(sample.text, [sample]);
    else those.push(sample);
  }
  const parts = [...classes.values()].map((each) => (each.length < KEPT ? { training: each, validation: [], test: [] } : splitSamples(each)));
  const all = (part: keyof PenSplit) => parts.flatMap((each) => each[part]);
  const training = all("training");
  const varied = (part: "validation" | "test", at: number) => {
    const held = all(part);
    if (held.length > 0) return held;
    return training.filter((_, i) => i % KEPT === at).map((sample, i) => ({ ...sample, strokes: augmentStrokes(sample.strokes, random.fork(`${part} ${i}`)) }));
  };
  return { training, validation: varied("validation", 0), test: varied("test", Math.min(1, training.length - 1)) };
}

async function fingerprintOf({ training, validation, test }: PenSplit): Promise<string> {
  const parts = [training, validation, test].flatMap((part) => part.map(({ strokes }) => movesOf(strokes)));
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const moves of parts) {
    all.set(moves, at);
    at += moves.length;
  }
  return sha256(new Uint8Array(all.buffer));
}

/** Sequences for a network, each at most `longest` movements. @param scale of the training part where missing */
export function penSequences({ training, validation, test }: PenSplit, longest: number, scale?: PenScale) {
  const own = scale ?? fitPenScale(training.map(({ strokes }) => movesOf(strokes)));
  const sequences = (part: readonly PenSample[]): PenSequence[] =>
    part.map(({ strokes, ...sample }) => ({ ...sample, moves: scaleMoves(movesOf(strokes), own) }));
  return { scale: own, training: cutLong(sequences(training), longest), validation: cutLong(sequences(validation), longest), test: sequences(test) };
}
