/** Keeps what is shown of runs up to date while they are trained. */
import { useEffect, useRef, useState } from "preact/hooks";
import { library } from "../../library/client.js";
import type { RunReading } from "../../library/runs.js";
import { servedRuns, type Found } from "./places.js";

/** Milliseconds between two looks while something grows, and while nothing does. */
const SOON = 1500;
const LATER = 6000;
/** Looks in which nothing grew, after which it seems to be done, and looks become rare. */
const PATIENCE = 10;

export interface Followed {
  readonly reading?: RunReading;
  /** Why it cannot be read (any more). */
  readonly error?: string;
  /** It has grown since it was first read, and not long ago. */
  readonly growing: boolean;
  /** Looks since it grew. */
  readonly quiet: number;
}

/** What the server has: undefined until it has answered, null where it has no runs to show. New runs appear by themselves. */
export function useServed(): { readonly served: readonly Found[] | null | undefined; readonly error: string | undefined } {
  const [served, setServed] = useState<readonly Found[] | null>();
  const [error, setError] = useState<string>();
  useRepeated(async () => {
    try {
      const found = (await servedRuns()) ?? null;
      // What was there before stays the same object: it is not read anew.
      setServed((before) => found && found.map((run) => before?.find(({ name }) => name === run.name) ?? run));
      setError(undefined);
      return found ? LATER : undefined;
    } catch {
      setServed((before) => before ?? null);
      setError("The server of this page does not answer any more: what is shown is as it was. It is asked again every few seconds.");
      return LATER;
    }
  }, "");
  return { served, error };
}

/** Reads runs, one after the other, and those that may grow again and again: one question each as long as they have not grown. */
export function useFollowed(runs: readonly Found[]): ReadonlyMap<Found, Followed> {
  const [followed, setFollowed] = useState<ReadonlyMap<Found, Followed>>(new Map());
  const last = useRef(followed);
  const still = useRef(0);
  const key = useKey(runs);
  useRepeated(async (isCurrent) => {
    still.current++;
    for (const run of runs) {
      const before = last.current.get(run);
      if (before && !run.live) continue;
      const now = await look(run, before);
      if (!isCurrent()) return undefined;
      if (now === before) continue;
      if (now.reading !== before?.reading) still.current = 0;
      last.current = new Map([...last.current, [run, now]]);
      setFollowed(last.current);
    }
    if (!runs.some(({ live }) => live)) return undefined;
    return still.current < PATIENCE ? SOON : LATER;
  }, key);
  return followed;
}

async function look({ name, place }: Found, before: Followed | undefined): Promise<Followed> {
  try {
    const reading = await library().call("readRun", { name, place, seenBytes: before?.reading?.metricsBytes }).result;
    if (reading !== "unchanged") return { reading, growing: before?.reading !== undefined, quiet: 0 };
    // Only what was read can be unchanged.
    const { reading: seen, error, growing, quiet } = before as Followed & { reading: RunReading };
    if (error === undefined && !growing) return before!;
    return { reading: seen, growing: growing && quiet + 1 < PATIENCE, quiet: quiet + 1 };
  } catch (error) {
    const { message } = error as Error;
    return before?.error === message ? before : { ...before, growing: false, quiet: 0, error: message };
  }
}

/** Another text whenever another list is given. */
function useKey(list: readonly object[]): string {
  const seen = useRef<{ list: readonly object[]; key: number }>({ list, key: 0 });
  const same = seen.current.list.length === list.length && list.every((item, i) => item === seen.current.list[i]);
  if (!same) seen.current = { list, key: seen.current.key + 1 };
  return String(seen.current.key);
}

/** Calls `task`, and again after as many milliseconds as it says, once it is done; not while nobody sees the page. */
function useRepeated(task: (isCurrent: () => boolean) => Promise<number | undefined>, key: string): void {
  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async () => {
      const wait = document.hidden ? SOON : await task(() => current);
      if (current && wait !== undefined) timer = setTimeout(() => void again(), wait);
    };
    void again();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key]);
}
