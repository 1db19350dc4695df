/** The same writing by a slightly different hand. */
import type { RandomStream } from "../tensor/index.js";
import type { PenSequence } from "./pen-batches.js";
import { scaleMoves, unscaleMoves, type PenScale } from "./pen-scale.js";
import { boxOf, mapPoints, movesOf, strokesOf, type Stroke } from "./pen.js";
import { resampled } from "./pen-resample.js";

/** Standard deviations; 0 for none. */
export interface AugmentOptions {
  /** Of the shear: by how much of its height a letter leans. @default 0.1 */
  readonly slant?: number;
  /** Of the logarithm of the size, width and height apart. @default 0.08 */
  readonly size?: number;
  /** Of the angle of the line, in radians. @default 0.02 */
  readonly rotation?: number;
  /** Of the logarithm of the pace: a faster pen leaves fewer points. @default 0.1 */
  readonly speed?: number;
  /** Of every point's place, in the units of the strokes. @default 0 */
  readonly jitter?: number;
}

/** A normal number on the host. Takes two numbers of the stream. */
export function normal(random: RandomStream): number {
  const length = Math.sqrt(-2 * Math.log(1 - random.next()));
  return length * Math.cos(2 * Math.PI * random.next());
}

/** Slants, stretches, turns and paces a sample, all drawn from the stream: ten numbers, and four for each point that is jittered. */
export function augmentStrokes(strokes: readonly Stroke[], random: RandomStream, options: AugmentOptions = {}): Stroke[] {
  const { slant = 0.1, size = 0.08, rotation = 0.02, speed = 0.1, jitter = 0 } = options;
  const [shear, logWidth, logHeight, angle, logPace] = [slant, size, size, rotation, speed].map((deviation) => deviation * normal(random)) as [
    number, number, number, number, number,
  ];
  if (strokes.every((stroke) => stroke.length === 0)) return strokes.map(() => []);
  const { left, bottom } = boxOf(strokes);
  const [width, height, cos, sin] = [Math.exp(logWidth), Math.exp(logHeight), Math.cos(angle), Math.sin(angle)];
  const changed = mapPoints(strokes, (x, y) => {
    const up = (y - bottom) * height;
    // y grows downwards: what is above the bottom leans to the right.
    const along = (x - left) * width - shear * up;
    return [left + along * cos - up * sin, bottom + along * sin + up * cos];
  });
  const paced = speed === 0 ? changed : changed.map((stroke) => {
    const steps = stroke.map((_, p) => p);
    return resampled(stroke, steps, Math.max(1, Math.round((stroke.length - 1) / Math.exp(logPace))));
  });
  return jitter === 0 ? paced : mapPoints(paced, (x, y) => [x + jitter * normal(random), y + jitter * normal(random)]);
}

/**
 * The same on scaled movements, for `PenReader`.
 * @param amount what the usual deviations are multiplied by
 * @param jitter of every point's place, in deviations of the scale
 */
export function augmentSequence(sequence: PenSequence, scale: PenScale, random: RandomStream, amount = 1, jitter = 0): PenSequence {
  const strokes = strokesOf(unscaleMoves(sequence.moves, scale));
  const [x, y] = scale.deviation;
  const deviations = { slant: 0.1 * amount, size: 0.08 * amount, rotation: 0.02 * amount, speed: 0.1 * amount, jitter: (jitter * (x + y)) / 2 };
  return { ...sequence, moves: scaleMoves(movesOf(augmentStrokes(strokes, random, deviations)), scale) };
}
