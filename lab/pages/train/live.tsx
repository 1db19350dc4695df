/** A run while it is trained: how far it is, its curves, what it writes; and the ways to keep it. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { MetricsLine } from "../../library/runs.js";
import { shown } from "../../numbers.js";
import { Button } from "../../parts/controls.js";
import { LineChart } from "../../parts/line-chart.js";
import { grouped } from "./text-choice.js";
import { goOn, lines, pause, phase, progress, run, samples, stepNow, takeAway } from "./trainer.js";

/** Points of a curve; of more lines only every so many-th is drawn. */
const MOST_POINTS = 600;

/** @param children what can be done, beside it */
export function Status({ children }: { children?: ComponentChildren }) {
  const [held, now] = [run.value, progress.value];
  const at = phase.value;
  if (!held) return <div class="status"><p class="muted">{at === "starting" ? "Reading the text…" : "Nothing is trained yet."}</p></div>;
  const step = stepNow();
  const steps = now?.steps ?? held.steps;
  const state = { none: "", starting: "Reading the text…", training: "Training", paused: step === 0 ? "Ready" : "Paused", done: "Done" }[at];
  return (
    <div class="status">
      <p>
        <b>{state}</b> <span>{held.name}, step {grouped(step)}{steps !== undefined && ` of ${grouped(steps)}`}</span>
      </p>
      <div class="buttons">{children}</div>
      <progress aria-label="Steps" max={steps ?? 1} value={steps === undefined ? undefined : step} />
      <dl>
        <Fact name="Loss" value={now && Number.isFinite(now.trainingLoss) ? shown(now.trainingLoss) : last("trainingLoss")} unit={held.unit} />
        <Fact name="On unseen text" value={now?.validationLoss === undefined ? last("validationLoss") : shown(now.validationLoss)} unit={held.unit} />
        <Fact name="Norm of the gradient" value={last("gradientNorm")} unit="before clipping" />
        <Fact name="Speed" value={now && now.predictionsPerSecond > 0 ? grouped(Number(now.predictionsPerSecond.toPrecision(2))) : "–"} unit={`${held.token}s a second`} />
        <Fact name="Time left" value={at === "done" ? "none" : now && step > 1 ? duration(now.secondsLeft) : "–"} unit={now ? `after ${duration(now.elapsed)}` : ""} />
      </dl>
    </div>
  );
}

function Fact({ name, value, unit }: { name: string; value: string; unit: string }) {
  return <div><dt>{name}</dt><dd>{value}<small>{unit}</small></dd></div>;
}

function last(name: string): string {
  const value = lines.value.findLast((line) => line[name] !== undefined)?.[name];
  return value === undefined ? "–" : shown(value);
}

function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export function RunCurves() {
  const unit = run.value?.unit ?? "bits per character";
  const all = lines.value;
  const drawn = useMemo(() => thinned(all), [all]);
  const { x, columns: [training, validation, norm] } = useMemo(() => columnsOf(drawn, ["trainingLoss", "validationLoss", "gradientNorm"]), [drawn]);
  const losses = useMemo(() => [{ name: "training", values: training! }, { name: "unseen text", values: validation!, joined: true }], [training, validation]);
  const norms = useMemo(() => [{ name: "norm", values: norm!, colour: 4 as const }], [norm]);
  const ends = all.findLast((line) => line["trainingLoss"] !== undefined);
  return (
    <div class="run-curves">
      <figure>
        <figcaption>Loss</figcaption>
        <LineChart label={`Loss over training step, ${unit}${ends ? `: ${shown(ends["trainingLoss"]!)} at step ${ends.step}` : ""}`} x={x} xLabel="step" yLabel={unit} series={losses} height={230} />
      </figure>
      <figure>
        <figcaption>Gradient</figcaption>
        <LineChart label="Norm of the gradient over training step" x={x} xLabel="step" yLabel="norm, before clipping" series={norms} logarithmic={x.length > 1} height={230} />
      </figure>
    </div>
  );
}

/** At most so many lines; those with a validation stay. */
function thinned(all: readonly MetricsLine[]): readonly MetricsLine[] {
  const stride = Math.ceil(all.length / MOST_POINTS);
  return stride <= 1 ? all : all.filter((line, i) => i % stride === 0 || i === all.length - 1 || line["validationLoss"] !== undefined);
}

function columnsOf(all: readonly MetricsLine[], names: readonly string[]) {
  return { x: all.map(({ step }) => step), columns: names.map((name) => all.map((line) => line[name] ?? null)) };
}

export function Samples() {
  const [back, setBack] = useState(0);
  const all = samples.value;
  const place = Math.max(0, all.length - 1 - back);
  const sample = all[place];
  return (
    <section class="samples" aria-labelledby="train-writes">
      <h2 id="train-writes">What it writes</h2>
      <div class="over-time">
        <label>
          <span>{sample ? `After step ${grouped(sample.step)}` : "At every validation, twenty times in a training"}</span>
          <input type="range" min={0} max={Math.max(1, all.length - 1)} value={place} disabled={all.length < 2} onInput={(event) => setBack(all.length - 1 - Number(event.currentTarget.value))} />
        </label>
      </div>
      <pre tabIndex={0} role="group" aria-label="A sample">{sample?.text ?? ""}</pre>
    </section>
  );
}

/** The run's folder, to keep and to go on with elsewhere. */
export function TakeAway() {
  const held = run.value!;
  const [busy, setBusy] = useState(false);
  const done = phase.value === "done";
  const { name, config } = held;
  const elsewhere = config.data.inputs.filter((input) => input !== "-");
  const more = 2 * stepNow();
  const download = async () => {
    setBusy(true);
    const taken = await takeAway();
    setBusy(false);
    if (!taken) return;
    const url = URL.createObjectURL(taken.file);
    Object.assign(document.createElement("a"), { href: url, download: `${taken.name}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  return (
    <section class="take-away" aria-labelledby="train-keep">
      <h2 id="train-keep">Keep it</h2>
      <div class="buttons"><Button onClick={() => void download()} disabled={busy}>Download the run</Button></div>
      <p>
        The folder of a run: its settings{config.data.inputs.includes("-") && ", its text"}{held.cellSource !== undefined && ", its cell"}, its curves and its last checkpoints. The command line goes on with it, bit by bit as if it had begun there:
      </p>
      <pre tabIndex={0} role="group" aria-label="Commands">{`unzip ${name}.zip\nnpx unrolled resume ${name}${done ? ` --steps ${more}` : ""}\nnpx unrolled sample ${name}`}</pre>
      {elsewhere.length > 0 && <p class="small muted">Its text stays where it was: {elsewhere.join(", ")}.</p>}
      <p class="small muted">Dropped on this page, a folder or a .zip of one, made here or by <code>unrolled train text</code>, goes on here.</p>
    </section>
  );
}

/** @param wanted the step to train on to, when it is done */
export function RunButtons({ wanted }: { wanted: number }) {
  const at = phase.value;
  if (!run.value) return null;
  return (
    <>
      {at === "training" && <Button kind="main" onClick={() => void pause()}>Pause</Button>}
      {at === "paused" && <Button kind="main" onClick={() => void goOn()}>{stepNow() === 0 ? "Train" : "Go on"}</Button>}
      {at === "done" && wanted > stepNow() && <Button kind="main" onClick={() => void goOn(wanted)}>Train on to step {grouped(wanted)}</Button>}
      {at === "done" && wanted <= stepNow() && <p class="small muted">Raise the steps to train on.</p>}
    </>
  );
}
