/** Text cut for measuring: which predictions count, with how much text before them. */
import { IGNORED, type Window } from "../train/window.js";
import type { TokenRow } from "./tokens.js";
import { END } from "./vocabulary.js";

/** Predictions of the tokens after `from` … `to - 1`, made with a state that has read from `contextFrom` on. */
export interface Segment {
  readonly document: number;
  readonly contextFrom: number;
  readonly from: number;
  readonly to: number;
}

/** Every document from its first token to its last: the exact measure. */
export function wholeDocuments(row: TokenRow): Segment[] {
  return row.documents.map(({ from, to }, document) => ({ document, contextFrom: from, from, to }));
}

export interface SampleOptions {
  /** Predictions to measure in all, about. */
  limit: number;
  /** Predictions per segment. @default 512 */
  length?: number;
  /** Tokens read before a segment without counting, so that its first predictions are as good as any. @default 128 */
  context?: number;
}

/** Evenly spaced segments, the same ones every time: a quick measure during training, which many rows can work on at once. */
export function sampleSegments(row: TokenRow, { limit, length = 512, context = 128 }: SampleOptions): Segment[] {
  const all: Segment[] = [];
  for (const [document, span] of row.documents.entries()) {
    for (let from = span.from; from < span.to; from += length) {
      all.push({ document, contextFrom: Math.max(span.from, from - context), from, to: Math.min(from + length, span.to) });
    }
  }
  const total = row.tokens.length;
  if (total <= limit) return all;
  const wanted = Math.max(1, Math.floor((all.length * limit) / total));
  return Array.from({ length: wanted }, (_, i) => all[Math.floor((i * all.length) / wanted)]!);
}

/** A window of measurement, and which document each row belongs to. */
export interface SegmentWindow extends Window {
  readonly documents: readonly number[];
}

/**
 * Windows over segments, `batch` of them in parallel, longest first. Every group of rows starts with empty states (`resets` is true
 * on all rows there).
 */
export function* segmentWindows(
  row: TokenRow,
  segments: readonly Segment[],
  { batch, timeSteps }: { batch: number; timeSteps: number },
): Generator<SegmentWindow> {
  const queue = [...segments].sort((a, b) => b.to - b.contextFrom - (a.to - a.contextFrom));
  for (let at = 0; at < queue.length; at += batch) {
    const group = queue.slice(at, at + batch);
    const longest = group[0]!.to - group[0]!.contextFrom;
    for (let offset = 0; offset < longest; offset += timeSteps) {
      yield segmentWindow(row, group, offset, Math.min(timeSteps, longest - offset));
    }
  }
}

function segmentWindow({ tokens, documents }: TokenRow, group: readonly Segment[], offset: number, timeSteps: number): SegmentWindow {
  const rows = group.length;
  const inputs = new Int32Array(timeSteps * rows);
  const targets = new Int32Array(timeSteps * rows).fill(IGNORED);
  const lengths: number[] = [];
  let predictions = 0;
  let units = 0;
  for (const [r, { document, contextFrom, from, to }] of group.entries()) {
    const start = contextFrom + offset;
    const length = Math.max(0, Math.min(timeSteps, to - start));
    lengths.push(length);
    for (let t = 0; t < length; t++) {
      const position = start + t;
      inputs[t * rows + r] = tokens[position]!;
      if (position < from) continue;
      const target = position + 1 === documents[document]!.to ? END : tokens[position + 1]!;
      targets[t * rows + r] = target;
      predictions++;
      if (target !== END) units++;
    }
  }
  const full = lengths.every((length) => length === timeSteps);
  const piece = { timeSteps, inputs, targets, lengths: full ? undefined : lengths, predictions, learns: false };
  return {
    resets: offset === 0 ? group.map(() => true) : undefined,
    pieces: [piece],
    carryAfter: 0,
    predictions,
    units,
    documents: group.map(({ document }) => document),
  };
}
