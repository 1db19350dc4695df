/** Trains a small network on a long-lag task and tells of every step: its loss, its gradients, and how far they reach. */
import { defaultBackend } from "unrolled";
import { summarise, watchLongLag, type LongLagConfig, type Summary, type WatchedEnd, type WatchedStep } from "unrolled/systems/long-lag";
import type { Service } from "./protocol.js";

export interface WatchRequest {
  readonly config: LongLagConfig;
  /** Steps per second at most; as fast as it goes where missing. */
  readonly pace?: number | undefined;
}

export interface WatchResult {
  readonly end: WatchedEnd;
  readonly summary: Summary;
}

/** Milliseconds between reports. */
const REPORT_EVERY = 150;

export const watch: Service<WatchRequest, WatchResult, readonly WatchedStep[], "pause" | "go on"> = async ({ config, pace }, { signal, report, breathe, onTold }) => {
  // Two trainings run side by side, each in a Worker: a thread for each is quickest.
  defaultBackend().setThreads(1);
  const held = { now: false };
  let wake = () => {};
  onTold((wish) => {
    held.now = wish === "pause";
    wake();
  });
  signal.addEventListener("abort", () => wake());
  const resting = (milliseconds?: number) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (milliseconds !== undefined) setTimeout(resolve, milliseconds);
    });

  const training = watchLongLag(config);
  const steps: WatchedStep[] = [];
  let told = 0;
  let toldAt = performance.now();
  const tell = () => {
    if (told < steps.length) report(steps.slice(told));
    told = steps.length;
    toldAt = performance.now();
  };
  const began = performance.now();
  let pausedFor = 0;
  try {
    for (;;) {
      const { done, value } = await training.next();
      if (done) {
        tell();
        return { end: value, summary: summarise(config, { steps, end: value }) };
      }
      steps.push(value);
      if (performance.now() - toldAt >= REPORT_EVERY) tell();
      const ahead = pace === undefined ? 0 : began + pausedFor + (1000 * steps.length) / pace - performance.now();
      if (ahead > 4) await resting(ahead);
      else await breathe();
      if (held.now) {
        tell();
        const since = performance.now();
        while (held.now && !signal.aborted) await resting();
        pausedFor += performance.now() - since;
      }
      signal.throwIfAborted();
    }
  } finally {
    await training.return({ outcome: "complete" });
  }
};
