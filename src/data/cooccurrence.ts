/** How often words stand near each other: the counts that GloVe and PMI-SVD are made from. */

/** A piece of records: X[rows[i], columns[i]] = values[i]. */
export interface CooccurrenceChunk {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** The entries above zero of a co-occurrence matrix, each once, in shuffled order; in memory or on disk. Reading is repeatable. */
export interface CooccurrenceRecords {
  readonly count: number;
  /**
   * Records in their shuffled order, in pieces of `length` (the last may be shorter) from record `from` (default 0) on. A piece is valid
   * until the next one is asked for.
   */
  chunks(options: { readonly from?: number; readonly length: number }): Iterable<CooccurrenceChunk>;
}
