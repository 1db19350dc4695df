/** Curves in a terminal. */
import { grouped } from "./format.js";

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** A line of braille dots, or a mark at each point. */
  readonly drawAs: "line" | "marks";
  /** Colours a piece of text; the default leaves it. */
  readonly paint?: (text: string) => string;
}

export interface PlotOptions {
  /** Columns of the whole drawing. @default 80 */
  readonly width?: number;
  /** Rows of the plotting area. @default 12 */
  readonly height?: number;
  readonly xLabel: string;
  readonly yLabel: string;
}

/** A braille character has 2 x 4 dots; their bits, by column and row (Unicode 2800). */
const DOTS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const;
const MARK = "◆";

/** The part of the way after which a curve must fit on the paper: loss curves start with a few values far above all others. */
const SETTLED = 1 / 40;

/** The lines of a drawing. Empty when there is nothing to draw. */
export function plot(series: readonly Series[], { width = 80, height = 12, xLabel, yLabel }: PlotOptions): string[] {
  const shown = series.filter(({ points }) => points.length > 0);
  const all = shown.flatMap(({ points }) => points);
  if (all.length === 0) return [];
  const xMin = Math.min(...all.map(({ x }) => x));
  const xMax = Math.max(xMin + 1, ...all.map(({ x }) => x));
  const settled = all.filter(({ x }) => x >= xMin + (xMax - xMin) * SETTLED).map(({ y }) => y);
  const ys = settled.length > 0 ? settled : all.map(({ y }) => y);
  const spread = Math.max(Math.max(...ys) - Math.min(...ys), Math.abs(Math.max(...ys)) * 0.02, 1e-6);
  const yMin = Math.min(...ys) - 0.05 * spread;
  const yMax = Math.max(...ys) + 0.05 * spread;
  const yTicks = ticks(yMin, yMax, Math.max(2, Math.floor(height / 3)));

  const yLabels = yTicks.map((value) => tickText(value, yTicks));
  const gutter = Math.max(...yLabels.map((label) => label.length)) + 2;
  const columns = width - gutter - 2;
  const canvas = new Canvas(columns, height);
  const toX = (x: number) => ((x - xMin) / (xMax - xMin)) * (columns * 2 - 1);
  const toY = (y: number) => ((yMax - y) / (yMax - yMin)) * (height * 4 - 1);
  for (const { points, drawAs, paint = (text: string) => text } of shown) {
    if (drawAs === "line") {
      for (let i = 1; i < points.length; i++) {
        const [a, b] = [points[i - 1]!, points[i]!];
        canvas.line(toX(a.x), toY(a.y), toX(b.x), toY(b.y), paint);
      }
      const [only] = points;
      if (only !== undefined && points.length === 1) canvas.line(toX(only.x), toY(only.y), toX(only.x), toY(only.y), paint);
    } else for (const { x, y } of points) canvas.mark(toX(x), toY(y), paint);
  }

  const labelOfRow = new Map(yTicks.map((value, i) => [Math.round((toY(value) + 0.5) / 4 - 0.5), yLabels[i]!]));
  const rows = canvas.rows().map((row, i) => {
    const label = labelOfRow.get(i);
    return `${(label ?? "").padStart(gutter - 1)} ${label === undefined ? "│" : "┤"}${row}`;
  });
  const legend = shown.map(({ name, drawAs, paint = (text: string) => text }) => `${paint(drawAs === "line" ? "⠤⠤" : MARK)} ${name}`);
  return [
    `${" ".repeat(gutter)}${yLabel}${" ".repeat(3)}${legend.join("   ")}`,
    ...rows,
    ...xAxis(xMin, xMax, columns, gutter, xLabel),
  ];
}

/** The line with its ticks, and the numbers below it; the axis is named at the right end. */
function xAxis(xMin: number, xMax: number, columns: number, gutter: number, label: string): string[] {
  const line = Array.from({ length: columns }, () => "─");
  const text = [...`${" ".repeat(Math.max(0, columns - label.length))}${label}`];
  for (const value of ticks(xMin, xMax, Math.max(2, Math.floor(columns / 14)))) {
    const column = Math.round(((value - xMin) / (xMax - xMin)) * (columns - 1));
    line[column] = "┬";
    const number = Number.isInteger(value) ? grouped(value) : String(value);
    const start = Math.max(0, column - Math.floor(number.length / 2));
    const room = text.slice(Math.max(0, start - 1), start + number.length + 1);
    if (room.length > number.length && room.every((character) => character === " ")) text.splice(start, number.length, ...number);
  }
  return [`${" ".repeat(gutter)}└${line.join("")}`, `${" ".repeat(gutter + 1)}${text.join("")}`];
}


/** Round numbers (1, 2 or 5 times a power of ten) within a range, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function tickText(value: number, all: readonly number[]): string {
  const decimals = Math.max(...all.map((each) => String(each).split(".")[1]?.length ?? 0));
  return value.toFixed(Math.min(decimals, 6));
}

type Paint = (text: string) => string;

/** Cells of braille dots with marks over them. */
class Canvas {
  readonly #bits: Uint8Array;
  readonly #paint: (Paint | undefined)[];
  readonly #marks = new Map<number, Paint>();

  constructor(readonly columns: number, readonly height: number) {
    this.#bits = new Uint8Array(columns * height);
    this.#paint = Array.from({ length: columns * height }, () => undefined);
  }

  /** A straight line between two points, in dots from the top left. What lies outside is not drawn. */
  line(x0: number, y0: number, x1: number, y1: number, paint: Paint): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
    for (let i = 0; i <= steps; i++) {
      const x = Math.round(x0 + ((x1 - x0) * i) / steps);
      const y = Math.round(y0 + ((y1 - y0) * i) / steps);
      const cell = this.#cell(x, y);
      if (cell === undefined) continue;
      this.#bits[cell]! |= DOTS[x & 1]![y & 3]!;
      this.#paint[cell] = paint;
    }
  }

  mark(x: number, y: number, paint: Paint): void {
    const cell = this.#cell(Math.round(x), Math.round(y));
    if (cell !== undefined) this.#marks.set(cell, paint);
  }

  #cell(x: number, y: number): number | undefined {
    if (!(x >= 0 && x < this.columns * 2 && y >= 0 && y < this.height * 4)) return undefined;
    return (y >> 2) * this.columns + (x >> 1);
  }

  rows(): string[] {
    return Array.from({ length: this.height }, (_, row) => {
      let text = "";
      for (let cell = row * this.columns; cell < (row + 1) * this.columns; cell++) {
        const mark = this.#marks.get(cell);
        if (mark !== undefined) text += mark(MARK);
        else if (this.#bits[cell] === 0) text += " ";
        else text += this.#paint[cell]!(String.fromCharCode(0x2800 + this.#bits[cell]!));
      }
      return text.trimEnd();
    });
  }
}
