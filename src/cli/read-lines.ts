/** Lines whose texts are known, read by a recogniser. */
import type { Stroke } from "../data/index.js";
import { legibilityOf, type Legibility, type Recogniser } from "../systems/recogniser/index.js";

/** Lines read at a time, so that progress can be told. */
const PORTION = 20;

export interface KnownLine {
  readonly text?: string;
  readonly strokes: readonly Stroke[];
  /** The font that it is rendered in. */
  readonly style?: string;
}

export interface LinesRead {
  /** What was recognised, line by line. */
  readonly read: readonly string[];
  readonly all: Legibility;
  /** Of the lines that say their font, in the order in which fonts occur. */
  readonly byFont: ReadonlyMap<string, Legibility>;
}

/** @param onRead told how many are read */
export function readLines(recogniser: Recogniser, lines: readonly KnownLine[], onRead: (read: number) => void): LinesRead {
  const read: string[] = [];
  for (let from = 0; from < lines.length; from += PORTION) {
    read.push(...recogniser.read(lines.slice(from, from + PORTION).map(({ strokes }) => strokes)));
    onRead(read.length);
  }
  const of = (which: readonly number[]) => legibilityOf(which.map((i) => lines[i]!.text ?? ""), which.map((i) => read[i]!));
  const every = [...lines.keys()];
  const fonts = [...new Set(lines.flatMap(({ style }) => style ?? []))];
  return { read, all: of(every), byFont: new Map(fonts.map((font) => [font, of(every.filter((i) => lines[i]!.style === font))])) };
}

/** "97.6 %" */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
