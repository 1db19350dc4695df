/** Batches of pen sequences: rows of movements side by side, shuffled anew in every epoch. */
import { RandomStream } from "../tensor/index.js";
import { DataError } from "./errors.js";
import { MOVE_WIDTH } from "./pen.js";

/** A sequence ready for a network. */
export interface PenSequence {
  readonly name: string;
  /** Scaled movements, [length, 3]. */
  readonly moves: Float32Array;
  readonly text?: string;
  readonly writer?: string;
  /** What many writers have in common: a font. */
  readonly style?: string;
}

export interface PenBatch {
  readonly rows: readonly PenSequence[];
  /** Movements of the longest row. */
  readonly timeSteps: number;
  readonly lengths: readonly number[];
  /** [time, batch, 3]: the movement before each target, zeros at first (Graves 2013, section 2). */
  readonly inputs: Float32Array;
  /** [time, batch, 3]: what is to be predicted; -1 as the third number past a row's end. */
  readonly targets: Float32Array;
  /** Movements in all rows together. */
  readonly movements: number;
}

/** Rows of any lengths as one batch. */
export function penBatch(rows: readonly PenSequence[]): PenBatch {
  const lengths = rows.map(({ moves }) => moves.length / MOVE_WIDTH);
  const timeSteps = Math.max(0, ...lengths);
  const stride = rows.length * MOVE_WIDTH;
  const inputs = new Float32Array(timeSteps * stride);
  const targets = new Float32Array(timeSteps * stride);
  for (const [r, { moves }] of rows.entries()) {
    for (let t = 0; t < timeSteps; t++) {
      const at = t * stride + r * MOVE_WIDTH;
      if (t >= lengths[r]!) {
        targets[at + 2] = -1;
        continue;
      }
      const move = moves.subarray(t * MOVE_WIDTH, (t + 1) * MOVE_WIDTH);
      targets.set(move, at);
      if (t + 1 < lengths[r]!) inputs.set(move, at + stride);
    }
  }
  return { rows, timeSteps, lengths, inputs, targets, movements: lengths.reduce((sum, length) => sum + length, 0) };
}

/** Where a reader stands; plain JSON. */
export interface PenPosition {
  readonly epoch: number;
  /** Sequences of this epoch that have been read. */
  readonly read: number;
}

export interface PenReaderOptions {
  /** Sequences at a time. */
  readonly batch: number;
  /** Gives each epoch, and each sequence in it, a stream of its own and is itself not drawn from. */
  readonly random: RandomStream;
  /** Varies what is read: augmentation. */
  readonly change?: (sequence: PenSequence, random: RandomStream) => PenSequence;
}

/** Reads sequences over and over, in another order each time; what is left of an epoch is a smaller batch. */
export class PenReader {
  readonly #sequences: readonly PenSequence[];
  readonly #batch: number;
  readonly #random: RandomStream;
  readonly #change: PenReaderOptions["change"];
  #epoch = 0;
  #read = 0;
  #order: Int32Array;

  constructor(sequences: readonly PenSequence[], { batch, random, change }: PenReaderOptions) {
    if (sequences.length === 0) throw new DataError("There are no pen sequences to learn from.");
    this.#sequences = sequences;
    this.#batch = batch;
    this.#random = random;
    this.#change = change;
    this.#order = this.#shuffled();
  }

  /** How often all has been read. */
  get epochs(): number {
    return this.#epoch + this.#read / this.#sequences.length;
  }

  next(): PenBatch {
    if (this.#read >= this.#sequences.length) {
      this.#epoch++;
      this.#read = 0;
      this.#order = this.#shuffled();
    }
    const chosen = this.#order.subarray(this.#read, this.#read + this.#batch);
    this.#read += chosen.length;
    const change = this.#change ?? ((sequence) => sequence);
    return penBatch(Array.from(chosen, (i) => change(this.#sequences[i]!, this.#random.fork(`epoch ${this.#epoch} sequence ${i}`))));
  }

  position(): PenPosition {
    return { epoch: this.#epoch, read: this.#read };
  }

  restore({ epoch, read }: PenPosition): void {
    this.#epoch = epoch;
    this.#read = read;
    this.#order = this.#shuffled();
  }

  #shuffled(): Int32Array {
    return this.#random.fork(`epoch ${this.#epoch}`).permutation(this.#sequences.length);
  }
}

/**
 * Cuts sequences that are longer than `longest` movements into pieces, where the pen is in the air if there is such a place in the
 * second half of a piece.
 */
export function cutLong(sequences: readonly PenSequence[], longest: number): PenSequence[] {
  return sequences.flatMap((sequence) => {
    const { text: _, ...whole } = sequence;
    const { moves } = sequence;
    const length = moves.length / MOVE_WIDTH;
    if (length <= longest) return [sequence];
    const pieces: PenSequence[] = [];
    for (let from = 0; from < length; ) {
      let to = Math.min(length, from + longest);
      if (to < length) {
        const lifted = (t: number) => moves[t * MOVE_WIDTH - 1]! > 0.5;
        let cut = to;
        while (cut > from + longest / 2 && !lifted(cut)) cut--;
        if (lifted(cut)) to = cut;
      }
      // The text belongs to the whole, not to a piece.
      pieces.push({ ...whole, moves: moves.slice(from * MOVE_WIDTH, to * MOVE_WIDTH) });
      from = to;
    }
    return pieces;
  });
}
