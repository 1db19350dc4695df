/** A training as it is drawn: curves, and the map of how far the gradient reaches. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
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
  /** Counts up whenever there is more to show: whoever reads it is drawn again, and nobody else. */
  readonly shown = signal(0);
  /** log10 ||dL/dh_t||, as it is and as a share of ||dL/dh_T||, [rows, columns]; NaN where there is none yet. */
  #maps = { norm: new Float32Array(0), share: new Float32Array(0) };

  constructor(steps: number) {
    this.stride = Math.ceil(steps / MOST_COLUMNS);
    this.columns = Math.ceil(steps / this.stride);
  }

  get state(): "training" | "done" | "failed" {
    void this.shown.value;
    return this.error !== undefined ? "failed" : this.end ? "done" : "training";
  }

  /** There is something to see. */
  get started(): boolean {
    return this.state !== "training" || this.losses.length > 0;
  }

  finish(ending: Pick<Track, "end" | "summary"> | Pick<Track, "error">): void {
    Object.assign(this, ending);
    this.shown.value++;
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
    this.shown.value++;
  }

  /** The map as it is now; another object than before, so that it is drawn again. */
  map(which: "norm" | "share"): Float32Array {
    return this.#maps[which].subarray();
  }
}

/** Trains in a Worker of its own, again from the start whenever the configuration changes or `again` does. */
export function useTraining(config: LongLagConfig, { slow, paused, again }: { slow: boolean; paused: boolean; again: number }): Track {
  const library = useRef<Library | undefined>(undefined);
  const call = useRef<Call<"watch"> | undefined>(undefined);
  const key = JSON.stringify(config);
  const track = useMemo(() => new Track(config.steps), [key, slow, again]);
  useEffect(() => () => library.current?.close(), []);
  const first = useRef(true);
  useEffect(() => {
    let current = true;
    // Who types a number changes it with every digit.
    const timer = setTimeout(() => {
      library.current ??= new Library();
      const started = library.current.call("watch", { config, pace: slow ? 50 : undefined }, (steps) => current && track.add(steps));
      call.current = started;
      if (paused) started.tell("pause");
      started.result.then(
        (ending) => track.finish(ending),
        (error: Error) => track.finish({ error: error.message }),
      );
    }, first.current ? 0 : 350);
    first.current = false;
    return () => {
      current = false;
      clearTimeout(timer);
      call.current?.cancel();
      call.current = undefined;
    };
  }, [track]);
  useEffect(() => call.current?.tell(paused ? "pause" : "go on"), [paused]);
  return track;
}
