/** Movements in the units that networks like: mean 0 and standard deviation 1 over the training set (Graves 2013, section 4.2). */
import { DataError } from "./errors.js";
import { MOVE_WIDTH } from "./pen.js";

/** Plain JSON. */
export interface PenScale {
  readonly mean: readonly [x: number, y: number];
  readonly deviation: readonly [x: number, y: number];
}

/** Of all movements of all samples. @throws DataError if there are none, or all are alike in x or y */
export function fitPenScale(samples: Iterable<ArrayLike<number>>): PenScale {
  let count = 0;
  const [mean, squares] = [[0, 0], [0, 0]] as [[number, number], [number, number]];
  for (const moves of samples) {
    for (let at = 0; at + MOVE_WIDTH <= moves.length; at += MOVE_WIDTH) {
      count++;
      for (const axis of [0, 1] as const) {
        // Welford's running mean: sums of squares of large offsets would cancel.
        const difference = moves[at + axis]! - mean[axis];
        mean[axis] += difference / count;
        squares[axis] += difference * (moves[at + axis]! - mean[axis]);
      }
    }
  }
  const deviation = squares.map((sum) => Math.sqrt(sum / Math.max(1, count))) as [number, number];
  if (count === 0) throw new DataError("The pen never moves in this data: there is nothing to learn from.");
  if (!(deviation[0] > 0 && deviation[1] > 0)) throw new DataError("The pen moves along one direction only in this data: there is nothing to learn from.");
  return { mean, deviation };
}

/** Movements less the mean, in deviations; lifts stay. */
export function scaleMoves(moves: ArrayLike<number>, { mean, deviation }: PenScale): Float32Array {
  return Float32Array.from(moves, (value, at) => {
    const axis = at % MOVE_WIDTH;
    return axis === 2 ? value : (value - mean[axis as 0 | 1]) / deviation[axis as 0 | 1];
  });
}

/** The inverse of `scaleMoves`. */
export function unscaleMoves(moves: ArrayLike<number>, { mean, deviation }: PenScale): Float32Array {
  return Float32Array.from(moves, (value, at) => {
    const axis = at % MOVE_WIDTH;
    return axis === 2 ? value : value * deviation[axis as 0 | 1] + mean[axis as 0 | 1];
  });
}

/** Times the length of movements on the paper: no way through the air is taken to be longer, or one stray mark would outweigh a line. */
const LONGEST_TRAVEL = 10;

/**
 * What strokes must be multiplied by so that their movements are as long as is usual where a scale comes from: a drawing in millimetres or
 * pixels for a model that knows ems. 1 where nothing moves. Right only for strokes with as many points as are usual too.
 */
export function fittingFactor(moves: ArrayLike<number>, { mean, deviation }: PenScale): number {
  const onPaper = { squares: 0, count: 0 };
  const travels: number[] = [];
  for (let at = 0; at + MOVE_WIDTH <= moves.length; at += MOVE_WIDTH) {
    const square = moves[at]! ** 2 + moves[at + 1]! ** 2;
    // After a lift the pen travels through the air. Ways there are in the scale too: to leave them out would make the strokes too large.
    if (at > 0 && moves[at - 1]! > 0.5) travels.push(square);
    else {
      onPaper.squares += square;
      onPaper.count++;
    }
  }
  const most = LONGEST_TRAVEL ** 2 * (onPaper.squares / Math.max(1, onPaper.count));
  const squares = travels.reduce((sum, square) => sum + Math.min(square, most), onPaper.squares);
  const usual = Math.hypot(...mean, ...deviation);
  return squares > 0 ? usual / Math.sqrt(squares / (onPaper.count + travels.length)) : 1;
}
