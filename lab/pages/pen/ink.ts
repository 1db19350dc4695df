/** Strokes and densities on a canvas. */
import type { Gaussian, WrittenLine, Writing } from "./writing.js";

/** From the data's unit to pixels. */
export interface View {
  readonly scale: number;
  /** Where a line's first point lies. */
  readonly x: number;
  readonly y: number;
}

/** Where the lines of a sheet lie. */
export interface SheetLayout {
  readonly height: number;
  readonly views: readonly View[];
  /** Pixels. */
  readonly lineWidth: number;
}

/** In widths of a character: of a character on a wide sheet in pixels, the distance of lines, the line. */
const LARGEST = 42;
const ROW = 4.6;
const PEN = 0.075;
const MARGIN = 28;
/** How much wider than usual a line may become before it is drawn smaller. */
const LOOSE = 1.04;

/** What is about the height of a sheet for these lines, as long as nothing is known of how they are written. */
export function sheetHeight(lines: readonly string[], width: number): number {
  const longest = Math.max(1, ...lines.map((line) => Array.from(line).length));
  return Math.round(Math.max(1, lines.length) * ROW * Math.min(LARGEST, (width - 2 * MARGIN) / (longest * LOOSE)) + MARGIN);
}

/** Lines below each other as wide as the sheet, or smaller; each in the middle of its row, as far as it is known. */
export function layOutSheet(writing: Writing, advance: number, width: number): SheetLayout {
  const boxes = writing.lines.map(({ xs, ys }) => ({ left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }));
  const wide = Math.max(writing.longest * advance * LOOSE, ...boxes.map(({ left, right }) => right - left));
  const tall = Math.max(0, ...boxes.map(({ top, bottom }) => bottom - top));
  const scale = Math.min(LARGEST / advance, (width - 2 * MARGIN) / wide);
  const row = scale * Math.max(ROW * advance, tall * 1.15);
  return {
    height: Math.round(writing.rows * row + MARGIN),
    views: boxes.map(({ left, top, bottom }, i) => ({ scale, x: MARGIN - left * scale, y: MARGIN / 2 + (i + 0.5) * row - ((top + bottom) / 2) * scale })),
    lineWidth: Math.max(1.2, PEN * advance * scale),
  };
}

/** Where the pen is on the canvas after so many movements. */
export function penAt({ xs, ys }: WrittenLine, { scale, x, y }: View, made: number): [x: number, y: number] {
  const k = Math.floor(made);
  const part = made - k;
  const next = Math.min(k + 1, xs.length - 1);
  return [x + scale * (xs[k]! + part * (xs[next]! - xs[k]!)), y + scale * (ys[k]! + part * (ys[next]! - ys[k]!))];
}

/** The ink of so many movements, as smooth as the pictures that are saved; colours and widths are the context's. */
export function drawInk(context: CanvasRenderingContext2D, line: WrittenLine, view: View, made: number, from = 0): void {
  const { xs, ys } = line;
  const x = (k: number) => view.x + view.scale * xs[k]!;
  const y = (k: number) => view.y + view.scale * ys[k]!;
  const whole = Math.floor(made);
  context.beginPath();
  for (let k = Math.max(1, from); k <= whole; k++) {
    if (!line.isInk(k)) {
      if (line.isDot(k)) {
        context.moveTo(x(k), y(k));
        context.lineTo(x(k), y(k));
      }
      continue;
    }
    if (k === Math.max(1, from) || !line.isInk(k - 1)) context.moveTo(x(k - 1), y(k - 1));
    // Catmull and Rom's spline.
    const [a, d] = [line.isInk(k - 1) ? k - 2 : k - 1, line.isInk(k + 1) ? k + 1 : k];
    context.bezierCurveTo(x(k - 1) + (x(k) - x(a)) / 6, y(k - 1) + (y(k) - y(a)) / 6, x(k) - (x(d) - x(k - 1)) / 6, y(k) - (y(d) - y(k - 1)) / 6, x(k), y(k));
  }
  if (made > whole && line.isInk(whole + 1)) {
    context.moveTo(x(whole), y(whole));
    context.lineTo(...penAt(line, view, made));
  }
  context.stroke();
}

/** The pen: a point where it writes, a ring where it is in the air. */
export function drawPen(context: CanvasRenderingContext2D, x: number, y: number, radius: number, down: boolean, colour: string): void {
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (down) context.fill();
  else context.stroke();
}

/** Along the ellipse of a Gaussian: its angle, and its deviations along and across. */
export function axesOf({ deviationX, deviationY, correlation }: Gaussian): { angle: number; along: number; across: number } {
  const [a, b, c] = [deviationX ** 2, correlation * deviationX * deviationY, deviationY ** 2];
  const [middle, spread] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
  return { angle: Math.atan2(2 * b, a - c) / 2, along: Math.sqrt(middle + spread), across: Math.sqrt(Math.max(0, middle - spread)) };
}

const blobs = new Map<string, HTMLCanvasElement>();
const BLOB = 64;

/** A round Gaussian in a colour, to three deviations. */
function blob(colour: string): HTMLCanvasElement {
  let canvas = blobs.get(colour);
  if (!canvas) {
    canvas = Object.assign(document.createElement("canvas"), { width: BLOB, height: BLOB });
    const context = canvas.getContext("2d")!;
    const gradient = context.createRadialGradient(BLOB / 2, BLOB / 2, 0, BLOB / 2, BLOB / 2, BLOB / 2);
    for (let i = 0; i <= 8; i++) gradient.addColorStop(i / 8, `${colour}${Math.round(255 * Math.exp(-0.5 * ((3 * i) / 8) ** 2) * (1 - i / 8)).toString(16).padStart(2, "0")}`);
    context.fillStyle = gradient;
    context.fillRect(0, 0, BLOB, BLOB);
    blobs.set(colour, canvas);
  }
  return canvas;
}

/** Gaussians that matter less are left out. */
const LEAST_WEIGHT = 0.02;

export interface DensityStyle {
  /** #rrggbb */
  readonly colour: string;
  /** Of a Gaussian of weight 1. */
  readonly opacity: number;
  /** Pixels that a deviation takes at least. */
  readonly least: number;
  /** Whether a line marks two deviations. */
  readonly outlined?: boolean;
}

/** The density of the place where movement k, from 1, ends: Gaussians around the point before it. */
export function drawDensity(context: CanvasRenderingContext2D, line: WrittenLine, view: View, k: number, { colour, opacity, least, outlined = false }: DensityStyle): void {
  const [x, y] = [view.x + view.scale * line.xs[k - 1]!, view.y + view.scale * line.ys[k - 1]!];
  const sprite = blob(colour);
  for (const gaussian of line.density(k)) {
    if (gaussian.weight < LEAST_WEIGHT) continue;
    const { angle, along, across } = axesOf(gaussian);
    const [a, b] = [Math.max(least, along * view.scale), Math.max(least, across * view.scale)];
    context.save();
    context.translate(x + view.scale * gaussian.x, y + view.scale * gaussian.y);
    context.rotate(angle);
    context.globalAlpha = opacity * Math.sqrt(gaussian.weight);
    context.drawImage(sprite, -3 * a, -3 * b, 6 * a, 6 * b);
    if (outlined) {
      context.globalAlpha = Math.min(1, 0.25 + gaussian.weight);
      context.beginPath();
      context.ellipse(0, 0, 2 * a, 2 * b, 0, 0, 2 * Math.PI);
      context.stroke();
    }
    context.restore();
  }
}
