/** Cutting a sequence into segments of some steps each, for those who run one after another. */

/** Tokens at times from <= t < to, of all rows. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  /** Tokens of each row within the segment; undefined where all rows fill it. */
  readonly lengths: readonly number[] | undefined;
}

/** How long segments are: so many steps, or "sqrt" for as many steps as there are segments. */
export type SegmentLength = number | "sqrt";

/**
 * The segments of a batch in the order of reading. They are cut at the same times for all rows, also where rows of unequal
 * lengths are read from their ends: a row then begins within the segment that holds its last token.
 */
export function segmentsOf(time: number, length: SegmentLength, lengths: readonly number[] | undefined, reversed: boolean): Segment[] {
  const steps = length === "sqrt" ? Math.max(1, Math.ceil(Math.sqrt(time))) : length;
  const segments: Segment[] = [];
  for (let from = 0; from === 0 || from < time; from += steps) {
    const to = Math.min(from + steps, time);
    segments.push({ from, to, lengths: lengths?.map((length) => Math.max(0, Math.min(length, to) - from)) });
  }
  return reversed ? segments.reverse() : segments;
}
