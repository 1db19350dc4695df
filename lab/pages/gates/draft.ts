/** A setting that changes often, at every key: it goes into the address once it has been left alone for a moment. */
import { useEffect, useRef, useState } from "preact/hooks";

/** Milliseconds. */
const REST = 400;

/** The value in force, and the way to change it; a value that comes from elsewhere takes its place. */
export function useDraft<T>(value: T, commit: (value: T) => void): readonly [T, (value: T) => void] {
  const [draft, setDraft] = useState<{ readonly value: T } | undefined>();
  const latest = useRef(commit);
  latest.current = commit;
  useEffect(() => setDraft(undefined), [value]);
  useEffect(() => {
    if (!draft) return undefined;
    const timer = setTimeout(() => {
      latest.current(draft.value);
      setDraft(undefined);
    }, REST);
    return () => clearTimeout(timer);
  }, [draft]);
  return [draft ? draft.value : value, (next) => setDraft({ value: next })];
}
