/** How fast a hand follows a line: slower where it bends, from rest to rest. */
import type { PenPoint, Stroke } from "./pen.js";
import { distances } from "./pen-resample.js";

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
const FINE = 0.02;
/** A pen never stands still: the least part of its pace. */
const LEAST_PACE = 0.15;

/**
 * Points at equal intervals of time along a stroke, as a hand draws it that keeps to the two-thirds power law, v ~ curvature^(-1/3)
 * (Lacquaniti, Terzuolo & Viviani 1983), and starts and ends at rest. Corners are rounded a little on the way.
 */
export function atHandSpeed(stroke: Stroke, { interval, straight, ramp }: SpeedLaw): Stroke {
  const line = finely(stroke);
  const last = line.x.length - 1;
  if (last < 1) return stroke.slice(0, 1);
  // Twice: corners become curves of a few steps.
  for (const axis of [line.x, line.y, line.x, line.y]) smooth(axis, 0.5);
  const { way, bends } = shapeOf(line);
  smooth(bends, 2 / 3);
  const times = new Float64Array(last + 1);
  for (let p = 1; p <= last; p++) {
    const middle = (way[p - 1]! + way[p]!) / 2;
    const bend = Math.max(1, (straight * (bends[p - 1]! + bends[p]!)) / 2);
    const fromRest = Math.min(1, Math.sqrt(Math.min(middle, way[last]! - middle) / ramp));
    times[p] = times[p - 1]! + (way[p]! - way[p - 1]!) / Math.max(LEAST_PACE, Math.cbrt(1 / bend) * fromRest);
  }
  return takenAt(line, times, Math.max(1, Math.round(times[last]! / interval)));
}

/** A line, its coordinates apart: pens make thousands of points, and each as an object of its own would take most of the time. */
interface Line {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Points at equal distances; a stroke that goes nowhere gives one. */
function finely(stroke: Stroke): Line {
  const way = Float64Array.from(distances(stroke));
  const total = way.at(-1) ?? 0;
  const corners = { x: Float64Array.from(stroke, ([x]) => x), y: Float64Array.from(stroke, ([, y]) => y) };
  const count = total > 0 ? Math.max(1, Math.round(total / FINE)) + 1 : 1;
  const line = { x: new Float64Array(count), y: new Float64Array(count) };
  eachAt(corners, way, count - 1, (i, x, y) => ([line.x[i], line.y[i]] = [x, y]));
  return line;
}

function takenAt(line: Line, grows: Float64Array, pieces: number): Stroke {
  const points: PenPoint[] = [];
  eachAt(line, grows, pieces, (_, x, y) => points.push([x, y]));
  return points;
}

/** The points of a line at equal steps of a quantity that grows along it, its ends among them. */
function eachAt({ x, y }: Line, grows: Float64Array, pieces: number, give: (i: number, x: number, y: number) => void): void {
  const last = grows.length - 1;
  for (let i = 0, p = 1; i <= pieces; i++) {
    const wanted = pieces === 0 ? 0 : (i * grows[last]!) / pieces;
    while (p < last && grows[p]! < wanted) p++;
    const from = Math.max(0, p - 1);
    const to = Math.min(p, last);
    const part = i === pieces ? 1 : grows[to]! > grows[from]! ? Math.min(1, (wanted - grows[from]!) / (grows[to]! - grows[from]!)) : 1;
    give(i, x[from]! + part * (x[to]! - x[from]!), y[from]! + part * (y[to]! - y[from]!));
  }
}

/** Moves each value but the ends by a part of the way to the mean of its neighbours. */
function smooth(values: Float64Array, part: number): void {
  let before = values[0]!;
  for (let p = 1; p < values.length - 1; p++) {
    const here = values[p]!;
    values[p] = here + part * ((before + values[p + 1]!) / 2 - here);
    before = here;
  }
}

/** How far each point is along the line, and the change of direction there per length. */
function shapeOf({ x, y }: Line): { way: Float64Array; bends: Float64Array } {
  const way = new Float64Array(x.length);
  const bends = new Float64Array(x.length);
  for (let p = 1; p < x.length; p++) way[p] = way[p - 1]! + Math.hypot(x[p]! - x[p - 1]!, y[p]! - y[p - 1]!);
  for (let p = 1; p < x.length - 1; p++) {
    const [inX, inY, outX, outY] = [x[p]! - x[p - 1]!, y[p]! - y[p - 1]!, x[p + 1]! - x[p]!, y[p + 1]! - y[p]!];
    const length = (way[p + 1]! - way[p - 1]!) / 2;
    if (length > 0) bends[p] = Math.abs(Math.atan2(inX * outY - inY * outX, inX * outX + inY * outY)) / length;
  }
  return { way, bends };
}
