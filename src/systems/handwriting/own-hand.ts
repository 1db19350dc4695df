/** What people draw and type, as a model's data would have it. */
import { atHandSpeed, boxOf, DataError, mapPoints, wrap, type PenScale, type SpeedLaw, type Stroke } from "../../data/index.js";
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

/**
 * A drawing in any unit, drawn at any pace, as the lines that a model learnt from: as wide as its text usually is, and with as many points
 * as that usually takes, at the speed of a hand.
 *
 * @param text what is drawn; the longer the better it is fitted
 * @throws DataError if the drawing has no width, or there is no text
 */
export function fitDrawing(strokes: readonly Stroke[], text: string, { scale, script }: { scale: PenScale; script: Script }): Stroke[] {
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
  const change = Math.min(MOST_CHANGE, Math.max(1 / MOST_CHANGE, (points * script.pace) / characters));
  const width = scale.mean[0] / script.pace;
  return mapPoints(at(USUAL_SPEED.interval * change), (x, y) => [(x * width) / LETTER, (y * width) / LETTER]);
}

function inLetters({ interval, straight, ramp }: SpeedLaw): SpeedLaw {
  return { interval: interval * LETTER, straight: straight * LETTER, ramp: ramp * LETTER };
}
