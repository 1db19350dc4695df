/** Pen movements from a model, one after another. */
import { movesOf, MOVE_WIDTH, scaleMoves, unscaleMoves, type PenScale, type Stroke } from "../../data/index.js";
import { sampleMixture, type PenMove } from "../../decode/index.js";
import type { Mixture } from "../../nn/index.js";
import type { RandomStream } from "../../tensor/index.js";
import type { Told } from "./conditions.js";
import type { HandwritingModel } from "./model.js";
import { HandwritingStream, hasPassed, SynthesisStream } from "./stream.js";
import type { SynthesisModel } from "./synthesis-model.js";

export interface GenerateStrokesOptions {
  /** Of the data that the model was trained on. */
  readonly scale: PenScale;
  /** Movements to make. */
  readonly points: number;
  readonly random: RandomStream;
  /** 0: as learnt. Above: neater and less varied (Graves 2013, section 5.4). @default 0 */
  readonly bias?: number;
  /**
   * Writing that the model reads first and goes on from; not part of the result, whose first movement leads from its end through the
   * air: `strokesOf(moves, { lifted: true })`.
   */
  readonly prime?: readonly Stroke[];
  /** What it follows, of what it knows. @default nothing in particular */
  readonly told?: Told;
}

/**
 * Lets a model write, movement by movement as it comes, in the units of its data.
 *
 * @example
 * for (const { x, y, lift } of generateStrokes(model, { scale, points: 500, random: new RandomStream(1) })) pen.move(x, y, lift);
 */
export function* generateStrokes(model: HandwritingModel, options: GenerateStrokesOptions): Generator<PenMove> {
  const { scale, points, random, bias = 0, prime = [], told = {} } = options;
  const stream = new HandwritingStream(model, told);
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

export interface WriteTextOptions {
  /** Of the data that the model was trained on. */
  readonly scale: PenScale;
  readonly random: RandomStream;
  /** 0: as learnt. Above: neater and less varied (Graves 2013, section 5.4). @default 0 */
  readonly bias?: number;
  /**
   * A sample, and what it says, that the model reads first and goes on from in its manner (section 5.5); not part of the result, whose
   * first movement leads from its end through the air: `strokesOf(moves, { lifted: true })`. The new text follows the old one as it is:
   * put a space between them.
   */
  readonly prime?: { readonly strokes: readonly Stroke[]; readonly text: string };
  /** Whose hand it writes in, of those it knows. @default nobody's in particular */
  readonly told?: Pick<Told, "writer">;
  /** Movements at most, for models that never come to an end. @default four times what the lines it learnt from took */
  readonly most?: number;
}

export interface WrittenMove extends PenMove {
  /** What the movement was drawn from, the bias included, in the units of the data. */
  readonly density: Mixture;
  /** Where on the text the window lies after the movement: phi of each character, that of the sample before, and of the place behind them. */
  readonly window: Float32Array;
  /** Whether the text is written: the window has left it, and nothing follows. Never so where it stops at `most`. */
  readonly done: boolean;
}

/**
 * Lets a model write a text, movement by movement as it comes, in the units of its data, until its window has left the text (Graves
 * 2013, section 5.3). A character that the model does not know shows it nothing.
 *
 * @example
 * for (const { x, y, lift } of writeText(model, "anything", { scale, random: new RandomStream(1), bias: 0.75 })) pen.move(x, y, lift);
 */
export function* writeText(model: SynthesisModel, text: string, options: WriteTextOptions): Generator<WrittenMove> {
  const { scale, random, bias = 0, prime = { strokes: [], text: "" }, told = {} } = options;
  if (text === "") return;
  const most = options.most ?? Math.ceil((TIMES_LONGER * (Array.from(text).length + 1)) / model.script.pace);
  const stream = new SynthesisStream(model, prime.text + text, told);
  let mixture = stream.read([0, 0, 0], bias);
  const heard = scaleMoves(movesOf(prime.strokes), scale);
  for (let at = 0; at < heard.length; at += MOVE_WIDTH) mixture = stream.read(heard.subarray(at, at + MOVE_WIDTH), bias);
  for (let i = 0; i < most; i++) {
    const { x, y, lift } = sampleMixture(mixture, random);
    const move = [x, y, lift ? 1 : 0];
    const [dx = 0, dy = 0] = unscaleMoves(move, scale);
    const density = unscaledMixture(mixture, scale);
    mixture = stream.read(move, bias);
    const { window } = stream;
    const done = hasPassed(window);
    yield { x: dx, y: dy, lift, density, window, done };
    if (done) return;
  }
}

function unscaledMixture({ gaussians, lift }: Mixture, { mean: [mX, mY], deviation: [sX, sY] }: PenScale): Mixture {
  return {
    gaussians: gaussians.map(({ weight, mean: [x, y], deviation: [dX, dY], correlation }) => ({
      weight, mean: [x * sX + mX, y * sY + mY], deviation: [dX * sX, dY * sY], correlation,
    })),
    lift,
  };
}

/** Than the lines that a model learnt from: so long it may take to write a text. */
const TIMES_LONGER = 4;
