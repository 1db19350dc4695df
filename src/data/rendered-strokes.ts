/**
 * Rendered strokes: lines of real text in stroke fonts, written by made-up writers. They stand in for recordings of people, of which
 * there are none in any package, and are always called what they are.
 */
import type { RandomStream } from "../tensor/index.js";
import { DataError } from "./errors.js";
import { makeWriter, writeLine, type Writer } from "./pen-writer.js";
import type { PenSample } from "./pen.js";
import type { StrokeFont } from "./stroke-font.js";
import { textLines } from "./text-lines.js";

export interface RenderedOptions {
  /** Of the writers of training and validation. */
  readonly fonts: readonly StrokeFont[];
  /** Of the writers of the test. */
  readonly heldOut: readonly StrokeFont[];
  readonly sentences: readonly string[];
  readonly random: RandomStream;
  readonly lines: { readonly training: number; readonly validation: number; readonly test: number };
  /** Of each font. @default 24 */
  readonly writers?: number;
  /** Characters of a line, at most. @default 32 */
  readonly longest?: number;
}

export interface PenSplit {
  readonly training: readonly PenSample[];
  readonly validation: readonly PenSample[];
  readonly test: readonly PenSample[];
}

/** One writer of so many keeps their lines for validation. */
const VALIDATION_WRITERS = 6;
const SHORTEST = 6;

/**
 * Three parts that share no writer and no line of text: validation is by other writers in the fonts of training, the test by writers in
 * fonts that nobody trained on.
 *
 * @throws DataError if there is not enough text
 */
export function renderStrokes(options: RenderedOptions): PenSplit {
  const { fonts, heldOut, random, writers = 24 } = options;
  const texts = renderedTexts(options);
  const hands = (of: readonly StrokeFont[]) =>
    of.flatMap((font) => Array.from({ length: writers }, (_, n) => makeWriter(font, n + 1, random.fork(`writer ${font.name} ${n + 1}`))));
  const usual = hands(fonts);
  const part = (name: keyof PenSplit, by: readonly Writer[]): PenSample[] =>
    texts[name].map((text, i) => writeLine(by[i % by.length]!, text, random.fork(`${name} ${i}`)));
  const keeps = (_: Writer, i: number) => (i + 1) % VALIDATION_WRITERS === 0;
  return {
    training: part("training", usual.filter((writer, i) => !keeps(writer, i))),
    validation: part("validation", usual.filter(keeps)),
    test: part("test", hands(heldOut)),
  };
}

/** What the lines of `renderStrokes` say, part by part. @throws DataError if there is not enough text */
export function renderedTexts(
  { fonts, heldOut, sentences, random, lines, longest = 32 }: RenderedOptions,
): { readonly [Part in keyof PenSplit]: readonly string[] } {
  const known = [...fonts, ...heldOut].map(({ glyphs }) => glyphs);
  const alphabet = new Set([...(known[0]?.keys() ?? [])].filter((character) => isAscii(character) && known.every((glyphs) => glyphs.has(character))));
  const all = [...new Set(textLines(sentences, { longest, shortest: SHORTEST, alphabet }))];
  const wanted = lines.training + lines.validation + lines.test;
  if (all.length < wanted) throw new DataError(`The text gives ${all.length} lines of ${SHORTEST} to ${longest} characters that all fonts have, expected ${wanted} or more.`);
  const order = random.fork("lines").permutation(all.length);
  const texts = (from: number, count: number) => Array.from(order.subarray(from, from + count), (line) => all[line]!);
  const { training, validation, test } = lines;
  return { training: texts(0, training), validation: texts(training, validation), test: texts(training + validation, test) };
}

function isAscii(character: string): boolean {
  return character >= " " && character <= "~";
}
