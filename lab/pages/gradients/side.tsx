/** One of the two trainings: its remedies, and the map of its gradient. */
import type { LongLagConfig } from "../../library/stories.js";
import { shown, shownSlope, superscript } from "../../numbers.js";
import { NumberField, Segmented, Select, Trouble } from "../../parts/controls.js";
import { HeatMap } from "../../parts/heat-map.js";
import { CELLS, INITIALS, inWords, LIMITS, OPTIMIZERS, RATES, type SideName } from "./settings.js";
import type { Track } from "./track.js";

/** Norms at the ends of the colours, as powers of ten. */
const [LOW, HIGH] = [-8, 1];

export function Side({ side, label, config, other, track, timeSteps, map, onChange }: {
  side: SideName;
  label: string;
  config: LongLagConfig;
  /** The configuration beside it: where they differ is marked. */
  other: LongLagConfig;
  track: Track;
  /** Rows of the map before there are any. */
  timeSteps: number;
  /** What the map shows: norms, or their share of that at the last step of the sequence. */
  map: "norm" | "share";
  onChange: (changes: Partial<LongLagConfig>) => void;
}) {
  const mark = (name: keyof LongLagConfig) => (config[name] === other[name] ? "" : "differs");
  const rates = [...new Set([...RATES, config.lr])].toSorted((a, b) => a - b).map((rate) => [String(rate), String(rate)] as const);
  return (
    <section class={`side ${side}`} aria-label={`${side}: ${label}`}>
      <h3><i aria-hidden="true" />{label}</h3>
      <div class="remedies">
        <div class={mark("cell")}><Select label="Cell" value={config.cell} choices={CELLS} onChange={(cell) => onChange({ cell })} /></div>
        <div class={mark("initial")}><Select label="Recurrent weights start" value={config.initial} choices={INITIALS} onChange={(initial) => onChange({ initial })} /></div>
        <NumberField class={mark("gain")} label="Times" value={config.gain} {...LIMITS.gain} step={0.1} onChange={(gain) => onChange({ gain })} />
        <div class={config.cell === "lstm" ? mark("forgetBias") : "away"}>
          <NumberField label="Forget bias" value={config.forgetBias} {...LIMITS.forgetBias} step={1} onChange={(forgetBias) => onChange({ forgetBias })} />
        </div>
        <div class={mark("optimizer")}><Segmented label="Optimiser" value={config.optimizer} choices={OPTIMIZERS} onChange={(optimizer) => onChange({ optimizer })} /></div>
        <div class={mark("lr")}><Select label="Learning rate" value={String(config.lr)} choices={rates} onChange={(lr) => onChange({ lr: Number(lr) })} /></div>
        <NumberField class={mark("clip")} label="Clip norm to (0: no)" value={config.clip} {...LIMITS.clip} step={0.5} onChange={(clip) => onChange({ clip })} />
        <NumberField class={mark("truncate")} label="Back at most (0: all)" value={config.truncate} {...LIMITS.truncate} step={1} whole onChange={(truncate) => onChange({ truncate })} />
      </div>
      <Seen config={config} track={track} timeSteps={timeSteps} map={map} />
    </section>
  );
}

/** What changes while it trains: the map and what is said below it. */
function Seen({ config, track, timeSteps, map }: { config: LongLagConfig; track: Track; timeSteps: number; map: "norm" | "share" }) {
  void track.shown.value;
  return (
    <>
      <HeatMap
        label={`Norm of the gradient of the loss by the state${map === "share" ? ", as a share of that at the last step" : ""}, for each step of the sequence and each training step. ${inWords(config)}. ${reached(track)}`}
        rows={track.rows || timeSteps}
        columns={track.columns}
        values={track.rows > 0 ? track.map(map) : NOTHING}
        low={LOW}
        high={HIGH}
        format={(power) => (power === -Infinity ? "0" : power <= LOW || power >= HIGH || Number.isInteger(power) ? `10${superscript(Math.round(power))}` : shownSlope(10 ** power))}
        xLabel={`training step (1 to ${config.steps})`}
        yLabel="← step of the sequence"
        height={230}
        describe={(row, column) => `step ${row + 1} of the sequence, training step ${column * track.stride + 1}`}
      />
      <p class="status">{statusOf(track, config)}</p>
      {track.state === "failed" && <Trouble>{track.error}</Trouble>}
    </>
  );
}

const NOTHING = new Float32Array(0);

function statusOf(track: Track, { steps }: LongLagConfig): string {
  if (track.state === "failed") return "";
  if (track.end?.outcome === "diverged") return `Broke down at step ${track.end.step}: the loss or its gradient is no longer a number.`;
  if (track.losses.length === 0) return "Starting …";
  const at = track.end ? "Done" : `Step ${track.losses.length} of ${steps}`;
  return `${at}. Loss ${shownSlope(track.losses.at(-1)!)}, norm of the gradient ${shownSlope(track.norms.at(-1)!)}, spectral radius ${shown(track.radii.at(-1)!)}.`;
}

function reached({ summary }: Track): string {
  if (!summary) return "";
  return `Of the norm at the last step ${shownSlope(summary.firstReach)} reaches the first at the start of the training, ${shownSlope(summary.lastReach)} at its end.`;
}
