/** Pen movements from a model, one after another. */
import { movesOf, MOVE_WIDTH, scaleMoves, unscaleMoves, type PenScale, type Stroke } from "../../data/index.js";
import { sampleMixture, type PenMove } from "../../decode/index.js";
import type { RandomStream } from "../../tensor/index.js";
import type { HandwritingModel } from "./model.js";
import { HandwritingStream } from "./stream.js";

export interface GenerateStrokesOptions {
  /** Of the data that the model was trained on. */
  readonly scale: PenScale;
  /** Movements to make. */
  readonly points: number;
  readonly random: RandomStream;
  /** 0: as learnt. Above: neater and less varied (Graves 2013, section 5.4). @default 0 */
  readonly bias?: number;
  /** Writing that the model reads first and goes on from; it is not part of the result. */
  readonly prime?: readonly Stroke[];
}

/**
 * Lets a model write, movement by movement as it comes, in the units of its data.
 *
 * @example
 * for (const { x, y, lift } of generateStrokes(model, { scale, points: 500, random: new RandomStream(1) })) pen.move(x, y, lift);
 */
export function* generateStrokes(model: HandwritingModel, options: GenerateStrokesOptions): Generator<PenMove> {
  const { scale, points, random, bias = 0, prime = [] } = options;
  const stream = new HandwritingStream(model);
  let mixture = stream.read([0, 0, 0], bias);
  const heard = scaleMoves(movesOf(prime), scale);
  for (let at = 0; at < heard.length; at += MOVE_WIDTH) mixture = stream.read(heard.subarray(at, at + MOVE_WIDTH), bias);
  for (let i = 0; i < points; i++) {
    const { x, y, lift } = sampleMixture(mixture, random);
    const move = [x, y, lift ? 1 : 0];
    const [dx = 0, dy = 0] = unscaleMoves(move, scale);
    yield { x: dx, y: dy, lift };
    mixture = stream.read(move, bias);
  }
}
