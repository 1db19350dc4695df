import { describe, expect, it } from "vitest";
import { SparseMatrix, type Entries } from "./sparse-matrix.js";

// 3 rows, 7 columns; out of order, the second row empty, the first longer than one block of four.
const ENTRIES = [[2, 6, 1], [0, 4, 2], [0, 0, -3], [0, 6, 0.5], [2, 1, 4], [0, 1, 1], [0, 5, 7], [0, 2, -1]] as const;
const entries: Entries = (visit) => ENTRIES.forEach(([row, column, value]) => visit(row, column, value));
const matrix = SparseMatrix.from(3, 7, entries);

const listed = (sparse: SparseMatrix) => {
  const found: number[][] = [];
  sparse.forEach((...entry) => found.push(entry));
  return found;
};

describe("SparseMatrix", () => {
  it("keeps entries in order of rows and columns, and turns", () => {
    const sorted = ENTRIES.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
    expect(listed(matrix)).toEqual(sorted);
    expect(matrix.entries).toBe(8);
    const transposed = matrix.transposed();
    expect([transposed.rows, transposed.columns]).toEqual([7, 3]);
    expect(listed(transposed)).toEqual(sorted.map(([row, column, value]) => [column, row, value]).sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!));
  });

  it("multiplies what is dense", () => {
    const dense = Float32Array.from({ length: 7 * 2 }, (_, i) => i + 1);
    const expected = [0, 1, 2].flatMap((r) => [0, 1].map((j) => ENTRIES.reduce((sum, [row, column, value]) => sum + (row === r ? value * dense[2 * column + j]! : 0), 0)));
    expect([...matrix.multiply(dense, 2)]).toEqual(expected);
    expect(matrix.multiply(new Float32Array(0), 0).length).toBe(0);
    expect(() => matrix.multiply(dense, 3)).toThrow("SparseMatrix: expected 7 rows of 3 numbers, got 14 numbers");
  });
});
