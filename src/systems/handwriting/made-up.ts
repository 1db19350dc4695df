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

function centred(stroke: Stroke): Stroke {
  const mean = (axis: 0 | 1) => stroke.reduce((sum, point) => sum + point[axis], 0) / stroke.length;
  const [x, y] = [mean(0), mean(1)];
  return stroke.map(([a, b]): PenPoint => [a - x, b - y]);
}
