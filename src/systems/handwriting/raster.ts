/** Strokes as pixels, for pictures without a browser. */
import type { Layout } from "./svg.js";

/** Grey pixels, row by row: 0 is ink, 255 paper. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Most pixels that a picture may have. */
const LARGEST = 64e6;

/**
 * Draws a layout: every pixel is as dark as the nearest line is near, which smooths the edges.
 * @throws RangeError for a picture of more than 64 million pixels
 */
export function rasterise({ width, height, lineWidth, strokes }: Layout): GreyPicture {
  if (!(width * height <= LARGEST)) throw new RangeError(`rasterise: layout: expected at most ${LARGEST / 1e6} million pixels, got ${width} by ${height}`);
  const pixels = new Uint8Array(width * height).fill(255);
  const radius = lineWidth / 2;
  for (const { points } of strokes) {
    for (let p = 0; p < points.length; p++) {
      const [from, to] = [points[Math.max(0, p - 1)]!, points[p]!];
      const reach = radius + 1;
      const [left, right] = [Math.max(0, Math.floor(Math.min(from[0], to[0]) - reach)), Math.min(width - 1, Math.ceil(Math.max(from[0], to[0]) + reach))];
      const [top, bottom] = [Math.max(0, Math.floor(Math.min(from[1], to[1]) - reach)), Math.min(height - 1, Math.ceil(Math.max(from[1], to[1]) + reach))];
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const grey = 255 * Math.min(1, Math.max(0, distanceTo(x + 0.5, y + 0.5, from, to) - radius + 0.5));
          const at = y * width + x;
          if (grey < pixels[at]!) pixels[at] = Math.round(grey);
        }
      }
    }
  }
  return { width, height, pixels };
}

/** From a point to the nearest one of a piece of a line. */
function distanceTo(x: number, y: number, a: readonly [number, number], b: readonly [number, number]): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const part = length > 0 ? Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / length)) : 0;
  return Math.hypot(x - a[0] - part * dx, y - a[1] - part * dy);
}
