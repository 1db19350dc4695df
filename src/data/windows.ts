/** Parallel readers over a text: the batches of truncated backpropagation with carried states. */
import { IGNORED, type Window, type WindowPiece } from "../train/window.js";
import { DataError } from "./errors.js";
import type { TokenRow } from "./tokens.js";
import { END } from "./vocabulary.js";

export interface WindowOptions {
  /** Rows read in parallel. */
  batch: number;
  /** k1: tokens that each row moves forward per step. */
  stride: number;
  /** k2: how many steps back the gradient flows from the end of a window. @default stride */
  back?: number;
  /** Windows after which all rows begin with empty states again, also inside a document (Graves 2013, section 3.2). @default never */
  resetEvery?: number;
}

/** Where the readers stand; plain JSON. */
export interface ReaderPosition {
  /** Predictions made so far; divided by the size of the text, the epochs. */
  readonly predictions: number;
  /** First token of each row's next window. */
  readonly starts: readonly number[];
  /** First token of each row that has not been read as input yet (behind `starts` when windows overlap). */
  readonly next: readonly number[];
  /** Windows read so far. */
  readonly windows?: number;
}

/**
 * `batch` readers, evenly spaced over the row of tokens and running around it for ever. A window never crosses the start of a
 * document: there the row stops short, and goes on in its next window with an empty state.
 *
 * With `back` equal to `stride` windows lie end to end. With a longer `back` they overlap (BPTT(h; h') of Williams & Peng 1990, h =
 * back, h' = stride): each is read again from `back - stride` tokens before the new ones, the loss counts the new ones only, and the
 * state from which the next window starts is kept on the way. With a shorter `back` the first `stride - back` tokens of each
 * stride only bring the state along: TBPTT(k1, k2) of Sutskever (2013).
 */
export class WindowReader {
  readonly batch: number;
  readonly #row: TokenRow;
  readonly #stride: number;
  readonly #back: number;
  /** End of the document that each position's reader is in, looked up by binary search in the documents' starts. */
  readonly #documentStarts: readonly number[];
  #starts: number[];
  #next: number[];
  #predictions = 0;
  #windows = 0;
  readonly #resetEvery: number;

  constructor(row: TokenRow, { batch, stride, back = stride, resetEvery = Infinity }: WindowOptions) {
    const size = row.tokens.length;
    if (size <= stride) {
      throw new DataError(
        `The training text has ${size - row.documents.length} tokens, which is less than one window of ${stride}: ` +
          `train on more text or use a smaller --window.`,
      );
    }
    this.#row = row;
    this.batch = batch;
    this.#stride = stride;
    this.#back = back;
    this.#resetEvery = resetEvery;
    this.#documentStarts = row.documents.map((document) => document.from);
    this.#starts = Array.from({ length: batch }, (_, r) => Math.floor((r * size) / batch));
    this.#next = [...this.#starts];
  }

  /** How often the text has been read. */
  get epochs(): number {
    return this.#predictions / this.#row.tokens.length;
  }

  position(): ReaderPosition {
    return { predictions: this.#predictions, starts: [...this.#starts], next: [...this.#next], windows: this.#windows };
  }

  restore({ predictions, starts, next, windows = 0 }: ReaderPosition): void {
    if (starts.length !== this.batch || next.length !== this.batch) {
      throw new DataError(`The saved data position has ${starts.length} rows, this run reads ${this.batch}.`);
    }
    this.#predictions = predictions;
    this.#windows = windows;
    this.#starts = [...starts];
    this.#next = [...next];
  }

  next(): Window {
    const { tokens } = this.#row;
    const overlap = Math.max(0, this.#back - this.#stride);
    const unlearned = Math.max(0, this.#stride - this.#back);
    const rows = this.#starts.map((start, r) => {
      const fresh = this.#next[r]!;
      const documentEnd = this.#documentEnd(fresh);
      const end = Math.min(fresh + this.#stride, documentEnd);
      // Where the two pieces meet: the start of the next window, or, with a short `back`, of the part that learns.
      const middle = unlearned > 0 ? Math.max(start, end - this.#back) : end === documentEnd ? end : Math.max(start, end - overlap);
      return { start, fresh, middle, end, ended: end === documentEnd };
    });

    const first = this.#piece(rows.map(({ start, middle, fresh }) => ({ from: start, to: middle, fresh })), unlearned === 0);
    const second = this.#piece(
      rows.map(({ middle, end, fresh }) => ({ from: middle, to: end, fresh: Math.max(fresh, middle) })),
      true,
    );
    const all = this.#windows > 0 && this.#windows % this.#resetEvery === 0;
    this.#windows++;
    const resets = rows.map(({ start }) => all || tokens[start] === END);
    const pieces = [first, second].filter((piece): piece is CountedPiece => piece !== undefined);
    // A window whose first piece is empty on every row carries the state from before it: keep the empty piece out and say so.
    const carryAfter = unlearned > 0 || second === undefined ? pieces.length - 1 : first === undefined ? -1 : 0;

    let predictions = 0;
    let units = 0;
    for (const piece of pieces) {
      predictions += piece.predictions;
      units += piece.units;
    }
    for (const [r, { middle, end, ended }] of rows.entries()) {
      this.#next[r] = end % tokens.length;
      this.#starts[r] = (ended || unlearned > 0 ? end : middle) % tokens.length;
    }
    this.#predictions += rows.reduce((sum, { fresh, end }) => sum + end - fresh, 0);
    return { resets: resets.includes(true) ? resets : undefined, pieces, carryAfter, predictions, units };
  }

  /** A stretch of every row as [time, batch], or undefined if it is empty on all rows. */
  #piece(rows: readonly { from: number; to: number; fresh: number }[], learns: boolean): CountedPiece | undefined {
    const { tokens } = this.#row;
    const lengths = rows.map(({ from, to }) => to - from);
    const timeSteps = Math.max(...lengths);
    if (timeSteps === 0) return undefined;
    const inputs = new Int32Array(timeSteps * this.batch);
    const targets = new Int32Array(timeSteps * this.batch).fill(IGNORED);
    let predictions = 0;
    let units = 0;
    for (const [r, { from, to, fresh }] of rows.entries()) {
      for (let p = from, at = r; p < to; p++, at += this.batch) {
        inputs[at] = tokens[p]!;
        if (!learns || p < fresh) continue;
        const target = tokens[p + 1 === tokens.length ? 0 : p + 1]!;
        targets[at] = target;
        predictions++;
        if (target !== END) units++;
      }
    }
    const full = lengths.every((length) => length === timeSteps);
    return { timeSteps, inputs, targets, lengths: full ? undefined : lengths, predictions, units, learns };
  }

  /** The start of the document after the one that `position` lies in, or the end of the row. */
  #documentEnd(position: number): number {
    const starts = this.#documentStarts;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= position) low = middle + 1;
      else high = middle;
    }
    return starts[low] ?? this.#row.tokens.length;
  }
}

type CountedPiece = WindowPiece & { readonly units: number };
