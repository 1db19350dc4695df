import type { Bench, Case, Conformance } from "../bench.js";
import { floats } from "../values.js";

interface Rows {
  readonly rows: number;
  readonly components: number;
  readonly clip?: number;
  readonly how?: "with gradient" | "no gradient" | "in place";
  /** Spread of the raw numbers. */
  readonly spread?: number;
}

/** Points near the means, some with the pen lifted; every seventh row is left out. */
function targets(rows: number): number[] {
  const offsets = floats(2 * rows, 3, -3, 3);
  return Array.from({ length: rows }, (_, r) => [offsets[2 * r]!, offsets[2 * r + 1]!, r % 7 === 5 ? -1 : r % 3 === 1 ? 1 : 0]).flat();
}

function run(b: Bench, { rows, components, clip = Infinity, how = "with gradient", spread = 1.5 }: Rows): void {
  const values = floats(rows * (6 * components + 1), 1, -spread, spread);
  const raw = how === "in place" ? b.output(values) : b.input(values);
  const gradient = how === "no gradient" ? 0 : how === "in place" ? raw : b.output(values.length);
  b.kernels.mixtureDensity(b.output(rows), gradient, raw, b.input(targets(rows)), rows, components, clip);
}

function* cases(): Iterable<Case> {
  for (const components of [1, 2, 3, 5, 8, 15, 16, 17, 20, 33, 256]) {
    for (const how of ["with gradient", "no gradient", "in place"] as const) {
      yield [`11 rows of ${components}, ${how}`, (b) => run(b, { rows: 11, components, how })];
    }
  }
  yield ["no rows", (b) => run(b, { rows: 0, components: 20 })];
  yield ["one row of 20", (b) => run(b, { rows: 1, components: 20 })];
  yield ["rows for several threads", (b) => run(b, { rows: 1009, components: 20 })];
  yield ["clipped to a hundredth", (b) => run(b, { rows: 31, components: 20, clip: Math.fround(0.01) })];
  yield ["values beyond the bounds of deviations and correlations", (b) => {
    const planes = [[0.3], [0.2, -0.4], [0.5, -1], [-0.5, 0.8], [12, 0.1], [0.2, -15], [0.3, -20]].flat();
    const raw = b.input([...planes, ...planes.map((value) => -value / 3)]);
    b.kernels.mixtureDensity(b.output(2), b.output(26), raw, b.input([0.7, 0.8, 1, 0.1, 0.2, 0]), 2, 2, 100);
  }];
  yield ["an end that is certain, a component that weighs nothing, and NaN", (b) => {
    const row = (end: number, weight: number) => [end, 0.2, weight, 0.5, -1, -0.5, 0.8, 0.1, -0.2, 0.3, 0, 0.4, -0.6];
    const raw = b.input([...row(80, 0), ...row(-80, 0), ...row(0.1, -Infinity), ...row(0.1, NaN)]);
    const target = b.input([0.7, -0.1, 0, 0.7, -0.1, 0, 0.7, -0.1, 1, 0.7, -0.1, 1]);
    b.kernels.mixtureDensity(b.output(4), b.output(52), raw, target, 4, 2, Infinity);
  }];
}

export const mixtureDensityCases = {
  mixtureDensity: { tolerance: { relative: 1e-5, absolute: 2e-5 }, cases },
} satisfies Record<string, Conformance>;
