/** Curves of runs over one axis; losses of different units have charts of their own. */
import type { MetricsLine, RunReading } from "../../library/runs.js";
import { LineChart, type Series } from "../../parts/line-chart.js";
import type { Axis, Curve } from "./settings.js";

export interface ShownRun {
  readonly name: string;
  readonly colour: 1 | 2 | 3 | 4;
  readonly reading: RunReading;
}

export const AXIS_LABELS: Readonly<Record<Axis, string>> = { step: "training step", predictions: "predictions learnt from", elapsed: "time (s)" };
export const CURVE_LABELS: Readonly<Record<Curve, string>> = { loss: "Loss", gradient: "Gradient", rate: "Learning rate" };

/** What is drawn of a line of metrics. */
const DRAWN: Readonly<Record<Curve, readonly { readonly key: string; readonly name: string; readonly dashed?: boolean }[]>> = {
  loss: [{ key: "trainingLoss", name: "training" }, { key: "validationLoss", name: "validation", dashed: true }],
  gradient: [{ key: "gradientNorm", name: "gradient" }],
  rate: [{ key: "learningRate", name: "learning rate" }],
};

export function Curves({ runs, axis, curve }: { runs: readonly ShownRun[]; axis: Axis; curve: Curve }) {
  const units = curve === "loss" ? [...new Set(runs.map(({ reading }) => reading.unit))] : [curve === "gradient" ? "norm, before clipping" : "learning rate"];
  return (
    <>
      {units.map((unit) => {
        const shown = curve === "loss" ? runs.filter(({ reading }) => reading.unit === unit) : runs;
        return <Chart key={unit} runs={shown} axis={axis} curve={curve} unit={unit} />;
      })}
    </>
  );
}

function Chart({ runs, axis, curve, unit }: { runs: readonly ShownRun[]; axis: Axis; curve: Curve; unit: string }) {
  const drawn = runs.flatMap(({ name, colour, reading }) =>
    DRAWN[curve].map(({ key, name: of, dashed = false }) => ({ name: `${name}, ${of}`, colour, dashed, points: pointsOf(reading.metrics, axis, key) })),
  ).filter(({ points }) => points.size > 0);
  const x = [...new Set(drawn.flatMap(({ points }) => [...points.keys()]))].sort((a, b) => a - b);
  if (x.length === 0) return <p class="muted">No {unit} over {AXIS_LABELS[axis]} yet.</p>;
  const series = drawn.map(({ points, ...rest }): Series => ({ ...rest, joined: true, values: x.map((at) => points.get(at) ?? null) }));
  const ends = drawn.map(({ name, points }) => `${name} ${[...points.values()].at(-1)!.toPrecision(4)}`).join("; ");
  return (
    <section class="curve" aria-label={`${CURVE_LABELS[curve]}, ${unit}`}>
      <h2>{CURVE_LABELS[curve]}{curve === "loss" && <small> {unit}</small>}</h2>
      <LineChart label={`${CURVE_LABELS[curve]} over ${AXIS_LABELS[axis]}, ${unit}. Last: ${ends}`} x={x} xLabel={AXIS_LABELS[axis]} yLabel={unit} series={series} height={340} />
    </section>
  );
}

function pointsOf(metrics: readonly MetricsLine[], axis: Axis, key: string): Map<number, number> {
  return new Map(metrics.flatMap((line) => {
    const [x, y] = [line[axis], line[key]];
    return x !== undefined && y !== undefined ? [[x, y] as const] : [];
  }));
}

/** The axes that all of the runs have something for. */
export function axesOf(runs: readonly ShownRun[], axes: readonly Axis[]): readonly Axis[] {
  return axes.filter((axis) => axis === "step" || (runs.length > 0 && runs.every(({ reading }) => reading.metrics.some((line) => line[axis] !== undefined))));
}
