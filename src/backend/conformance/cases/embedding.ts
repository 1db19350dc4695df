import type { Case, Conformance } from "../bench.js";
import { floats, integers } from "../values.js";

const SHAPES = [
  [0, 4, 3], [1, 1, 1], [5, 3, 4], [9, 16, 5], [7, 33, 2], [64, 100, 50], [3000, 65, 40], [4, 0, 3], [4, 5, 0],
] as const;

/** Rows wanted of the table: some repeat, some are outside. */
const indices = (rows: number, tableRows: number) => integers(rows, 3, -1, tableRows + 1);

function* shapes(call: (rows: number, columns: number, tableRows: number) => Case[1]): Iterable<Case> {
  for (const [rows, columns, tableRows] of SHAPES) {
    yield [`${rows} rows of ${columns} in a table of ${tableRows}`, call(rows, columns, tableRows)];
  }
}

export const embeddingCases = {
  gatherRows: {
    cases: () =>
      shapes((rows, columns, tableRows) => (b) =>
        b.kernels.gatherRows(
          b.output(rows * columns), b.input(floats(tableRows * columns)), b.inputInts(indices(rows, tableRows)), rows, columns,
          tableRows,
        )),
  },
  scatterAddRows: {
    tolerance: { relative: 1e-6, absolute: 2e-5 },
    cases: () =>
      shapes((rows, columns, tableRows) => (b) =>
        b.kernels.scatterAddRows(
          b.output(floats(tableRows * columns)), b.input(floats(rows * columns, 2)), b.inputInts(indices(rows, tableRows)), rows,
          columns, tableRows,
        )),
  },
} satisfies Record<string, Conformance>;
