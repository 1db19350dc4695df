/** A training as it is drawn: curves, and the map of how far the gradient reaches. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Library, type Call } from "../../library/client.js";
import type { LongLagConfig, Summary, WatchedEnd, WatchedStep } from "../../library/stories.js";

/** Columns of the map; more training steps than that share them. */
const MOST_COLUMNS = 500;

export class Track {
  readonly losses: number[] = [];
  readonly norms: number[] = [];
  readonly radii: number[] = [];
  /** Rows of the map, one per time step of the sequence; 0 before the first training step. */
  rows = 0;
  readonly columns: number;
  /** Training steps that share a column. */
  readonly stride: number;
  end: WatchedEnd | undefined;
  summary: Summary | undefined;
  error: string | undefined;
  /** log10 ||dL/dh_t||, as it is and as a share of ||dL/dh_T||, [rows, columns]; NaN where there is none yet. */
  #maps = { norm: new Float32Array(0), share: new Float32Array(0) };

  constructor(steps: number) {
    this.stride = Math.ceil(steps / MOST_COLUMNS);
    this.columns = Math.ceil(steps / this.stride);
  }

  add(steps: readonly WatchedStep[]): void {
    for (const { step, loss, gradientNorm, spectralRadius, reach } of steps) {
      this.losses.push(loss);
      this.norms.push(gradientNorm);
      this.radii.push(spectralRadius);
      if (this.rows === 0) {
        this.rows = reach.length;
        const empty = () => new Float32Array(this.rows * this.columns).fill(NaN);
        this.#maps = { norm: empty(), share: empty() };
      }
      const column = Math.floor((step - 1) / this.stride);
      const last = reach.at(-1)!;
      reach.forEach((norm, t) => {
        this.#maps.norm[t * this.columns + column] = Math.log10(norm);
        this.#maps.share[t * this.columns + column] = last === 0 ? NaN : Math.log10(norm / last);
      });
    }
  }

  /** The map as it is now; another object than before, so that it is drawn again. */
  map(which: "norm" | "share"): Float32Array {
    return this.#maps[which].subarray();
  }
}

export interface Training {
  readonly track: Track;
  readonly state: "training" | "done" | "failed";
}

/** Trains in a Worker of its own, again from the start whenever the configuration changes or `again` does. */
export function useTraining(config: LongLagConfig, { slow, paused, again }: { slow: boolean; paused: boolean; again: number }): Training {
  const library = useRef<Library | undefined>(undefined);
  const call = useRef<Call<"watch"> | undefined>(undefined);
  const [, draw] = useState(0);
  const track = useRef(new Track(config.steps));
  useEffect(() => () => library.current?.close(), []);
  const key = JSON.stringify(config);
  const first = useRef(true);
  useEffect(() => {
    const own = (track.current = new Track(config.steps));
    const shown = () => draw((n) => n + 1);
    let current = true;
    // Who types a number changes it with every digit.
    const timer = setTimeout(() => {
      library.current ??= new Library();
      const started = library.current.call("watch", { config, pace: slow ? 50 : undefined }, (steps) => {
        if (!current) return;
        own.add(steps);
        shown();
      });
      call.current = started;
      if (paused) started.tell("pause");
      started.result.then(
        ({ end, summary }) => Object.assign(own, { end, summary }),
        (error: Error) => (own.error = error.message),
      ).then(() => current && shown());
    }, first.current ? 0 : 350);
    first.current = false;
    return () => {
      current = false;
      clearTimeout(timer);
      call.current?.cancel();
      call.current = undefined;
    };
  }, [key, slow, again]);
  useEffect(() => call.current?.tell(paused ? "pause" : "go on"), [paused]);
  const { error, end } = track.current;
  return { track: track.current, state: error !== undefined ? "failed" : end ? "done" : "training" };
}
