/** Matrices that are mostly zeros. */

/** Tells the entries that are not zero, in any order but the same each time, no place twice. */
export type Entries = (visit: (row: number, column: number, value: number) => void) => void;

/** Compressed rows: those of row r are entries `starts[r]` to `starts[r + 1]`, columns rising. */
export class SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly #starts: Int32Array;
  readonly #indices: Int32Array;
  readonly #values: Float32Array;

  private constructor(rows: number, columns: number, entries: Entries) {
    this.rows = rows;
    this.columns = columns;
    this.#starts = new Int32Array(rows + 1);
    const starts = this.#starts;
    entries((row) => void starts[row + 1]!++);
    for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;
    this.#indices = new Int32Array(starts[rows]!);
    this.#values = new Float32Array(starts[rows]!);
    const [indices, values, next] = [this.#indices, this.#values, starts.slice()];
    entries((row, column, value) => {
      const at = next[row]!++;
      indices[at] = column;
      values[at] = value;
    });
  }

  /** @param entries is gone through twice */
  static from(rows: number, columns: number, entries: Entries): SparseMatrix {
    // A transposed matrix has its columns in order, whatever they were in before.
    return new SparseMatrix(columns, rows, (visit) => entries((row, column, value) => visit(column, row, value))).transposed();
  }

  /** Entries that are kept. */
  get entries(): number {
    return this.#values.length;
  }

  transposed(): SparseMatrix {
    return new SparseMatrix(this.columns, this.rows, (visit) => this.forEach((row, column, value) => visit(column, row, value)));
  }

  forEach(visit: (row: number, column: number, value: number) => void): void {
    for (let row = 0; row < this.rows; row++) {
      for (let at = this.#starts[row]!; at < this.#starts[row + 1]!; at++) visit(row, this.#indices[at]!, this.#values[at]!);
    }
  }

  /** Times a dense matrix [columns, width], giving [rows, width]. */
  multiply(dense: Float32Array, width: number): Float32Array<ArrayBuffer> {
    if (dense.length !== this.columns * width) throw new RangeError(`SparseMatrix: expected ${this.columns} rows of ${width} numbers, got ${dense.length} numbers`);
    const [starts, indices, values] = [this.#starts, this.#indices, this.#values];
    const product = new Float32Array(this.rows * width);
    const sums = new Float64Array(width);
    for (let row = 0; row < this.rows; row++) {
      sums.fill(0);
      const end = starts[row + 1]!;
      let at = starts[row]!;
      // Four rows at a time: the sums are then read and written a quarter as often.
      for (; at + 4 <= end; at += 4) {
        const [a, b, c, d] = [indices[at]! * width, indices[at + 1]! * width, indices[at + 2]! * width, indices[at + 3]! * width];
        const [va, vb, vc, vd] = [values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!];
        for (let j = 0; j < width; j++) sums[j]! += va * dense[a + j]! + vb * dense[b + j]! + vc * dense[c + j]! + vd * dense[d + j]!;
      }
      for (; at < end; at++) {
        const [a, va] = [indices[at]! * width, values[at]!];
        for (let j = 0; j < width; j++) sums[j]! += va * dense[a + j]!;
      }
      product.set(sums, row * width);
    }
    return product;
  }
}
