/**
 * Small experiments: what a paper claims, tried on data that can be made in seconds, over several seeds, with a verdict that cannot be
 * talked round.
 */

/** A number that an experiment measures, once for each seed. */
export interface Figure {
  /** As a row of a table is called: "analogies, no subsampling". */
  readonly title: string;
  /** How it is written. @default three significant digits */
  readonly form?: "share" | "significant" | "whole";
  /** What others measured, in their words: the paper, on its own data, or the specification. */
  readonly published?: string;
}

/** What must come out for the claim to count as shown. */
export interface Check<Name extends string = string> {
  readonly claim: string;
  /** By how much it came out, from the figures of one seed: above 0 as claimed, else not. */
  readonly margin: (figures: Readonly<Record<Name, number>>) => number;
  /** Seeds that must agree. @default "every" */
  readonly seeds?: "every" | "median";
}

export interface ExperimentContext {
  /** Smaller, for a test or a first look: the sign of the outcome is the same, its size may not be. */
  readonly quick: boolean;
  /** Tells what is going on, in a few words. */
  readonly report: (doing: string) => void;
}

export interface Experiment<Name extends string = string> {
  /** As it is asked for: "word2vec". */
  readonly name: string;
  /** Authors, year, title. */
  readonly paper: string;
  /** What the paper says that is tried here. */
  readonly claim: string;
  /** Data, model and settings, so that somebody else could do it. */
  readonly setup: string;
  /** Why the published numbers stand beside ours only for orientation. */
  readonly caution?: string;
  /** What is measured, in the order of the table. */
  readonly figures: Readonly<Record<Name, Figure>>;
  readonly checks: readonly Check<Name>[];
  /** More threads would give other numbers from run to run, because they share what they write without locks. @default false */
  readonly needsOneThread?: boolean;
  /** Does it once. All that is random comes from the seed. */
  run(seed: number, context: ExperimentContext): Promise<Readonly<Record<Name, number>>>;
}

/** For the types: figures are then known by their names in `checks` and `run`, and the list of all experiments need not know them. */
export function defineExperiment<const Name extends string>(experiment: Experiment<Name>): Experiment {
  return experiment as Experiment;
}

export type Figures = Readonly<Record<string, number>>;

export interface Verdict {
  readonly claim: string;
  readonly shown: boolean;
  /** Of each seed. */
  readonly margins: readonly number[];
  readonly seeds: "every" | "median";
}

/** @param measured the figures of each seed */
export function judge({ checks }: Experiment, measured: readonly Figures[]): Verdict[] {
  return checks.map(({ claim, margin, seeds = "every" }) => {
    const margins = measured.map(margin);
    // Written so that NaN is not shown.
    const shown = margins.length > 0 && (seeds === "every" ? margins.every((each) => each > 0) : median(margins) > 0);
    return { claim, shown, margins, seeds };
  });
}

/** Mean and spread, the largest less the smallest, of one figure over the seeds. */
export function summarise(values: readonly number[]): { readonly mean: number; readonly spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, spread: Math.max(...values) - Math.min(...values) };
}

export function formatFigure(value: number, { form = "significant" }: Figure): string {
  if (!Number.isFinite(value)) return String(value);
  if (form === "share") return `${(100 * value).toFixed(1)} %`;
  if (form === "whole") return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
