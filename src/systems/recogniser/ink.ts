/** A line of writing as a recogniser sees it: column by column, where ink lies and which way it runs. */
import type { Stroke } from "../../data/index.js";

/** Directions that ink is told apart by: along, rising, upright, falling; which way the pen went along them is not seen. */
const DIRECTIONS = 4;
/** Rows of a column, and their height and a column's width in parts of the line's spread. */
const ROWS = 16;
const ROW_HEIGHT = 0.35;
const COLUMN_WIDTH = 0.45;
/** Numbers of a column. */
export const INK_WIDTH = ROWS * DIRECTIONS;
/** More ink than this in one place is no more. */
const MOST_INK = 2;
/** Columns without ink before the first stroke and after the last. */
const MARGIN = 2;
/** The length of a swing, in spreads, over 2 pi. */
const SWING = 8;
/** A line as wide as this many of its heights is no line that could be read. */
const MOST_COLUMNS = 4000;
/** What a dot, a stroke that goes nowhere, is worth. */
const DOT = 0.3;

/** How a line is changed after it was brought to one form, to learn from lines of more kinds than there are. Numbers are deviations, 0 for none. */
export interface Distortion {
  /** By how much of its height a letter leans. */
  readonly lean: number;
  /** The logarithm of how much wider the line becomes, and of how much higher. */
  readonly width: number;
  readonly height: number;
  /** The logarithm of the power that heights about the middle are raised to: low letters become lower or higher beside tall ones. */
  readonly bulge: number;
  /** How far the line lies above its place, and how far it swings about that, in parts of its spread. */
  readonly lift: number;
  readonly swing: number;
  /** Of the swing at the line's middle, in radians. */
  readonly phase: number;
}

/** A short straight piece: where its middle lies, and where it leads. */
interface Piece {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly length: number;
}

/**
 * Ink by columns, [columns, INK_WIDTH]: for each of 16 rows how much runs in each of four directions, shared among neighbouring
 * columns, rows and directions by how near they are. Neither the order of the strokes nor the way they were drawn matters, as it does
 * not to a reader. Before, the line is laid level, set upright and brought to one height: its slope is that of the ink's
 * regression line, its lean the mean one of what runs more up than along, its height the spread of the ink about the slope. So strokes may
 * come in any unit.
 *
 * @returns nothing for strokes without points
 */
export function inkColumns(strokes: readonly Stroke[], distortion?: Distortion): Float32Array {
  const upright = normalised(piecesOf(strokes));
  const pieces = distortion ? upright.map((piece) => distorted(piece, distortion)) : upright;
  if (pieces.length === 0) return new Float32Array(0);
  let [left, right] = [Infinity, -Infinity];
  for (const { x, dx } of pieces) [left, right] = [Math.min(left, x - Math.abs(dx) / 2), Math.max(right, x + Math.abs(dx) / 2)];
  const columns = Math.min(MOST_COLUMNS, Math.ceil((right - left) / COLUMN_WIDTH) + 1 + 2 * MARGIN);
  const ink = new Float32Array(columns * INK_WIDTH);
  for (const piece of pieces) {
    // Long pieces are spread over what they cross.
    const parts = Math.max(1, Math.ceil((1.5 * piece.length) / COLUMN_WIDTH));
    for (let i = 0; i < parts; i++) {
      const way = (i + 0.5) / parts - 0.5;
      const column = (piece.x + way * piece.dx - left) / COLUMN_WIDTH + MARGIN;
      const row = (piece.y + way * piece.dy) / ROW_HEIGHT + (ROWS - 1) / 2;
      // As a number of directions, from 0 for along to DIRECTIONS for along again.
      const turn = ((Math.atan2(-piece.dy, piece.dx) / Math.PI + 1) % 1) * DIRECTIONS;
      drop(ink, columns, column, Math.max(0, Math.min(ROWS - 1, row)), turn, piece.length / parts / COLUMN_WIDTH);
    }
  }
  return ink.map((value) => Math.min(MOST_INK, value));
}

/** Adds an amount of ink to the two nearest columns, rows and directions. */
function drop(ink: Float32Array, columns: number, column: number, row: number, turn: number, amount: number): void {
  const [c, r, d] = [Math.floor(column), Math.floor(row), Math.floor(turn)];
  for (let i = 0; i < 8; i++) {
    const [right, down, on] = [i & 1, (i >> 1) & 1, i >> 2];
    const [toC, toR] = [c + right, r + down];
    if (toC < 0 || toC >= columns || toR >= ROWS) continue;
    const share = Math.abs(1 - right - (column - c)) * Math.abs(1 - down - (row - r)) * Math.abs(1 - on - (turn - d));
    ink[toC * INK_WIDTH + toR * DIRECTIONS + ((d + on) % DIRECTIONS)]! += amount * share;
  }
}

function piecesOf(strokes: readonly Stroke[]): Piece[] {
  return strokes.flatMap((stroke) => {
    const [first] = stroke;
    if (first === undefined) return [];
    if (stroke.length === 1) return [{ x: first[0], y: first[1], dx: 0, dy: 0, length: 0 }];
    return stroke.slice(1).map((point, p) => {
      const [dx, dy] = [point[0] - stroke[p]![0], point[1] - stroke[p]![1]];
      return { x: stroke[p]![0] + dx / 2, y: stroke[p]![1] + dy / 2, dx, dy, length: Math.hypot(dx, dy) };
    });
  });
}

/** Level, upright, its ink about 0 with a spread of 1. */
function normalised(pieces: readonly Piece[]): Piece[] {
  const ink = pieces.reduce((sum, { length }) => sum + length, 0);
  // Nothing but dots: each counts the same.
  const weight = ({ length }: Piece) => (ink > 0 ? length / ink : 1 / pieces.length);
  const meanOf = (value: (piece: Piece) => number) => pieces.reduce((sum, piece) => sum + weight(piece) * value(piece), 0);
  const [meanX, meanY] = [meanOf(({ x }) => x), meanOf(({ y }) => y)];
  const along = meanOf(({ x }) => (x - meanX) ** 2);
  const slope = along > 0 ? meanOf(({ x, y }) => (x - meanX) * (y - meanY)) / along : 0;
  const level = pieces.map((piece) => {
    const { x, y, dx, dy, length } = piece;
    return { x: x - meanX, y: y - meanY - slope * (x - meanX), dx, dy: dy - slope * dx, length };
  });
  const spread = Math.sqrt(level.reduce((sum, piece, i) => sum + weight(pieces[i]!) * piece.y ** 2, 0)) || 1;
  let [lean, upright] = [0, 0];
  for (const { dx, dy } of level) {
    if (Math.abs(dy) <= Math.abs(dx)) continue;
    lean += dx * Math.sign(dy);
    upright += Math.abs(dy);
  }
  const shear = upright > 0 ? lean / upright : 0;
  return level.map(({ x, y, dx, dy, length }) => {
    const [u, v] = [(x - shear * y) / spread, y / spread];
    const [du, dv] = [(dx - shear * dy) / spread, dy / spread];
    return { x: u, y: v, dx: du, dy: dv, length: length === 0 ? DOT : Math.hypot(du, dv) };
  });
}

function distorted({ x, y, dx, dy, length }: Piece, { lean, width, height, bulge, lift, swing, phase }: Distortion): Piece {
  const [wide, high, power] = [Math.exp(width), Math.exp(height), Math.exp(bulge)];
  // The slope of y -> sign(y) |y|^power, which a flat middle must not make endless.
  const slope = high * Math.min(2, power * Math.max(Math.abs(y), 0.1) ** (power - 1));
  const [du, dv] = [wide * (dx - lean * dy), slope * dy];
  return {
    x: wide * (x - lean * y), y: high * Math.sign(y) * Math.abs(y) ** power - lift - swing * Math.sin(phase + x / SWING), dx: du, dy: dv,
    length: dx === 0 && dy === 0 ? length : Math.hypot(du, dv),
  };
}
