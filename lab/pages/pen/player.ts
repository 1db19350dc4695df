/** Replaying: how many movements of a writing are made at this moment. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Writing } from "./writing.js";

/** "end": all there is, also while there comes more. */
export type Mode = "playing" | "paused" | "end";

export interface Player {
  /** Movements made, the last perhaps in part. */
  readonly at: Signal<number>;
  readonly mode: Signal<Mode>;
  /** Begins anew, or shows all at once to those who want no motion. */
  begin(writing: Writing): void;
  /** Shows another writing as the one before was shown: from its start, or whole. */
  follow(writing: Writing): void;
  toggle(): void;
  seek(at: number): void;
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param speed movements a second */
export function usePlayer(speed: number): Player {
  const at = useSignal(0);
  const mode = useSignal<Mode>("end");
  const writing = useRef<Writing | undefined>(undefined);
  const pace = useRef(speed);
  pace.current = speed;
  useEffect(() => {
    let frame = 0;
    let last = performance.now();
    const tick = (now: number) => {
      frame = requestAnimationFrame(tick);
      const passed = Math.min(0.1, (now - last) / 1000);
      last = now;
      const total = writing.current?.total ?? 0;
      if (mode.value === "end") at.value = total;
      else if (mode.value === "playing") {
        at.value = Math.min(total, at.value + passed * pace.current);
        if (at.value === total && writing.current?.result) mode.value = "end";
      }
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, []);
  const begin = (next: Writing) => {
    writing.current = next;
    at.value = 0;
    mode.value = still() ? "end" : "playing";
  };
  return {
    at, mode, begin,
    follow(next) {
      if (mode.value !== "end") return begin(next);
      writing.current = next;
      at.value = next.total;
    },
    toggle() {
      if (mode.value === "playing") mode.value = "paused";
      else {
        if (mode.value === "end") at.value = 0;
        mode.value = "playing";
      }
    },
    seek(wanted) {
      const total = writing.current?.total ?? 0;
      at.value = Math.min(total, Math.max(0, wanted));
      mode.value = at.value === total ? "end" : "paused";
    },
  };
}
