/** What colours stand for. */
import type { CellValue } from "../../library/reader.js";

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** -1 to 1: how strong the colour of a value is. */
  readonly tint: (value: number) => number;
}

/** Gates from 0 to 1, tanh from -1 to 1, anything else as far as these values go, the same up and down. */
export function scaleOf({ range }: CellValue, values: Float32Array): Scale {
  const high = range === "free" ? farthest(values) : 1;
  return { low: range === "gate" ? 0 : -high, high, tint: (value) => Math.min(1, Math.max(-1, value / high)) };
}

function farthest(values: Float32Array): number {
  let size = 0;
  for (const value of values) size = Math.max(size, Math.abs(value));
  return size > 0 ? Number(size.toPrecision(2)) : 1;
}
