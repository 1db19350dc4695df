/** Strokes as JSON: `{ "strokes": [[[x, y], …], …], "text": …, "writer": … }`, or a list of such. Points may carry a time in seconds. */
import { DataError } from "./errors.js";
import { checkedSample, type PenPoint, type PenSample, type Stroke } from "./pen.js";

/** @throws DataError naming file and field */
export function readPenJson(content: string, name: string): PenSample[] {
  let value: unknown;
  try {
    value = JSON.parse(content.startsWith("\ufeff") ? content.slice(1) : content);
  } catch (error) {
    throw new DataError(`${name}: not JSON: ${(error as Error).message}.`);
  }
  if (!Array.isArray(value)) return [readSample(value, name)];
  if (value.length === 0) throw new DataError(`${name}: the list of samples is empty.`);
  return value.map((sample, i) => readSample(sample, `${name}: sample ${i + 1}`));
}

function readSample(value: unknown, place: string): PenSample {
  const { strokes, text, writer } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(strokes)) throw new DataError(`${place}: strokes: expected a list of strokes, got ${strokes === undefined ? "none" : typeof strokes}.`);
  for (const [field, given] of Object.entries({ text, writer })) {
    if (given !== undefined && typeof given !== "string") throw new DataError(`${place}: ${field}: expected a string, got ${JSON.stringify(given)}.`);
  }
  const read = strokes.map((stroke: unknown, s): Stroke => {
    if (!Array.isArray(stroke)) throw new DataError(`${place}: strokes: stroke ${s + 1}: expected a list of points, got ${JSON.stringify(stroke)}.`);
    return stroke.map((point: unknown, p) => {
      const fits = Array.isArray(point) && (point.length === 2 || point.length === 3) && point.every((each) => typeof each === "number");
      if (!fits) throw new DataError(`${place}: strokes: stroke ${s + 1}, point ${p + 1}: expected [x, y] or [x, y, time], got ${JSON.stringify(point)}.`);
      return point as unknown as PenPoint;
    });
  });
  return checkedSample({ name: place, strokes: read, ...(text !== undefined && { text: text as string }), ...(writer !== undefined && { writer: writer as string }) });
}

/** A sample as `readPenJson` reads it, numbers cut to what matters. */
export function penJson(samples: PenSample | readonly PenSample[]): string {
  const plain = ({ strokes, text, writer }: PenSample) => ({
    ...(text !== undefined && { text }),
    ...(writer !== undefined && { writer }),
    strokes: strokes.map((stroke) => stroke.map((point) => point.map((value) => Number(value!.toPrecision(7))))),
  });
  return `${JSON.stringify(Array.isArray(samples) ? samples.map(plain) : plain(samples as PenSample))}\n`;
}
