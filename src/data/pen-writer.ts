/** Made-up writers: each has a stroke font and a hand of its own. What they write is rendered strokes, not human handwriting. */
import type { RandomStream } from "../tensor/index.js";
import { DataError } from "./errors.js";
import { normal } from "./pen-augment.js";
import { mapPoints, type PenPoint, type PenSample, type Stroke } from "./pen.js";
import { atHandSpeed, type SpeedLaw } from "./pen-speed.js";
import type { StrokeFont } from "./stroke-font.js";

/** What makes one writer's lines look alike. Lengths are in ems of the font before `size`. */
export interface Hand {
  readonly slant: number;
  readonly size: number;
  /** Letters as wide, and apart, as the font has them, times this. */
  readonly width: number;
  /** Added between letters. */
  readonly spacing: number;
  /** A word's distance in spaces of the font. */
  readonly wordSpace: number;
  /** The line's rise, and how far it swings about that. */
  readonly rise: number;
  readonly swing: number;
  /** How much one letter differs from the next of its kind: of size, lean and place. */
  readonly variety: number;
  /** The trembling of a line. */
  readonly tremble: number;
  readonly speed: SpeedLaw;
}

export interface Writer {
  /** "EMSElfin 3" */
  readonly id: string;
  readonly font: StrokeFont;
  readonly hand: Hand;
}

/** Points per em of a straight line at a usual pace. */
const USUAL_INTERVAL = 0.16;

export function makeWriter(font: StrokeFont, number: number, random: RandomStream): Writer {
  const around = (middle: number, deviation: number) => middle + deviation * normal(random);
  const times = (deviation: number) => Math.exp(deviation * normal(random));
  return {
    id: `${font.name} ${number}`,
    font,
    hand: {
      slant: around(0.08, 0.16),
      size: times(0.12),
      width: times(0.1),
      spacing: around(0.01, 0.02),
      wordSpace: times(0.15),
      rise: around(0, 0.012),
      swing: 0.02 * times(0.5),
      variety: 0.035 * times(0.4),
      tremble: 0.006 * times(0.5),
      speed: { interval: USUAL_INTERVAL * times(0.1), straight: 0.6 * times(0.2), ramp: 0.12 * times(0.2) },
    },
  };
}

/**
 * A line of text by a writer: letters one after the other along the path of the font, at a hand's speed.
 * @throws DataError naming the first character that the font lacks
 */
export function writeLine({ id, font, hand }: Writer, text: string, random: RandomStream): PenSample {
  const strokes: Stroke[] = [];
  const phase = 2 * Math.PI * random.next();
  let x = 0;
  for (const character of text) {
    const glyph = font.glyphs.get(character);
    if (glyph === undefined) throw new DataError(`The font ${font.name} has no ${JSON.stringify(character)}.`);
    const { variety } = hand;
    const [wider, higher, lean, lift, shift] = Array.from({ length: 5 }, () => variety * normal(random)) as [number, number, number, number, number];
    const baseline = -hand.rise * x + hand.swing * Math.sin(phase + x / 2) + lift / 3;
    for (const stroke of glyph.strokes) {
      const placed = stroke.map(([u, v]): PenPoint => {
        const up = v * (1 + higher);
        return [x + shift / 3 + (u * (1 + wider) - (hand.slant + lean) * up) * hand.width, baseline + up];
      });
      strokes.push(trembled(atHandSpeed(placed, hand.speed), hand.tremble, random));
    }
    x += (glyph.advance + hand.spacing) * hand.width * (character === " " ? hand.wordSpace : 1);
  }
  return { name: `${id}: ${JSON.stringify(text)}`, text, writer: id, style: font.name, strokes: mapPoints(strokes, (a, b) => [a * hand.size, b * hand.size]) };
}

/** Slow waves along the stroke and a little noise on every point. */
function trembled(stroke: Stroke, amount: number, random: RandomStream): Stroke {
  const [a, b, c, d] = Array.from({ length: 4 }, () => 2 * Math.PI * random.next()) as [number, number, number, number];
  const noise = amount / 4;
  return stroke.map(([x, y], p): PenPoint => {
    const [slow, quick] = [p / 3, p / 1.3];
    return [
      x + amount * (Math.sin(a + slow) + 0.4 * Math.sin(b + quick)) + noise * normal(random),
      y + amount * (Math.sin(c + slow) + 0.4 * Math.sin(d + quick)) + noise * normal(random),
    ];
  });
}
