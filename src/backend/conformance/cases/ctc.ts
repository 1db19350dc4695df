import { CTC_MOST_LABELS } from "../../generated/kernels.js";
import type { Bench, Case, Conformance } from "../bench.js";
import { floats, integers } from "../values.js";

interface Rows {
  readonly time: number;
  readonly classes: number;
  /** Labels of the longest labelling. */
  readonly most: number;
  /** Of each row; drawn where missing, some of them too short. */
  readonly lengths?: readonly number[];
  readonly batch?: number;
  readonly blank?: number;
  readonly how?: "with gradient" | "no gradient" | "in place";
  /** Spread of the logits. */
  readonly spread?: number;
  readonly change?: (logits: number[]) => void;
}

function logSoftmax(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const total = largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return row.map((value) => value - total);
}

/** Labels from few classes, so that neighbours are often equal; never the blank. */
function labelsOf(batch: number, most: number, classes: number, blank: number): number[] {
  return integers(batch * most, 7, 0, Math.max(1, Math.min(classes - 1, 5))).map((label) => (label >= blank ? label + 1 : label));
}

function run(b: Bench, { time, classes, most, batch = 5, blank = 0, how = "with gradient", spread = 3, change, ...rest }: Rows): void {
  const logits = [...floats(time * batch * classes, 1, -spread, spread)];
  change?.(logits);
  const values = Array.from({ length: time * batch }, (_, r) => logSoftmax(logits.slice(r * classes, (r + 1) * classes))).flat().map(Math.fround);
  const lengths = rest.lengths ?? Array.from({ length: batch }, (_, r) => Math.max(0, time - 3 * r));
  const counts = Array.from({ length: batch }, (_, r) => Math.max(0, most - 2 * r));
  const input = how === "in place" ? b.output(values) : b.input(values);
  const gradient = how === "no gradient" ? 0 : how === "in place" ? input : b.output(values.length);
  const work = how === "no gradient" ? 0 : b.scratch(batch * time * b.kernels.ctcWorkColumns(most));
  b.kernels.ctc(
    b.output(batch), gradient, work, input, b.inputInts(lengths), b.inputInts(labelsOf(batch, most, classes, blank)), b.inputInts(counts),
    time, batch, classes, most, blank,
  );
}

function* cases(): Iterable<Case> {
  for (const most of [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33]) {
    for (const how of ["with gradient", "no gradient", "in place"] as const) {
      yield [`${most} labels, ${how}`, (b) => run(b, { time: 2 * most + 5, classes: 7, most, how })];
    }
  }
  for (const classes of [2, 3, 8, 17, 96]) {
    for (const blank of [0, classes - 1]) yield [`${classes} classes, blank ${blank}`, (b) => run(b, { time: 19, classes, most: 6, blank })];
  }
  yield ["no rows", (b) => run(b, { time: 9, classes: 5, most: 3, batch: 0 })];
  yield ["no steps", (b) => run(b, { time: 0, classes: 5, most: 3 })];
  yield ["rows of no steps, too few, just enough and too many", (b) => run(b, { time: 11, classes: 30, most: 4, lengths: [0, 3, 4, 11, 50] })];
  yield ["one step", (b) => run(b, { time: 1, classes: 5, most: 1, batch: 2 })];
  yield ["rows for several threads", (b) => run(b, { time: 61, classes: 31, most: 20, batch: 13 })];
  yield ["a long row that is sure of itself", (b) => run(b, { time: 701, classes: 11, most: 40, batch: 2, spread: 4 })];
  yield ["labels that there are not, and the blank", (b) => {
    const values = logSoftmax(floats(4, 1)).map(Math.fround);
    const rows = Array.from({ length: 3 * 5 }, () => values).flat();
    const targets = b.inputInts([1, 4, -1, 2, 2, 0, 1, 2, 1, 2]);
    b.kernels.ctc(
      b.output(5), b.output(rows.length), b.scratch(5 * 3 * b.kernels.ctcWorkColumns(2)), b.input(rows), b.inputInts([3, 3, 3, 3, 3]),
      targets, b.inputInts([2, 2, 2, 3, -1]), 3, 5, 4, 2, 0,
    );
  }];
  yield ["more labels than there may be", (b) => {
    const most = CTC_MOST_LABELS + 1;
    b.kernels.ctc(
      b.output(1), 0, 0, b.input(logSoftmax([0.5, 0.1, 0.2])), b.inputInts([1]), b.inputInts(Array.from({ length: most }, (_, u) => 1 + (u % 2))),
      b.inputInts([most]), 1, 1, 3, most, 0,
    );
  }];
  yield ["classes that are impossible at times, and NaN", (b) =>
    run(b, {
      time: 9, classes: 4, most: 2, batch: 3, lengths: [9, 9, 9],
      change: (logits) => {
        logits[2] = logits[3] = -Infinity;
        // In the second row no label can come at any step.
        for (let t = 0; t < 9; t++) logits.fill(-Infinity, (3 * t + 1) * 4 + 1, (3 * t + 1) * 4 + 4);
        logits[(3 * 4 + 2) * 4] = NaN;
      },
    })];
}

export const ctcCases = {
  ctcWorkColumns: {
    *cases() {
      for (const most of [0, 7, 8, 9, 100]) yield [`${most} labels`, (b) => void b.output([b.kernels.ctcWorkColumns(most)])];
    },
  },
  ctc: { tolerance: { relative: 1e-5, absolute: 2e-5 }, cases },
} satisfies Record<string, Conformance>;
