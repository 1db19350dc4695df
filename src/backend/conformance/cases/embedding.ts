import type { Pointer } from "../../backend.js";
import type { Bench, Case, Conformance } from "../bench.js";
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

const EXTRA = 3;

/** Tokens one after another or from a list, with scales and without, in rows and columns longer than what is taken of them. */
function* columnCases(call: (b: Bench, o: ColumnOperands) => void): Iterable<Case> {
  for (const [count, n, columns] of [[0, 4, 3], [1, 1, 1], [5, 3, 4], [9, 17, 5], [33, 64, 50], [600, 131, 90], [4, 0, 3], [4, 5, 0]] as const) {
    for (const listed of [false, true]) {
      for (const scaled of [false, true]) {
        yield [`${count} of ${columns} columns of ${n}${listed ? ", a list" : ""}${scaled ? ", scaled" : ""}`, (b) =>
          call(b, {
            count, n, columns,
            ldm: columns + EXTRA,
            index: b.inputInts(indices(count + 3, columns)),
            scale: scaled ? b.input(floats(count + 3, 7)) : 0,
            rows: listed ? b.inputInts(integers(count, 8, 0, count + 3)) : 0,
          })];
      }
    }
  }
}

interface ColumnOperands {
  readonly count: number;
  readonly n: number;
  readonly columns: number;
  readonly ldm: number;
  readonly index: Pointer;
  readonly scale: Pointer;
  readonly rows: Pointer;
}

export const embeddingCases = {
  gatherColumns: {
    tolerance: { relative: 3e-7, absolute: 1e-6 },
    *cases() {
      for (const biased of [false, true]) {
        for (const [name, run] of columnCases((b, { count, n, columns, ldm, index, scale, rows }) => {
          const y = b.output(floats((count + 3) * (n + EXTRA), 4));
          const bias = biased ? b.input(floats(n, 5)) : 0;
          b.kernels.gatherColumns(y, n + EXTRA, b.input(floats(n * ldm)), ldm, bias, index, scale, rows, count, n, columns);
        })) yield [`${name}${biased ? ", a bias" : ""}`, run];
      }
    },
  },
  scatterAddColumns: {
    tolerance: { relative: 1e-6, absolute: 2e-5 },
    cases: () =>
      columnCases((b, { count, n, columns, ldm, index, scale, rows }) =>
        b.kernels.scatterAddColumns(b.output(floats(n * ldm)), ldm, b.input(floats((count + 3) * (n + EXTRA), 2)), n + EXTRA, index, scale, rows, count, n, columns)),
  },
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
