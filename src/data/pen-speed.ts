/** How fast a hand follows a line: slower where it bends, from rest to rest. */
import type { PenPoint, Stroke } from "./pen.js";
import { distances, resampleByLength, resampled } from "./pen-resample.js";

/** Lengths are in ems, the pen's pace on a straight line is 1. */
export interface SpeedLaw {
  /** Time between two points. */
  readonly interval: number;
  /** A line that bends on a circle of this radius or a wider one is straight to the hand. */
  readonly straight: number;
  /** The length over which the pen comes to its pace, and slows down at the end. */
  readonly ramp: number;
}

/** Steps in which lines are looked at. */
const FINE = 0.012;
/** A pen never stands still: the least part of its pace. */
const LEAST_PACE = 0.15;

/**
 * Points at equal intervals of time along a stroke, as a hand draws it that keeps to the two-thirds power law, v ~ curvature^(-1/3)
 * (Lacquaniti, Terzuolo & Viviani 1983), and starts and ends at rest. Corners are rounded a little on the way.
 */
export function atHandSpeed(stroke: Stroke, { interval, straight, ramp }: SpeedLaw): Stroke {
  const [fine = []] = resampleByLength([stroke], FINE);
  if (fine.length < 2) return fine;
  const line = rounded(rounded(fine));
  const bends = smoothed(line.map((_, p) => curvature(line, p)));
  const way = distances(line);
  const length = way.at(-1)!;
  let time = 0;
  const times = line.map((_, p) => {
    if (p === 0) return 0;
    const middle = (way[p - 1]! + way[p]!) / 2;
    const bend = Math.max(1, straight * (bends[p - 1]! + bends[p]!) / 2);
    const fromRest = Math.min(1, Math.sqrt(Math.min(middle, length - middle) / ramp));
    return (time += (way[p]! - way[p - 1]!) / Math.max(LEAST_PACE, bend ** (-1 / 3) * fromRest));
  });
  return resampled(line, times, Math.max(1, Math.round(time / interval)));
}

/** Each point moved half the way to the middle of its neighbours. */
function rounded(line: Stroke): PenPoint[] {
  return line.map(([x, y], p): PenPoint => {
    const [before, after] = [line[p - 1], line[p + 1]];
    return before === undefined || after === undefined ? [x, y] : [(x + (before[0] + after[0]) / 2) / 2, (y + (before[1] + after[1]) / 2) / 2];
  });
}

function smoothed(values: readonly number[]): number[] {
  return values.map((value, i) => ((values[i - 1] ?? value) + value + (values[i + 1] ?? value)) / 3);
}

/** The change of direction at a point, per length. */
function curvature(line: Stroke, p: number): number {
  const [before, here, after] = [line[p - 1], line[p]!, line[p + 1]];
  if (before === undefined || after === undefined) return 0;
  const [inX, inY, outX, outY] = [here[0] - before[0], here[1] - before[1], after[0] - here[0], after[1] - here[1]];
  const length = (Math.hypot(inX, inY) + Math.hypot(outX, outY)) / 2;
  return length > 0 ? Math.abs(Math.atan2(inX * outY - inY * outX, inX * outX + inY * outY)) / length : 0;
}
