/** Lines to judge a writing model and its judge by: what neither has learnt from. */
import { DataError, makeWriter, strokesOf, textLines, writeLine, type PenSample, type PenScale, type Stroke } from "../data/index.js";
import { fetchRenderedTexts, fetchSentences, fetchStrokeFont } from "../data/node-pen-packages.js";
import { writeText, type SynthesisModel } from "../systems/handwriting/index.js";
import type { Recogniser } from "../systems/recogniser/index.js";
import { RandomStream } from "../tensor/index.js";
import { renderedOptions, type PenData } from "./pen-corpus.js";
import { textsOfRecogniser, type RecogniserData } from "./recogniser-run.js";

/** Characters of a line. */
const LONGEST = 32;
const SHORTEST = 6;

export interface HeldOutTexts {
  readonly lines: number;
  readonly seed: number;
  /** Characters of a line, at most. @default 32 */
  readonly longest?: number;
  readonly model: SynthesisModel;
  readonly data: PenData;
  readonly recogniser: Recogniser;
  readonly recogniserData: RecogniserData;
}

/** Lines of the Brown corpus, of characters known to both, that neither the model nor the recogniser learnt from. @throws DataError if there are too few */
export function heldOutTexts({ lines, seed, longest = LONGEST, model, data, recogniser, recogniserData }: HeldOutTexts): string[] {
  const learnt = new Set(textsOfRecogniser(recogniserData));
  if (data.source === "rendered") {
    const { training, validation } = fetchRenderedTexts(renderedOptions(data));
    for (const text of [...training, ...validation]) learnt.add(text);
  }
  const unknown = new Set(model.alphabet.unknown(recogniser.characters.join("")));
  const alphabet = new Set(recogniser.characters.filter((character) => !unknown.has(character)));
  const limit = Math.min(longest, model.script.longest);
  const all = [...new Set(textLines(fetchSentences(), { longest: limit, shortest: Math.min(SHORTEST, limit), alphabet }))].filter((text) => !learnt.has(text));
  if (all.length < lines) throw new DataError(`There are ${all.length} lines of text that neither the model nor the recogniser has learnt from: expected ${lines}.`);
  const order = new RandomStream(seed).fork("legibility").permutation(all.length);
  return Array.from(order.subarray(0, lines), (i) => all[i]!);
}

export interface WrittenLine {
  readonly text: string;
  readonly strokes: readonly Stroke[];
  /** Whether its end was reached. */
  readonly done: boolean;
}

/** Each text written by the model. @param writers whose hands, in turn; none for nobody's in particular @param onLine told how many are written */
export function writeLines(
  model: SynthesisModel,
  texts: readonly string[],
  { scale, bias, seed, writers, onLine }: { scale: PenScale; bias: number; seed: number; writers: readonly string[]; onLine: (written: number) => void },
): WrittenLine[] {
  const random = new RandomStream(seed).fork("legibility writing");
  return texts.map((text, i) => {
    const writer = writers[i % writers.length];
    const moves = [...writeText(model, text, { scale, bias, ...(writer !== undefined && { told: { writer } }), random: random.fork(`line ${i}`) })];
    onLine(i + 1);
    return { text, strokes: strokesOf(moves.flatMap(({ x, y, lift }) => [x, y, lift ? 1 : 0])), done: moves.at(-1)?.done ?? true };
  });
}

/** Each text rendered in one of the fonts, in turn, every line by a writer of its own whom nobody has seen. @throws DataError */
export function renderLines(texts: readonly string[], fonts: readonly string[], seed: number): PenSample[] {
  const random = new RandomStream(seed).fork("legibility writers");
  const known = fonts.map((name) => fetchStrokeFont(name));
  return texts.map((text, i) => {
    const stream = random.fork(`line ${i}`);
    return writeLine(makeWriter(known[i % known.length]!, i, stream.fork("writer")), text, stream);
  });
}
