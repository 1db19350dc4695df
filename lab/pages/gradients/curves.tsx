/** What both trainings have in common to compare: loss, norm of the gradient, spectral radius, over training steps. */
import type { LongLagConfig } from "../../library/stories.js";
import { LineChart, type Series } from "../../parts/line-chart.js";
import type { SideName } from "./settings.js";
import type { Track } from "./track.js";

interface CurvesProps {
  readonly tracks: Readonly<Record<SideName, Track>>;
  readonly labels: Readonly<Record<SideName, string>>;
  readonly configs: Readonly<Record<SideName, LongLagConfig>>;
  readonly chance: number;
  readonly unit: string;
}

export function Curves({ tracks, labels, configs, chance, unit }: CurvesProps) {
  void tracks.left.shown.value;
  void tracks.right.shown.value;
  const length = Math.max(2, tracks.left.losses.length, tracks.right.losses.length);
  const x = Array.from({ length }, (_, i) => i + 1);
  const both = (pick: (track: Track) => readonly number[]): Series[] =>
    (["left", "right"] as const).map((side, i) => ({
      name: labels[side],
      colour: i === 0 ? 2 : 1,
      values: x.map((_, at) => finite(pick(tracks[side])[at])),
    }));
  const level = (name: string, value: number, colour: 3 | 4 = 3): Series => ({ name, colour, dashed: true, values: x.map(() => value) });
  const clips = [...new Set([configs.left.clip, configs.right.clip])].filter((clip) => clip > 0);
  const end = ({ losses }: Track) => losses.at(-1)?.toPrecision(3) ?? "nothing yet";
  return (
    <div class="curves">
      <section aria-label="Loss">
        <h3>Loss</h3>
        <LineChart
          label={`Loss over training steps, on a logarithmic scale: left ${end(tracks.left)}, right ${end(tracks.right)}, guessing ${chance.toPrecision(3)}`}
          x={x} xLabel="training step" yLabel={unit} series={[...both(({ losses }) => losses), level("guessing", chance)]} logarithmic height={200}
        />
      </section>
      <section aria-label="Norm of the gradient">
        <h3>Norm of the whole gradient</h3>
        <LineChart
          label="Norm of the gradient of all weights over training steps, before clipping, on a logarithmic scale"
          x={x} xLabel="training step" yLabel="norm" series={[...both(({ norms }) => norms), ...clips.map((clip) => level("clipped above", clip))]} logarithmic height={200}
        />
      </section>
      <section aria-label="Spectral radius">
        <h3>Spectral radius of the recurrent matrix</h3>
        <LineChart
          label="Spectral radius of the recurrent matrix over training steps"
          x={x} xLabel="training step" yLabel="largest |eigenvalue|" series={[...both(({ radii }) => radii), level("one", 1)]} height={200}
        />
      </section>
    </div>
  );
}

/** Nothing to draw on a logarithmic scale, or at all. */
function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) || value <= 0 ? null : value;
}
