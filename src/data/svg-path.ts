/** Lines from the path data of SVG (1.1, section 8.3), curves flattened. */
import { DataError } from "./errors.js";
import type { PenPoint, Stroke } from "./pen.js";

/** Numbers that each command takes. */
const ARGUMENTS: Readonly<Record<string, number>> = { m: 2, l: 2, h: 1, v: 1, c: 6, s: 4, q: 4, t: 2, z: 0 };
const TOKEN = /\s*,?\s*([a-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)/giy;
/** Straight pieces that stand for a curve. */
const PIECES = 12;

/**
 * The subpaths of path data, each a line without pen lifts.
 * @throws DataError naming `place` and what is wrong; arcs (A) are not read
 */
export function readSvgPath(data: string, place: string): Stroke[] {
  const tokens = tokensOf(data, place);
  const strokes: PenPoint[][] = [];
  let [x, y] = [0, 0];
  /** The last control point, for the commands that go on smoothly from it. */
  let control: { readonly x: number; readonly y: number; readonly of: "c" | "q" } | undefined;
  let command = "";
  for (let at = 0; at < tokens.length; ) {
    if (/^[a-z]$/i.test(tokens[at]!)) command = tokens[at++]!;
    // Coordinates that follow those of a move are lines.
    else if (command === "m" || command === "M") command = command === "m" ? "l" : "L";
    const kind = command.toLowerCase();
    const count = ARGUMENTS[kind];
    if (count === undefined) throw new DataError(`${place}: path data: the command ${JSON.stringify(command)} is not read here, only ${Object.keys(ARGUMENTS).join(" ").toUpperCase()}.`);
    const numbers = tokens.slice(at, at + count).map(Number);
    if (numbers.length < count || numbers.some(Number.isNaN)) throw new DataError(`${place}: path data: ${command}: expected ${count} numbers, got ${JSON.stringify(tokens.slice(at, at + count).join(" "))}.`);
    at += count;
    if (kind === "z" && at < tokens.length && !/^[a-z]$/i.test(tokens[at]!)) throw new DataError(`${place}: path data: numbers after ${command}.`);
    const relative = command === kind;
    const pair = (i: number): [number, number] => [numbers[i]! + (relative ? x : 0), numbers[i + 1]! + (relative ? y : 0)];
    if (kind === "m") {
      [x, y] = pair(0);
      strokes.push([[x, y]]);
      control = undefined;
      continue;
    }
    const stroke = strokes.at(-1);
    if (stroke === undefined) throw new DataError(`${place}: path data: expected to begin with a move, got ${command}.`);
    const curve = (points: readonly (readonly [number, number])[], of: "c" | "q") => {
      const from: [number, number] = [x, y];
      for (let piece = 1; piece <= PIECES; piece++) stroke.push(bezier([from, ...points], piece / PIECES));
      const handle = points.at(-2)!;
      control = { x: handle[0], y: handle[1], of };
      [x, y] = points.at(-1)!;
    };
    const mirrored = (of: "c" | "q"): [number, number] => (control?.of === of ? [2 * x - control.x, 2 * y - control.y] : [x, y]);
    if (kind === "c") curve([pair(0), pair(2), pair(4)], "c");
    else if (kind === "s") curve([mirrored("c"), pair(0), pair(2)], "c");
    else if (kind === "q") curve([pair(0), pair(2)], "q");
    else if (kind === "t") curve([mirrored("q"), pair(0)], "q");
    else {
      if (kind === "l") [x, y] = pair(0);
      else if (kind === "h") x = numbers[0]! + (relative ? x : 0);
      else if (kind === "v") y = numbers[0]! + (relative ? y : 0);
      else [x, y] = stroke[0]!;
      stroke.push([x, y]);
      control = undefined;
      if (kind === "z") strokes.push([[x, y]]);
    }
  }
  // What a closing command left behind for the next subpath, and moves to nowhere.
  return strokes.filter((stroke) => stroke.length > 1);
}

/** De Casteljau. */
function bezier(points: readonly (readonly [number, number])[], t: number): [number, number] {
  if (points.length === 1) return [points[0]![0], points[0]![1]];
  return bezier(points.slice(1).map(([x, y], i) => [points[i]![0] + t * (x - points[i]![0]), points[i]![1] + t * (y - points[i]![1])] as const), t);
}

function tokensOf(data: string, place: string): string[] {
  const tokens: string[] = [];
  const end = data.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(data);
    if (match === null) throw new DataError(`${place}: path data: cannot read ${JSON.stringify(data.slice(at, at + 20))}.`);
    tokens.push(match[1]!);
  }
  return tokens;
}
