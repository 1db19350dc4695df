/** Drawings of what is named, each in a box of its own: Chinese characters, or what people sketch. */
import { mapPoints, strokesOf, type Box, type PenScale, type Stroke } from "../../data/index.js";
import type { PenMove } from "../../decode/index.js";
import type { RandomStream } from "../../tensor/index.js";
import { generateStrokes } from "./generate.js";
import type { HandwritingModel } from "./model.js";

/** Of a box's width: what becomes of a dot inside a drawing. */
const SHORT = 0.01;

/**
 * A drawing between two dots that are not part of it: it sets out from the upper left corner of its box and ends with a dot at the upper
 * right one, where the next drawing may begin. So a network also learns where in its box a drawing lies, and when it is complete: at a dot.
 * Dots inside become short strokes.
 */
export function framed(strokes: readonly Stroke[], { left, top, right }: Pick<Box, "left" | "top" | "right">): Stroke[] {
  const lengthened = strokes.map(([first, ...rest]): Stroke => (rest.length > 0 ? [first!, ...rest] : [first!, [first![0] + SHORT * (right - left), first![1]]]));
  return [[[left, top]], ...lengthened, [[right, top]]];
}

export interface DrawOptions {
  /** Of the data that the model was trained on. */
  readonly scale: PenScale;
  readonly random: RandomStream;
  /** 0: as learnt. Above: neater and less varied. @default 0 */
  readonly bias?: number;
  /** Whose hand, of those that the model knows. */
  readonly writer?: string;
  /** Movements at most, for models that never come to an end. */
  readonly most: number;
}

export interface DrawnMove extends PenMove {
  /** Whether the drawing is complete: this movement, which is not part of it, went to where the next may begin. */
  readonly done: boolean;
}

/**
 * Lets a model of the task "drawing" draw, movement by movement as it comes, from the upper left corner of the drawing's box. The first
 * movement is made in the air.
 * @param name what to draw; undefined for anything
 * @throws RangeError for what the model does not know
 */
export function* drawClass(model: HandwritingModel, name: string | undefined, { most, writer, ...options }: DrawOptions): Generator<DrawnMove> {
  const told = { ...(name !== undefined && { class: name }), ...(writer !== undefined && { writer }) };
  let lifted = true;
  for (const move of generateStrokes(model, { ...options, told, points: most, prime: [[[0, 0]]] })) {
    const done = lifted && move.lift;
    yield { ...move, done };
    if (done) return;
    lifted = move.lift;
  }
}

export interface Drawing {
  /** The upper left corner of the box is the origin. */
  readonly strokes: readonly Stroke[];
  /** Of the box. */
  readonly width: number;
}

/** What was drawn. */
export function drawingOf(moves: readonly DrawnMove[]): Drawing {
  const done = moves.at(-1)?.done === true;
  const strokes = strokesOf((done ? moves.slice(0, -1) : moves).flatMap(({ x, y, lift }) => [x, y, lift ? 1 : 0]), { lifted: true });
  const end = moves.reduce((sum, { x }) => sum + x, 0);
  const reach = Math.max(0, ...strokes.flatMap((stroke) => stroke.map(([x]) => x)));
  return { strokes, width: done ? Math.max(end, 0.8 * reach) : reach };
}

/** Drawings side by side, as a line of strokes. @param pitch from one to the next */
export function inARow(drawings: readonly Drawing[], pitch: number): Stroke[] {
  return drawings.flatMap(({ strokes }, i) => mapPoints(strokes, (x, y) => [i * pitch + x, y]));
}

/** The usual width of some drawings. */
export function usualWidth(drawings: readonly Drawing[]): number {
  const widths = drawings.map(({ width }) => width).sort((a, b) => a - b);
  return widths[widths.length >> 1] ?? 0;
}
