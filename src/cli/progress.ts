/** How training looks while it goes on, and its curve afterwards. */
import type { Progress } from "../train/index.js";
import { duration, grouped, short } from "./format.js";
import { plot, type Series } from "./plot.js";
import { visibleLength, type Style, type Terminal } from "./terminal.js";

/** Redraws of the live line per second. */
const FRAMES = 12;
/** Columns from which on there is room for a bar, and its length. */
const WIDE = 96;
const BAR = 12;

/** What the losses of a kind of training are told in. */
export interface LossUnit {
  /** "bits per character" */
  readonly name: string;
  /** "bits/char" */
  readonly short: string;
  /** A loss of the training loop in this unit, and how that is written. */
  readonly of: (loss: number) => number;
  readonly format: (loss: number) => string;
}

/** What is shown of a kind of training. */
export interface ProgressForm {
  /** What is read, short: "char", "words". */
  readonly read: string;
  readonly unit: LossUnit;
  readonly losses: readonly { readonly name: string; readonly style: Style; readonly of: (progress: Progress) => number | undefined }[];
  /** Whether it has a line in a log file. */
  readonly isLogged: (progress: Progress) => boolean;
}

/** Losses of training and validation, with a line in a log file for every validation. */
export const TRAINING_AND_VALIDATION: Pick<ProgressForm, "losses" | "isLogged"> = {
  losses: [
    { name: "train", style: "cyan", of: ({ trainingLoss }) => trainingLoss },
    { name: "valid", style: "yellow", of: ({ validationLoss }) => validationLoss },
  ],
  isLogged: ({ logged }) => logged?.["validationLoss"] !== undefined,
};

/** Shows progress: a line that is written over where a person watches, a line now and then in a log file. */
export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #form: ProgressForm;
  #drawnAt = -Infinity;

  constructor(terminal: Terminal, form: ProgressForm) {
    this.#terminal = terminal;
    this.#form = form;
  }

  show(progress: Progress): void {
    const logged = this.#form.isLogged(progress);
    if (!this.#terminal.interactive) {
      if (logged) this.#terminal.print(this.#logLine(progress));
      return;
    }
    const now = performance.now();
    if (now - this.#drawnAt < 1000 / FRAMES && !logged) return;
    this.#drawnAt = now;
    this.#terminal.live(this.#liveLine(progress));
  }

  #liveLine(progress: Progress): string {
    const { step, steps, predictionsPerSecond, secondsLeft, elapsed } = progress;
    const { read, unit, losses } = this.#form;
    const terminal = this.#terminal;
    const done = steps === undefined ? elapsed / Math.max(1e-9, elapsed + secondsLeft) : step / steps;
    const counted = steps === undefined ? grouped(step) : `${grouped(step)}/${grouped(steps)}`;
    const parts = [
      `step ${counted}`,
      `${short(predictionsPerSecond)} ${read}/s`,
      `${duration(secondsLeft)} left`,
      ...losses.map(({ name, style, of }) => `${name} ${terminal.style(style, lossText(of(progress), unit))}`),
    ];
    const text = parts.join("  ");
    const room = terminal.columns - 1 - visibleLength(text);
    const withUnit = room > unit.short.length ? `${text} ${unit.short}` : text;
    // Numbers grow longer on the way: a bar that comes and goes would be worse than none.
    if (terminal.columns >= WIDE) return `${bar(terminal, done, BAR)} ${withUnit}`;
    return room >= 0 ? withUnit : cut(parts, terminal.columns - 1);
  }

  #logLine(progress: Progress): string {
    const { step, steps, predictionsPerSecond, secondsLeft } = progress;
    const { read, unit, losses } = this.#form;
    const shown = losses.map(({ name, of }) => `${name} ${lossText(of(progress), unit)}`).join(", ");
    const counted = steps === undefined ? step : `${step}/${steps}`;
    return `step ${counted}: ${shown} ${unit.short}, ${short(predictionsPerSecond)} ${read}/s, ${duration(secondsLeft)} left`;
  }
}

function lossText(loss: number | undefined, { format }: LossUnit): string {
  return loss === undefined || Number.isNaN(loss) ? "-" : format(loss);
}

/** As many of the parts as fit. */
function cut(parts: readonly string[], width: number): string {
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : `${line}  ${part}`;
    if (visibleLength(longer) > width) break;
    line = longer;
  }
  return line;
}

function bar(terminal: Terminal, done: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, done)) * width);
  return terminal.style("cyan", "━".repeat(full)) + terminal.style("dim", "─".repeat(width - full));
}

/** The curve of metrics.jsonl: training as a line, validation as marks. */
export function lossCurve(terminal: Terminal, metrics: readonly Readonly<Record<string, number>>[], unit: LossUnit): string[] {
  const points = (name: string) =>
    metrics.flatMap((line) => {
      const loss = line[name];
      return loss === undefined ? [] : [{ x: line["step"]!, y: unit.of(loss) }];
    });
  const width = Math.min(terminal.columns, 100);
  const training = points("trainingLoss");
  const series: Series[] = [
    { name: "training", points: averaged(training, width), drawAs: "line", paint: (text) => terminal.style("cyan", text) },
    { name: "validation", points: points("validationLoss"), drawAs: "marks", paint: (text) => terminal.style("yellow", text) },
  ];
  return plot(series, { width, xLabel: "steps", yLabel: unit.name });
}

/** About `count` points, each the mean of its neighbours: a line of the noise of single batches would be a band. */
function averaged(points: readonly { x: number; y: number }[], count: number): { x: number; y: number }[] {
  const group = Math.max(1, Math.floor(points.length / count));
  const means: { x: number; y: number }[] = [];
  for (let at = 0; at < points.length; at += group) {
    const part = points.slice(at, at + group);
    const mean = (value: (point: { x: number; y: number }) => number) => part.reduce((sum, each) => sum + value(each), 0) / part.length;
    means.push({ x: mean(({ x }) => x), y: mean(({ y }) => y) });
  }
  return means;
}
