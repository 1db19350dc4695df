/** What people draw and type, as a model's data would have it. */
import { atHandSpeed, boxOf, DataError, fittingFactor, mapPoints, MOVE_WIDTH, movesOf, wrap, type PenSample, type PenScale, type SpeedLaw, type Stroke } from "../../data/index.js";
import type { Script } from "./alphabet.js";

/** A text as the lines that a model writes: broken between words to what it has learnt at most, and at its own line breaks. */
export function linesToWrite(text: string, longest: number): string[] {
  const paragraphs = text.split(/\r?\n/).map((paragraph) => paragraph.replace(/\s+/g, " ").trim());
  return paragraphs.flatMap((paragraph) => wrap(paragraph, longest)).filter((line) => line !== "");
}

/** In characters of a usual width: a hand's speed where neither a drawing's times nor its unit can be relied on. */
const USUAL_SPEED: SpeedLaw = { interval: 0.35, straight: 1.3, ramp: 0.26 };
/** How far the number of points may be from the usual at that speed before the speed is changed. */
const MOST_CHANGE = 2;
/** `atHandSpeed` looks at lines in steps that suit letters of this width. */
const LETTER = 0.46;

/** What is known of the lines that a model writes texts by. */
interface Lines {
  readonly scale: PenScale;
  readonly script: Script;
}

/**
 * A drawing in any unit, drawn at any pace, as the lines that a model learnt from: as wide as its text usually is, and with as many points
 * as that usually takes, at the speed of a hand.
 *
 * @param text what is drawn; the longer the better it is fitted
 * @throws DataError if the drawing has no width, or there is no text
 */
export function fitDrawing(strokes: readonly Stroke[], text: string, lines: Lines): Stroke[] {
  const characters = Array.from(text.trim()).length;
  if (characters === 0) throw new DataError("What does the drawing say? Its text is needed to go on from it.");
  const drawn = strokes.filter((stroke) => stroke.length > 0);
  if (drawn.length === 0) throw new DataError("Nothing is drawn.");
  const { left, right } = boxOf(drawn);
  if (!(right > left)) throw new DataError("The drawing has no width: write from left to right.");
  const factor = (characters * LETTER) / (right - left);
  const letters = mapPoints(drawn, (x, y) => [x * factor, y * factor]);
  const at = (interval: number) => letters.map((stroke) => atHandSpeed(stroke, inLetters({ ...USUAL_SPEED, interval })));
  const usual = at(USUAL_SPEED.interval);
  const points = usual.reduce((sum, { length }) => sum + length, 0);
  const change = Math.min(MOST_CHANGE, Math.max(1 / MOST_CHANGE, (points * lines.script.pace) / characters));
  const width = characterWidth(lines) / LETTER;
  return mapPoints(at(USUAL_SPEED.interval * change), (x, y) => [x * width, y * width]);
}

/** How far a line goes on by a character, the mean. */
function characterWidth({ scale, script }: Lines): number {
  return scale.mean[0] / script.pace;
}

/** Samples that are so many times as large as is usual, or have so many times the points, are in another unit, or drawn at another pace. */
const OTHER = 2;
/** Texts of fewer characters differ too much in their width to tell a unit by. */
const LEAST_TEXT = 4;

export interface FittedPrime {
  readonly strokes: readonly Stroke[];
  /** What they were multiplied by; 1 where they are as they were. */
  readonly factor: number;
}

/**
 * A sample to go on from, in the units of a model. One that is about as large as is usual there, and has about as many points, is as it was:
 * its size is part of its manner. Another is fitted as a drawing is where it is known what it says, for the width of a text tells units
 * apart at any pace; else by the length of its movements.
 * @param script of a model that writes texts
 */
export function fitPrime({ strokes, text = "" }: Pick<PenSample, "strokes" | "text">, { scale, script }: { readonly scale: PenScale; readonly script?: Script | undefined }): FittedPrime {
  const moves = movesOf(strokes);
  const isUsual = (ratio: number) => ratio < OTHER && ratio > 1 / OTHER;
  const asItWas = { strokes, factor: 1 };
  const characters = Array.from(text.trim()).length;
  const { left, right } = boxOf(strokes);
  if (script !== undefined && characters >= LEAST_TEXT && right > left && scale.mean[0] > 0) {
    const factor = (characters * characterWidth({ scale, script })) / (right - left);
    const points = (script.pace * moves.length) / MOVE_WIDTH / characters;
    return isUsual(factor) && isUsual(points) ? asItWas : { strokes: fitDrawing(strokes, text, { scale, script }), factor };
  }
  const factor = fittingFactor(moves, scale);
  return isUsual(factor) ? asItWas : { strokes: mapPoints(strokes, (x, y) => [x * factor, y * factor]), factor };
}

function inLetters({ interval, straight, ramp }: SpeedLaw): SpeedLaw {
  return { interval: interval * LETTER, straight: straight * LETTER, ramp: ramp * LETTER };
}
