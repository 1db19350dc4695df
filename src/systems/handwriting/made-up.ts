/** Strokes whose structure is known: a made-up alphabet, and lines of it with a slant of their own. */
import { mapPoints, normal, type PenPoint, type PenSample, type Stroke } from "../../data/index.js";
import type { RandomStream } from "../../tensor/index.js";

/** Letters are strokes of equally many points, each around its own middle. */
export interface MadeUpAlphabet {
  readonly glyphs: readonly Stroke[];
}

/** How far letters lie apart. */
const PITCH = 3;
const JITTER = 0.05;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

export interface MadeUpLine extends PenSample {
  readonly text: string;
  /** By how much of its height a letter leans. */
  readonly slant: number;
}

/** Random walks as letters. */
export function madeUpAlphabet(random: RandomStream, { glyphs = 6, points = 10 } = {}): MadeUpAlphabet {
  const walk = (): Stroke => {
    let [x, y] = [0, 0];
    return Array.from({ length: points }, (): PenPoint => {
      x += 0.6 * normal(random);
      y += 0.6 * normal(random);
      return [x, y];
    });
  };
  return { glyphs: Array.from({ length: glyphs }, () => centred(walk())) };
}

/** A line of random letters by a hand of its own slant and size. */
export function madeUpLine({ glyphs }: MadeUpAlphabet, random: RandomStream, letters = 4): MadeUpLine {
  const slant = 0.3 * normal(random);
  const size = 0.85 + 0.3 * random.next();
  const chosen = Array.from({ length: letters }, () => random.integer(glyphs.length));
  const jitter = () => JITTER * normal(random);
  const strokes = chosen.map((glyph, i) =>
    mapPoints([glyphs[glyph]!], (x, y) => [PITCH * i + size * (x + slant * y) + jitter(), size * y + jitter()])[0]!,
  );
  const text = chosen.map((glyph) => ALPHABET[glyph]!).join("");
  return { name: text, text, strokes, slant };
}

/** What a stroke was read as. */
export interface ReadLetter {
  /** As in a line's text. */
  readonly letter: string;
  readonly slant: number;
}

/** Below this size a letter is none. */
const LEAST_SIZE = 0.3;
/** So many points of a letter must be there. */
const LEAST_POINTS = 7;

/**
 * The letter that, slanted, sized and moved, comes closest to some points, and by how much of its height it leans. Undefined for points that
 * are too few or too many for a letter, or much closer together than those of any.
 * @param points of a letter, the last ones may be missing
 * @param among the letters that it may be @default all
 */
export function readMadeUp({ glyphs }: MadeUpAlphabet, points: Stroke, among: string = ALPHABET): ReadLetter | undefined {
  let [best, least] = [undefined as ReadLetter | undefined, Infinity];
  for (const [g, glyph] of glyphs.entries()) {
    if (points.length > glyph.length || points.length < LEAST_POINTS || !among.includes(ALPHABET[g]!)) continue;
    // Glyph and points about their means: x = p u + q v, y = s v, of which the lean is q / s.
    const [shape, drawn] = [centred(glyph.slice(0, points.length)), centred(points)];
    const dot = (a: (p: number) => number, b: (p: number) => number) => shape.reduce((sum, _, p) => sum + a(p) * b(p), 0);
    const [u, v] = [0, 1].map((axis) => (p: number) => shape[p]![axis as 0 | 1]) as [(p: number) => number, (p: number) => number];
    const [x, y] = [0, 1].map((axis) => (p: number) => drawn[p]![axis as 0 | 1]) as [(p: number) => number, (p: number) => number];
    const size = dot(y, v) / dot(v, v);
    if (size < LEAST_SIZE) continue;
    const determinant = dot(u, u) * dot(v, v) - dot(u, v) ** 2;
    const along = (dot(x, u) * dot(v, v) - dot(x, v) * dot(u, v)) / determinant;
    const lean = (dot(x, v) * dot(u, u) - dot(x, u) * dot(u, v)) / determinant;
    const off = (p: number) => (x(p) - along * u(p) - lean * v(p)) ** 2 + (y(p) - size * v(p)) ** 2;
    const error = shape.reduce((sum, _, p) => sum + off(p), 0);
    if (along > LEAST_SIZE && error < least) [best, least] = [{ letter: ALPHABET[g]!, slant: lean / size }, error];
  }
  return best;
}

function centred(stroke: Stroke): Stroke {
  const mean = (axis: 0 | 1) => stroke.reduce((sum, point) => sum + point[axis], 0) / stroke.length;
  const [x, y] = [mean(0), mean(1)];
  return stroke.map(([a, b]): PenPoint => [a - x, b - y]);
}
