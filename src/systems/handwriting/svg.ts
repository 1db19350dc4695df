/** Strokes as pictures that browsers show: still, or replaying the pen. */
import { boxOf, escapeXml, type Stroke } from "../../data/index.js";

export interface SvgOptions {
  /** Of the line, in parts of the picture's unit height. @default 0.035 */
  readonly lineWidth?: number;
  /** Pixels that a line of writing is high. @default 120 */
  readonly height?: number;
  readonly ink?: string;
  /** Colour behind the strokes, or "none". @default "white" */
  readonly paper?: string;
  /** Title for people who do not see the picture. */
  readonly title?: string;
  /** Replays the pen: points per second. Without it all strokes are there at once. */
  readonly pointsPerSecond?: number;
}


type Position = readonly [x: number, y: number];

export interface PlacedStroke {
  /** Points in pixels. */
  readonly points: readonly Position[];
  /** How many of them there were before curves were drawn through them. */
  readonly recorded: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Pixels. */
  readonly lineWidth: number;
  readonly strokes: readonly PlacedStroke[];
}

/**
 * Where everything lies: lines below each other at one scale, aligned at the left.
 * @throws RangeError if there is nothing to draw
 */
export function layOut(lines: readonly (readonly Stroke[])[], { height = 120, lineWidth = 0.035 }: Pick<SvgOptions, "height" | "lineWidth"> = {}): Layout {
  const drawn = lines.filter((strokes) => strokes.some((stroke) => stroke.length > 0));
  const boxes = drawn.map(boxOf);
  if (boxes.length === 0) throw new RangeError("layOut: lines: expected at least one point, got none");
  const tall = median(boxes.map(({ top, bottom }) => bottom - top));
  const wide = Math.max(...boxes.map(({ left, right }) => right - left));
  // Lines that wander far from their row, as an untrained model's do, must not make the picture endless.
  const factor = tall > 0 ? height / tall : wide > 0 ? (4 * height) / wide : 1;
  const margin = height / 3;
  const strokes: PlacedStroke[] = [];
  let y = margin;
  for (const [i, line] of drawn.entries()) {
    const { left, top, bottom } = boxes[i]!;
    for (const stroke of line) {
      const points = stroke.map(([a, b]) => [margin + (a - left) * factor, y + (b - top) * factor] as const);
      if (stroke.length > 0) strokes.push({ points: rounded(points), recorded: points.length });
    }
    y += (bottom - top) * factor + margin;
  }
  return { width: Math.ceil(wide * factor + 2 * margin), height: Math.ceil(y), lineWidth: Math.max(1, lineWidth * height), strokes };
}

/** Points that stand for the curve between two recorded ones, the second among them. */
const PIECES = 3;

/** A smooth line through all points: Catmull and Rom's spline. */
function rounded(points: readonly Position[]): readonly Position[] {
  if (points.length < 3) return points;
  const at = (p: number) => points[Math.max(0, Math.min(points.length - 1, p))]!;
  const line: Position[] = [points[0]!];
  for (let p = 0; p + 1 < points.length; p++) {
    const [a, b, c, d] = [at(p - 1), at(p), at(p + 1), at(p + 2)];
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      const along = (axis: 0 | 1) =>
        b[axis] + (t * (c[axis] - a[axis]) + t * t * (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) + t ** 3 * (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis])) / 2;
      line.push([along(0), along(1)]);
    }
  }
  return line;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** An SVG document. A pen that is replayed stands still for readers who ask for no motion. */
export function strokesToSvg(lines: readonly (readonly Stroke[])[], options: SvgOptions = {}): string {
  const { ink = "#1a2f5a", paper = "white", title, pointsPerSecond } = options;
  const { width, height, lineWidth, strokes } = layOut(lines, options);
  let at = 0;
  const paths = strokes.map(({ points, recorded }) => {
    const path = `<path d="${pathData(points)}"`;
    if (pointsPerSecond === undefined) return `${path}/>`;
    const style = `animation-delay:${seconds(at / pointsPerSecond)};animation-duration:${seconds(recorded / pointsPerSecond)}`;
    at += recorded + AIR_POINTS;
    return isDot(points) ? `${path} class="dot" style="${style}"/>` : `${path} pathLength="1" style="${style}"/>`;
  });
  // Dashes do not hide what has no length.
  const animation =
    "@media (prefers-reduced-motion:no-preference){path{stroke-dasharray:1 2;stroke-dashoffset:1.01;animation:pen linear both}" +
    "@keyframes pen{from{stroke-dashoffset:1.01}to{stroke-dashoffset:0}}.dot{stroke-dasharray:none;animation-name:dot}@keyframes dot{from{opacity:0}}}";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    ...(title === undefined ? [] : [`<title>${escapeXml(title)}</title>`]),
    ...(pointsPerSecond === undefined ? [] : [`<style>${animation}</style>`]),
    ...(paper === "none" ? [] : [`<rect width="100%" height="100%" fill="${escapeXml(paper)}"/>`]),
    `<g fill="none" stroke="${escapeXml(ink)}" stroke-width="${round(lineWidth)}" stroke-linecap="round" stroke-linejoin="round">`,
    ...paths,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** Points' time that the pen spends in the air between two strokes. */
const AIR_POINTS = 3;
const round = (value: number) => Number(value.toFixed(1));
const seconds = (value: number) => `${Number(value.toFixed(3))}s`;

/** As a path has its points. */
const written = ([x, y]: Position) => `${round(x)} ${round(y)}`;

function isDot(points: readonly Position[]): boolean {
  return points.every((point) => written(point) === written(points[0]!));
}

/** A dot is a line of no length, which round caps make visible. */
function pathData(points: readonly Position[]): string {
  const [first, ...rest] = points.map(written);
  return `M${first}${rest.length === 0 ? `L${first}` : `L${rest.join(" ")}`}`;
}
