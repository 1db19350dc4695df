/** Strokes taken at other points than those at which they were recorded; their first and last points stay. */
import type { PenPoint, Stroke } from "./pen.js";

/** Points at equal distances along each stroke, about `spacing` apart (exactly, but for what makes the last one fit). */
export function resampleByLength(strokes: readonly Stroke[], spacing: number): Stroke[] {
  if (!(spacing > 0)) throw new RangeError(`resampleByLength: spacing: expected more than 0, got ${spacing}`);
  return strokes.map((stroke) => {
    const ways = distances(stroke);
    return resampled(stroke, ways, Math.max(1, Math.round(ways.at(-1)! / spacing)));
  });
}

/**
 * Points at equal intervals of time, in seconds. Where a stroke has no times, its points count as equally far apart in time, `fallback`
 * seconds.
 */
export function resampleByTime(strokes: readonly Stroke[], interval: number, fallback = 0.01): Stroke[] {
  if (!(interval > 0)) throw new RangeError(`resampleByTime: interval: expected more than 0, got ${interval}`);
  return strokes.map((stroke) => {
    const begin = stroke[0]?.[2];
    // Clocks that stand still or go back would make points of infinite speed: time never decreases here.
    let latest = 0;
    const times = stroke.map(([, , time], p) => (latest = Math.max(latest, begin === undefined || time === undefined ? p * fallback : time - begin)));
    return resampled(stroke, times, Math.max(1, Math.round(times.at(-1)! / interval)));
  });
}

/** How far the pen has come at each point of a stroke. */
export function distances(stroke: Stroke): number[] {
  let way = 0;
  return stroke.map(([x, y], p) => {
    if (p > 0) way += Math.hypot(x - stroke[p - 1]![0], y - stroke[p - 1]![1]);
    return way;
  });
}

/** `pieces` + 1 points at equal steps of a quantity that grows along the stroke; a stroke that goes nowhere is a dot. */
export function resampled(stroke: Stroke, grows: readonly number[], pieces: number): Stroke {
  const total = grows.at(-1)!;
  if (stroke.length < 2 || !(total > 0)) return stroke.slice(0, 1);
  let p = 1;
  return Array.from({ length: pieces + 1 }, (_, i) => {
    const wanted = i === pieces ? total : (i * total) / pieces;
    while (p < grows.length - 1 && grows[p]! < wanted) p++;
    const [from, to] = [grows[p - 1]!, grows[p]!];
    return between(stroke[p - 1]!, stroke[p]!, to > from ? Math.min(1, Math.max(0, (wanted - from) / (to - from))) : 1);
  });
}

function between(a: PenPoint, b: PenPoint, part: number): PenPoint {
  const mix = (from: number, to: number) => from + part * (to - from);
  const [x, y] = [mix(a[0], b[0]), mix(a[1], b[1])];
  return a[2] === undefined || b[2] === undefined ? [x, y] : [x, y, mix(a[2], b[2])];
}
