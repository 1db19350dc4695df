import { distinct, type Bench, type Case, type Conformance } from "../bench.js";
import * as K from "../../generated/kernels.js";
import { floats, integers, LARGE, SIZES, SPECIALS } from "../values.js";

const namesOf = (prefix: string) => Object.entries(K).filter(([name]) => name.startsWith(prefix)) as [string, number][];
const MAPS = namesOf("MAP_");
const ZIPS = namesOf("ZIP_");

/** Arguments at which a map makes sense; |x|^p loses accuracy with the size of p log |x|. */
function domainOf(op: number): [from: number, to: number] {
  if (op === K.MAP_LOG || op === K.MAP_SQRT) return [0.01, 20];
  if (op === K.MAP_POW) return [0.1, 4];
  return [-6, 6];
}

const P = Math.fround(0.7);

/** A shape with strides into two operands, and how many elements those have. */
interface Layout {
  readonly name: string;
  readonly shape: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** Elements from the first to the last that a walk touches, and where in them it starts: strides may be negative. */
export function extent(shape: readonly number[], strides: readonly number[]): { length: number; start: number } {
  if (shape.includes(0)) return { length: 1, start: 0 };
  const reach = shape.map((size, axis) => (size - 1) * strides[axis]!);
  const below = reach.reduce((sum, r) => sum + Math.min(r, 0), 0);
  const above = reach.reduce((sum, r) => sum + Math.max(r, 0), 0);
  return { length: above - below + 1, start: -below };
}

const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Cut for threads by rows, and within rows. */
const LARGE_LAYOUTS: readonly Layout[] = [
  { name: "[250, 1000] and a row", shape: [250, 1000], a: [1000, 1], b: [0, 1] },
  { name: "[2, 130001] and a column", shape: [2, 130_001], a: [130_001, 1], b: [1, 0] },
];

function layouts(): Layout[] {
  const list: Layout[] = SIZES.map((n) => ({ name: `[${n}] same`, shape: [n], a: [1], b: [1] }));
  for (const [rows, columns] of [[3, 1], [1, 5], [5, 7], [4, 16], [3, 97], [33, 17]] as const) {
    const shape = [rows, columns];
    const name = `[${rows}, ${columns}]`;
    const full = [columns, 1];
    list.push(
      { name: `${name} and a scalar`, shape, a: full, b: [0, 0] },
      { name: `a scalar and ${name}`, shape, a: [0, 0], b: full },
      { name: `two scalars over ${name}`, shape, a: [0, 0], b: [0, 0] },
      { name: `${name} and a row`, shape, a: full, b: [0, 1] },
      { name: `a column and ${name}`, shape, a: [1, 0], b: full },
      { name: `a column and a row over ${name}`, shape, a: [1, 0], b: [0, 1] },
      { name: `${name} and a transpose`, shape, a: full, b: [1, rows] },
      { name: `${name} of wider rows, backwards`, shape, a: [columns + 3, 1], b: [-columns, -1] },
    );
  }
  list.push(
    { name: "rank 0", shape: [], a: [], b: [] },
    { name: "an axis of 0", shape: [3, 0, 5], a: [5, 5, 1], b: [0, 0, 1] },
    { name: "[4, 3, 5] with the middle broadcast", shape: [4, 3, 5], a: [15, 5, 1], b: [5, 0, 1] },
    { name: "[2, 3, 4] permuted", shape: [2, 3, 4], a: [1, 8, 2], b: [12, 4, 1] },
    { name: "rank 8", shape: [2, 1, 3, 2, 1, 2, 2, 3], a: [72, 72, 24, 12, 12, 6, 3, 1], b: [1, 0, 2, 0, 6, 6, 0, 12] },
  );
  return list;
}

function* mapCases(): Iterable<Case> {
  for (const [name, op] of MAPS) {
    const values = (n: number) => floats(n, n + 1, ...domainOf(op));
    for (const n of SIZES) yield [`${name} of ${n}`, (b) => b.kernels.map(op, b.output(n), b.input(values(n)), n, P)];
    yield [`${name} in place`, (b) => {
      const y = b.output(values(37));
      b.kernels.map(op, y, y, 37, P);
    }];
    if (op === K.MAP_COPY || op === K.MAP_TANH) {
      yield [`${name} of many`, (b) => b.kernels.map(op, b.output(LARGE), b.input(values(LARGE)), LARGE, P)];
    }
    const n = SPECIALS.length;
    const specials = SPECIALS.map((a) => {
      if (Math.abs(a) < 2 ** -126 && FLUSHED.has(op)) return 0;
      return Number.isFinite(a) && Math.abs(a) > 1e9 && NOT_FAR_OUT.has(op) ? 3 : a;
    });
    yield [`${name} of special values`, (b) => b.kernels.map(op, b.output(n), b.input(specials), n, P)];
  }
  for (const p of [0, 1, -1, 3].map(Math.fround)) {
    yield [`MAP_POW to ${p}`, (b) => b.kernels.map(K.MAP_POW, b.output(9), b.input([0, 1, 2, 3, 4, -2, NaN, 0.5, 7]), 9, p)];
  }
}

/** Maps to which a denormal that the processor flushes makes a difference. */
const FLUSHED = new Set<number>([K.MAP_SQRT, K.MAP_RECIPROCAL, K.MAP_STEP]);
/** Maps that are not accurate far out. */
const NOT_FAR_OUT = new Set<number>([K.MAP_SIN, K.MAP_COS, K.MAP_POW]);

function* mapBackwardCases(): Iterable<Case> {
  for (const [name, op] of MAPS) {
    const run = (n: number, a: readonly number[]) => (b: Bench) => {
      const input = b.input(a);
      const y = b.scratch(n);
      b.kernels.map(op, y, input, n, P);
      b.kernels.mapBackward(op, b.output(floats(n, 3)), input, y, b.input(floats(n, 4)), n, P);
    };
    for (const n of [0, 1, 5, 16, 33, 131]) yield [`${name} of ${n}`, run(n, floats(n, n + 1, ...domainOf(op)))];
    if (op === K.MAP_TANH) yield [`${name} of many`, run(LARGE, floats(LARGE, 5, ...domainOf(op)))];
    const corners = [1, -1, P, -P, 2, NaN];
    yield [`${name} at the corners`, run(6, corners)];
    if (op !== K.MAP_SQRT && op !== K.MAP_LOG && op !== K.MAP_RECIPROCAL) yield [`${name} at zero`, run(2, [0, -0])];
  }
}

function* zipCases(): Iterable<Case> {
  const call = (b: Bench, op: number, { shape, a, b: second }: Layout, values: typeof floats) => {
    const first = extent(shape, a);
    const other = extent(shape, second);
    b.kernels.zip(
      op, b.output(count(shape)), b.input(values(first.length, 1)) + 4 * first.start, b.inputInts(a),
      b.input(values(other.length, 2)) + 4 * other.start, b.inputInts(second), b.inputInts(shape), shape.length,
    );
  };
  // Few different values, so that some are equal.
  const coarse = (n: number, seed = 1) => integers(n, seed, 1, 9).map((value) => value / 4);
  for (const [name, op] of ZIPS) {
    for (const layout of op === K.ZIP_ADD ? [...layouts(), ...LARGE_LAYOUTS] : layouts()) {
      yield [`${name}, ${layout.name}`, (b) => call(b, op, layout, coarse)];
    }
    yield [`${name}, fine values`, (b) => call(b, op, { name: "", shape: [257], a: [1], b: [1] }, floats)];
    const n = SPECIALS.length;
    const normal = SPECIALS.map((value) => (Math.abs(value) < 2 ** -126 ? 0 : value));
    yield [`${name}, special values against each other`, (b) => {
      const [shape, a, second] = [[n, n], [1, 0], [0, 1]];
      b.kernels.zip(
        op, b.output(n * n), b.input(normal), b.inputInts(a), b.input(normal), b.inputInts(second), b.inputInts(shape), 2,
      );
    }];
    yield [`${name} in place`, (b) => {
      const y = b.output(coarse(35, 3));
      b.kernels.zip(op, y, y, b.inputInts([7, 1]), b.input(coarse(7, 4)), b.inputInts([0, 1]), b.inputInts([5, 7]), 2);
    }];
  }
}

function* copyCases(): Iterable<Case> {
  const copy = (shape: readonly number[], strides: readonly number[]): Case => [
    `[${shape.join(", ")}] from strides [${strides.join(", ")}]`,
    (b) => {
      const { length, start } = extent(shape, strides);
      b.kernels.copyStrided(
        b.output(count(shape)), b.input(floats(length)) + 4 * start, b.inputInts(strides), b.inputInts(shape), shape.length,
      );
    },
  ];
  for (const { shape, a, b } of [...layouts(), ...LARGE_LAYOUTS]) {
    yield copy(shape, a);
    yield copy(shape, b);
  }
  for (const [rows, columns] of [[4, 4], [8, 8], [16, 16], [7, 9], [17, 31], [33, 16], [130, 150], [1, 20], [260, 3]] as const) {
    yield copy([columns, rows], [1, columns]);
  }
  yield copy([3, 20, 2, 18], [720, 1, 360, 20]);
  yield copy([2, 3, 17, 9], [459, 153, 1, 17]);
  yield copy([520, 500], [1, 520]);
  yield copy([5, 40, 300], [12_000, 1, 40]);
  yield copy([100], [7]);
}

export const pointwiseCases = {
  map: { tolerance: { relative: 1e-6, absolute: 4e-7 }, cases: mapCases },
  mapBackward: { tolerance: { relative: 3e-6, absolute: 2e-6 }, cases: mapBackwardCases },
  zip: { cases: zipCases },
  copyStrided: { cases: () => distinct(copyCases()) },
  fill: {
    *cases() {
      for (const n of [...SIZES, LARGE]) yield [`${n} floats`, (b) => b.kernels.fill(b.output(n), -1.5, n)];
      yield ["with NaN", (b) => b.kernels.fill(b.output(floats(5)), NaN, 5)];
    },
  },
  fillInt: {
    *cases() {
      for (const n of SIZES) {
        yield [`${n} integers`, (b) => b.kernels.fillInt(b.outputInts(integers(n, 1, 0, 9)), -2_147_483_648, n)];
      }
    },
  },
  axpy: {
    tolerance: { relative: 3e-7, absolute: 3e-7 },
    *cases() {
      for (const n of [...SIZES, LARGE]) {
        yield [`${n} floats`, (b) => b.kernels.axpy(b.output(floats(n, 1)), Math.fround(-0.3), b.input(floats(n, 2)), n)];
      }
    },
  },
  scaleBy: {
    *cases() {
      for (const n of [...SIZES, LARGE]) {
        yield [`${n} floats`, (b) => b.kernels.scaleBy(b.output(floats(n)), b.input([0.75]), n)];
      }
    },
  },
} satisfies Record<string, Conformance>;
