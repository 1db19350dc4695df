/**
 * Rows of unequal lengths: the order in which the sequence machine takes them (longest first), and the lists of tokens for the
 * products outside its loop. Where all rows are equally long no list is needed.
 */
import type { Backend } from "../backend/backend.js";
import { type Tensor, ShapeError, shapeError } from "../tensor/index.js";
import { uncleared } from "../tensor/tensor.js";

export interface RowOrder {
  /** All rows are as long as the batch. */
  readonly dense: boolean;
  /** Batch rows, longest first, and their lengths: int32 [batch]. */
  readonly index: Tensor;
  readonly length: Tensor;
  /** All tokens, as rows of a [time * batch, ...] tensor; no list where dense. */
  readonly tokens: { readonly count: number; readonly rows: Tensor | undefined };
  /** Tokens that have one before them, and these; lists, or offsets (in rows) where dense. */
  readonly following: {
    readonly count: number;
    readonly rows: Tensor | undefined;
    readonly previousRows: Tensor | undefined;
    readonly offset: number;
    readonly previousOffset: number;
  };
  /** Tokens that are their row's first, and the batch rows they belong to. */
  readonly first: {
    readonly count: number;
    readonly rows: Tensor | undefined;
    readonly batchRows: Tensor | undefined;
    readonly offset: number;
  };
  /** Each batch row's last token in the direction of reading; -1 without tokens. int32 [batch] */
  readonly last: Tensor;
  /** For scatterAddRows: each batch row without tokens at its place, -1 for the others; undefined where all have tokens. */
  readonly unmoved: Tensor | undefined;
}

/** Dense orders are the same at every training step; the last few are kept. */
const known = new WeakMap<Backend, Map<string, RowOrder>>();
const KEPT = 16;

/** @throws ShapeError where lengths do not fit the batch */
export function checkLengths(operation: string, time: number, batch: number, lengths: readonly number[] | undefined): void {
  if (!lengths) return;
  if (lengths.length !== batch) throw shapeError(operation, "lengths", `${batch} of them, one for each row`, String(lengths.length));
  lengths.forEach((length, row) => {
    if (!Number.isInteger(length) || length < 0 || length > time) {
      throw new ShapeError(operation, `lengths[${row}]: expected a whole number from 0 to ${time}, got ${length}`);
    }
  });
}

/** Whether some row is shorter than the batch. */
export function isRagged(time: number, lengths: readonly number[] | undefined): lengths is readonly number[] {
  return lengths?.some((length) => length !== time) ?? false;
}

/** @throws ShapeError where lengths do not fit the batch */
export function rowOrder(
  backend: Backend,
  operation: string,
  time: number,
  batch: number,
  lengths: readonly number[] | undefined,
  reversed: boolean,
): RowOrder {
  checkLengths(operation, time, batch, lengths);
  if (isRagged(time, lengths)) return ragged(backend, batch, lengths, reversed);
  let orders = known.get(backend);
  if (!orders) known.set(backend, (orders = new Map()));
  const key = `${time} ${batch} ${reversed}`;
  let order = orders.get(key);
  if (!order) {
    if (orders.size === KEPT) orders.delete(orders.keys().next().value!);
    orders.set(key, (order = dense(backend, time, batch, reversed)));
  }
  return order;
}

function dense(backend: Backend, time: number, batch: number, reversed: boolean): RowOrder {
  const ints = (values: readonly number[]) => uncleared("lengths", backend, [values.length], "int32", true).set(values);
  const rows = Array.from({ length: batch }, (_, row) => row);
  const lastTime = reversed ? 0 : time - 1;
  const later = Math.max(0, time - 1) * batch;
  return {
    dense: true,
    index: ints(rows),
    length: ints(rows.map(() => time)),
    tokens: { count: time * batch, rows: undefined },
    following: {
      count: later,
      rows: undefined,
      previousRows: undefined,
      offset: reversed ? 0 : batch,
      previousOffset: reversed ? batch : 0,
    },
    first: { count: time === 0 ? 0 : batch, rows: undefined, batchRows: undefined, offset: reversed ? later : 0 },
    last: ints(rows.map((row) => (time === 0 ? -1 : lastTime * batch + row))),
    unmoved: time === 0 ? ints(rows) : undefined,
  };
}

function ragged(backend: Backend, batch: number, lengths: readonly number[], reversed: boolean): RowOrder {
  const ints = (values: readonly number[]) => uncleared("lengths", backend, [values.length], "int32").set(values);
  const rows = lengths.map((_, row) => row).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const tokens: number[] = [];
  const following: number[] = [];
  const previous: number[] = [];
  const first: number[] = [];
  const firstRows: number[] = [];
  for (let step = 0; step < lengths[rows[0]!]!; step++) {
    for (const row of rows) {
      const length = lengths[row]!;
      if (length <= step) break;
      const at = (s: number) => (reversed ? length - 1 - s : s) * batch + row;
      tokens.push(at(step));
      if (step > 0) {
        following.push(at(step));
        previous.push(at(step - 1));
      } else {
        first.push(at(step));
        firstRows.push(row);
      }
    }
  }
  const last = lengths.map((length, row) => (length === 0 ? -1 : (reversed ? 0 : length - 1) * batch + row));
  return {
    dense: false,
    index: ints(rows),
    length: ints(rows.map((row) => lengths[row]!)),
    tokens: { count: tokens.length, rows: ints(tokens) },
    following: { count: following.length, rows: ints(following), previousRows: ints(previous), offset: 0, previousOffset: 0 },
    first: { count: first.length, rows: ints(first), batchRows: ints(firstRows), offset: 0 },
    last: ints(last),
    unmoved: lengths.includes(0) ? ints(lengths.map((length, row) => (length === 0 ? row : -1))) : undefined,
  };
}
