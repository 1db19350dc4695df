/** Drawings from the ndjson files of Quick, Draw! (Ha & Eck 2017): one on each line, files of gigabytes read as a stream. */
import { DataError } from "./errors.js";
import { checkedSample, type PenPoint, type PenSample, type Stroke } from "./pen.js";
import { decodePieces } from "./text-stream.js";

export interface QuickDrawOptions {
  /** Only drawings that the game's own recogniser took for what they should be. @default false */
  readonly recognizedOnly?: boolean;
  /** What to do with a line that cannot be used: stop with an error, or pass over it and tell. @default "error" */
  readonly onBadLine?: "error" | ((problem: string) => void);
}

/**
 * The drawings of a file, one after another: simplified or raw, of [[x…], [y…]] or [[x…], [y…], [milliseconds…]] a stroke. The word
 * becomes the text, the country the writer.
 *
 * @throws DataError naming file and line
 */
export async function* readQuickDraw(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  name: string,
  { recognizedOnly = false, onBadLine = "error" }: QuickDrawOptions = {},
): AsyncGenerator<PenSample> {
  let [pending, number] = ["", 0];
  const read = function* (lines: readonly string[]): Generator<PenSample> {
    for (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      try {
        const sample = readLine(line, `${name}: line ${number}`, recognizedOnly);
        if (sample !== undefined) yield sample;
      } catch (error) {
        if (onBadLine === "error" || !(error instanceof DataError)) throw error;
        onBadLine(error.message);
      }
    }
  };
  for await (const piece of decodePieces(chunks, name)) {
    const lines = (pending + piece).split(/\r?\n/);
    pending = lines.pop()!;
    yield* read(lines);
  }
  yield* read([pending]);
}

function readLine(line: string, place: string, recognizedOnly: boolean): PenSample | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new DataError(`${place}: not JSON: ${JSON.stringify(line.slice(0, 40))}.`);
  }
  const { drawing, word, countrycode, recognized } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(drawing)) throw new DataError(`${place}: drawing: expected a list of strokes, got ${typeof drawing}.`);
  if (recognizedOnly && recognized === false) return undefined;
  const strokes = drawing.map((stroke: unknown, s): Stroke => {
    const [xs, ys, times] = Array.isArray(stroke) ? (stroke as unknown[]) : [];
    if (!Array.isArray(xs) || !Array.isArray(ys) || xs.length !== ys.length || (times !== undefined && !(Array.isArray(times) && times.length === xs.length))) {
      throw new DataError(`${place}: drawing: stroke ${s + 1}: expected lists of x and y of one length, and of times where there are any.`);
    }
    return xs.map((x, p): PenPoint => {
      const point = [x, ys[p], ...(times === undefined ? [] : [times[p]])];
      if (!point.every((each) => typeof each === "number")) throw new DataError(`${place}: drawing: stroke ${s + 1}, point ${p + 1}: expected numbers, got ${JSON.stringify(point)}.`);
      return times === undefined ? [x as number, ys[p] as number] : [x as number, ys[p] as number, (times[p] as number) / 1000];
    });
  });
  return checkedSample({ name: place, strokes, ...(typeof word === "string" && { text: word }), ...(typeof countrycode === "string" && { writer: countrycode }) });
}
