/** What a pen did: strokes as they lie on the paper, and as the row of movements that networks read. */
import { DataError } from "./errors.js";

/** A position, x to the right and y downwards, in any unit; where known the time, in seconds. */
export type PenPoint = readonly [x: number, y: number, time?: number];

/** The pen's way from touching the paper to leaving it: at least one point. */
export type Stroke = readonly PenPoint[];

/** Something written. */
export interface PenSample {
  /** Where it comes from, for messages: file, line. */
  readonly name: string;
  readonly strokes: readonly Stroke[];
  /** What it says, or what it is. */
  readonly text?: string;
  readonly writer?: string;
  /** What many writers have in common: a font. */
  readonly style?: string;
}

/** Numbers per movement: dx, dy, and 1 where the pen is lifted after it, else 0. */
export const MOVE_WIDTH = 3;

/** Coordinates beyond this are no drawing. */
const LARGEST_COORDINATE = 1e7;
/** A step within a stroke that is so much longer than the median is a fault of the recording. */
const LARGEST_JUMP = 200;
/** With fewer steps the median says little. */
const LEAST_STEPS = 8;

/**
 * Passes a sample on if a network can learn from it. Strokes without points are dropped.
 * @throws DataError naming sample, stroke and point: no points, one point, a number that is none or too large, a jump inside a stroke
 */
export function checkedSample(sample: PenSample): PenSample {
  const { name } = sample;
  const strokes = sample.strokes.filter((stroke) => stroke.length > 0);
  const steps: number[] = [];
  for (const [s, stroke] of sample.strokes.entries()) {
    for (const [p, [x, y, time]] of stroke.entries()) {
      for (const [what, value] of [["x", x], ["y", y], ["time", time ?? 0]] as const) {
        if (!Number.isFinite(value)) throw new DataError(`${name}: stroke ${s + 1}, point ${p + 1}: ${what} is ${value}, expected a number.`);
        if (what !== "time" && Math.abs(value) > LARGEST_COORDINATE) {
          throw new DataError(`${name}: stroke ${s + 1}, point ${p + 1}: ${what} is ${value}, expected at most ${LARGEST_COORDINATE}.`);
        }
      }
      if (p > 0) steps.push(Math.hypot(x - stroke[p - 1]![0], y - stroke[p - 1]![1]));
    }
  }
  const points = steps.length + strokes.length;
  if (points === 0) throw new DataError(`${name}: there are no points: nothing is drawn.`);
  if (points === 1) throw new DataError(`${name}: there is one point only: a dot has no movement to learn from.`);
  const moving = steps.filter((step) => step > 0).sort((a, b) => a - b);
  const median = moving[moving.length >> 1] ?? 0;
  const longest = moving.at(-1) ?? 0;
  if (moving.length >= LEAST_STEPS && longest > LARGEST_JUMP * median) {
    const [s, p] = placeOf(sample.strokes, longest);
    const lengths = `${round(longest)} where steps are ${round(median)} long at the median`;
    throw new DataError(`${name}: stroke ${s + 1}: the pen jumps from point ${p} to point ${p + 1} without being lifted, ${lengths}.`);
  }
  return strokes.length === sample.strokes.length ? sample : { ...sample, strokes };
}

/** The stroke and point that a step of this length leads to. */
function placeOf(strokes: readonly Stroke[], length: number): [stroke: number, point: number] {
  for (const [s, stroke] of strokes.entries()) {
    for (let p = 1; p < stroke.length; p++) {
      if (Math.hypot(stroke[p]![0] - stroke[p - 1]![0], stroke[p]![1] - stroke[p - 1]![1]) === length) return [s, p];
    }
  }
  return [0, 0];
}

const round = (value: number) => Number(value.toPrecision(3));

/**
 * The movements from each point to the next, [points - 1, 3]: how far, and whether the pen is lifted on arrival. Writing begins at the
 * first point with the pen down. A dot at the very beginning is a movement of no length after which the pen is lifted.
 */
export function movesOf(strokes: readonly Stroke[]): Float32Array {
  const moves: number[] = [];
  const first = strokes.findIndex((stroke) => stroke.length > 0);
  let [x, y] = strokes[first]?.[0] ?? [0, 0];
  for (const [s, stroke] of strokes.entries()) {
    const from = s === first && stroke.length > 1 ? 1 : 0;
    for (let p = from; p < stroke.length; p++) {
      const point = stroke[p]!;
      moves.push(point[0] - x, point[1] - y, p === stroke.length - 1 ? 1 : 0);
      [x, y] = point;
    }
  }
  return Float32Array.from(moves);
}

/**
 * Strokes from movements, the first point at the origin: the inverse of `movesOf`, but for where the drawing lies. The last stroke ends
 * where the movements end, lifted or not.
 * @param moves [.., 3]
 * @param lifted at the beginning, as the pen is after something else was written: the first movement leads through the air to the first
 *   stroke. @default false
 */
export function strokesOf(moves: ArrayLike<number>, { lifted = false }: { readonly lifted?: boolean } = {}): Stroke[] {
  const strokes: PenPoint[][] = [];
  let [x, y] = [0, 0];
  let current: PenPoint[] = lifted ? [] : [[0, 0]];
  for (let at = 0; at + MOVE_WIDTH <= moves.length; at += MOVE_WIDTH) {
    const [dx, dy] = [moves[at]!, moves[at + 1]!];
    x += dx;
    y += dy;
    // A point where the pen stands is there already.
    if (dx !== 0 || dy !== 0 || current.length === 0) current.push([x, y]);
    if (moves[at + 2]! > 0.5) {
      strokes.push(current);
      // The next movement is made in the air: where it arrives a stroke begins.
      current = [];
    }
  }
  if (current.length > 0 && moves.length > 0) strokes.push(current);
  return strokes;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The smallest box around all points. @throws RangeError if there are none */
export function boxOf(strokes: readonly Stroke[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const stroke of strokes) {
    for (const [x, y] of stroke) {
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (left > right) throw new RangeError("boxOf: strokes: expected at least one point, got none");
  return { left, top, right, bottom };
}

/** Changes the position of every point; times stay. */
export function mapPoints(strokes: readonly Stroke[], change: (x: number, y: number) => readonly [x: number, y: number]): Stroke[] {
  return strokes.map((stroke) =>
    stroke.map(([x, y, time]): PenPoint => {
      const [newX, newY] = change(x, y);
      return time === undefined ? [newX, newY] : [newX, newY, time];
    }),
  );
}
