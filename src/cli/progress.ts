/** How training looks while it goes on, and its curve afterwards. */
import type { Progress } from "../train/index.js";
import { duration, grouped, short } from "./format.js";
import { plot, type Series } from "./plot.js";
import { visibleLength, type Terminal } from "./terminal.js";

/** Redraws of the live line per second. */
const FRAMES = 12;
/** Columns from which on there is room for a bar, and its length. */
const WIDE = 96;
const BAR = 12;

/** Shows progress: a line that is written over where a person watches, a line per validation in a log file. */
export class ProgressDisplay {
  readonly #terminal: Terminal;
  /** "character" */
  readonly #unit: string;
  #drawnAt = -Infinity;

  constructor(terminal: Terminal, unit: string) {
    this.#terminal = terminal;
    this.#unit = unit;
  }

  show(progress: Progress): void {
    if (!this.#terminal.interactive) {
      if (progress.logged?.["validationLoss"] !== undefined) this.#terminal.print(this.#logLine(progress));
      return;
    }
    const now = performance.now();
    if (now - this.#drawnAt < 1000 / FRAMES && progress.logged?.["validationLoss"] === undefined) return;
    this.#drawnAt = now;
    this.#terminal.live(this.#liveLine(progress));
  }

  #liveLine(progress: Progress): string {
    const { step, steps, predictionsPerSecond, secondsLeft, elapsed, trainingLoss, validationLoss } = progress;
    const terminal = this.#terminal;
    const done = steps === undefined ? elapsed / Math.max(1e-9, elapsed + secondsLeft) : step / steps;
    const counted = steps === undefined ? grouped(step) : `${grouped(step)}/${grouped(steps)}`;
    const parts = [
      `step ${counted}`,
      `${short(predictionsPerSecond)} ${shortUnit(this.#unit)}/s`,
      `${duration(secondsLeft)} left`,
      `train ${terminal.style("cyan", bits(trainingLoss))}`,
      `valid ${terminal.style("yellow", validationLoss === undefined ? "-" : bits(validationLoss))}`,
    ];
    const unit = ` bits/${shortUnit(this.#unit)}`;
    const text = parts.join("  ");
    const room = terminal.columns - 1 - visibleLength(text);
    const withUnit = room >= unit.length ? text + unit : text;
    // Numbers grow longer on the way: a bar that comes and goes would be worse than none.
    if (terminal.columns >= WIDE) return `${bar(terminal, done, BAR)} ${withUnit}`;
    return room >= 0 ? withUnit : cut(parts, terminal.columns - 1);
  }

  #logLine({ step, steps, predictionsPerSecond, secondsLeft, trainingLoss, validationLoss }: Progress): string {
    const unit = shortUnit(this.#unit);
    const of = steps === undefined ? "" : `/${steps}`;
    return (
      `step ${step}${of}: train ${bits(trainingLoss)}, valid ${bits(validationLoss!)} bits/${unit}, ` +
      `${short(predictionsPerSecond)} ${unit}/s, ${duration(secondsLeft)} left`
    );
  }
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

/** Nats as bits with three decimals. */
export function bits(nats: number): string {
  return (nats / Math.LN2).toFixed(3);
}

/** "char" for "character" where room is short. */
export function shortUnit(unit: string): string {
  return unit === "character" ? "char" : unit;
}

/** The curve of metrics.jsonl: training as a line, validation as marks. */
export function lossCurve(terminal: Terminal, metrics: readonly Readonly<Record<string, number>>[], unit: string): string[] {
  const points = (name: string) =>
    metrics.flatMap((line) => {
      const nats = line[name];
      return nats === undefined ? [] : [{ x: line["step"]!, y: nats / Math.LN2 }];
    });
  const width = Math.min(terminal.columns, 100);
  const training = points("trainingLoss");
  const series: Series[] = [
    { name: "training", points: averaged(training, width), drawAs: "line", paint: (text) => terminal.style("cyan", text) },
    { name: "validation", points: points("validationLoss"), drawAs: "marks", paint: (text) => terminal.style("yellow", text) },
  ];
  return plot(series, { width, xLabel: "steps", yLabel: `bits per ${unit}` });
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
