/** Chinese characters as strokes in their order, from the medians of `hanzi-writer-data`. */
import { DataError } from "./errors.js";
import { mapPoints, type PenPoint, type PenSample, type Stroke } from "./pen.js";
import { atHandSpeed, type SpeedLaw } from "./pen-speed.js";

/** The em of the data, and the y of its upper edge; y grows upwards there. */
const UNITS = 1024;
const TOP = 900;
/** About six points a stroke, as a brisk hand leaves them. */
export const HANZI_SPEED: SpeedLaw = { interval: 0.13, straight: 0.6, ramp: 0.1 };

/**
 * A character: its medians in the order of writing, corners rounded and points at the pace of a hand. The character is text and class.
 * @param json contents of the character's file
 * @throws DataError naming the character and what is wrong
 */
export function readHanzi(character: string, json: string, speed: SpeedLaw = HANZI_SPEED): PenSample {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new DataError(`${character}: not JSON.`);
  }
  const { medians } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(medians) || medians.length === 0) throw new DataError(`${character}: medians: expected a list of strokes.`);
  const strokes = medians.map((median: unknown, s): Stroke => {
    const fits = Array.isArray(median) && median.length > 0 && median.every((point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite));
    if (!fits) throw new DataError(`${character}: medians: stroke ${s + 1}: expected points [x, y].`);
    return median as unknown as PenPoint[];
  });
  const placed = mapPoints(strokes, (x, y) => [x / UNITS, (TOP - y) / UNITS]);
  return { name: character, text: character, strokes: placed.map((stroke) => atHandSpeed(stroke, speed)) };
}
