/** Over which text it is found out what units react to. */
import { useRef } from "preact/hooks";
import type { ReactionsRequest } from "../../library/reader.js";
import { Button } from "../../parts/controls.js";

export function LongerText({ over, length, done, error, own, onChange }: {
  readonly over: ReactionsRequest;
  /** Characters that were read. */
  readonly length: number | undefined;
  /** 0 to 1; undefined when nothing is being read. */
  readonly done: number | undefined;
  readonly error: string | undefined;
  /** The model is not the Lab's. */
  readonly own: boolean;
  readonly onChange: (over: ReactionsRequest) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const what = over.over === "own" ? "that the model wrote itself" : over.over === "file" ? `of ${over.name}` : "of three chapters that it has not learnt from";
  return (
    <div class="longer">
      <p class="small muted" aria-live="polite">
        {done !== undefined ? `Reading a longer text: ${Math.round(100 * done)} %` : length === undefined ? "" : `Correlations over ${length.toLocaleString("en")} characters ${what}.`}
      </p>
      {error && <p class="trouble small" role="alert">{error}</p>}
      <span class="buttons">
        <input
          ref={input} type="file" class="unseen" tabIndex={-1} aria-label="A text file"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            currentTarget.value = "";
            if (file) onChange({ over: "file", file, name: file.name });
          }}
        />
        <Button kind="quiet" onClick={() => input.current!.click()}>Another text …</Button>
        {over.over !== "own" && <Button kind="quiet" onClick={() => onChange({ over: "own" })}>Its own writing</Button>}
        {over.over !== "unread" && !own && <Button kind="quiet" onClick={() => onChange({ over: "unread" })}>Moby Dick</Button>}
      </span>
    </div>
  );
}
