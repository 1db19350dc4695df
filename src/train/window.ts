/**
 * What one step of truncated backpropagation through time reads: the shape of the data between `src/data`, which cuts it, and
 * `truncated.ts`, which runs a network over it.
 *
 * Every row is a reader somewhere in the text. Rows are left-aligned and carry their own lengths: where a document ends a row stops
 * early, and its next window begins with the next document and an empty state.
 */
export interface Window {
  /** Rows that start a document here: their carried states are cleared first. Undefined when there are none. */
  readonly resets: readonly boolean[] | undefined;
  /** Stretches to run one after another, states passed along. */
  readonly pieces: readonly WindowPiece[];
  /** The states after this piece are where the next window starts. */
  readonly carryAfter: number;
  /** Predictions that count in the loss. */
  readonly predictions: number;
  /** Predictions of text, without the marks at the ends of documents. */
  readonly units: number;
}

export interface WindowPiece {
  readonly timeSteps: number;
  /** Token ids, [time, batch]; 0 past a row's length. */
  readonly inputs: Int32Array;
  /** What comes next, [time, batch]; `IGNORED` where it does not count. */
  readonly targets: Int32Array;
  /** Steps of each row, undefined when every row is full. */
  readonly lengths: readonly number[] | undefined;
  /** Predictions that count in this piece. */
  readonly predictions: number;
  /** False for steps that only bring the state along: no gradient. */
  readonly learns: boolean;
}

/** A target that adds nothing to the loss. */
export const IGNORED = -1;
