/** What a page works on: that which comes with the Lab, or what a person chooses, or drops anywhere on the page. */
import { useRef } from "preact/hooks";
import { chosenFiles, runFoldersAmong, type NamedFile, type RunFolder } from "../library/run-folder.js";
import { Button } from "./controls.js";
import { useDropped } from "./dropped.js";
import "./source-field.css";

type Files = readonly NamedFile[] | Promise<readonly NamedFile[]>;

export interface SourceFieldProps {
  readonly label: string;
  /** What it works on now. */
  readonly says: string;
  /** Whether folders are chosen, not files. */
  readonly folder?: boolean;
  readonly inputLabel: string;
  /** On the button that lets choose. */
  readonly choose: string;
  /** On the button that goes back to what comes with the Lab; undefined where that is what is shown. */
  readonly back: string | undefined;
  /** @param what the name of what was chosen or dropped */
  readonly onFiles: (files: Files, what: string) => void;
  readonly onBack: () => void;
}

export function SourceField({ label, says, folder = false, inputLabel, choose, back, onFiles, onBack }: SourceFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const over = useDropped(onFiles);
  return (
    <section class={`source ${over ? "over" : ""}`} aria-label={label}>
      <p aria-live="polite">{says}</p>
      <span class="buttons">
        <input
          ref={input} type="file" class="unseen" tabIndex={-1} aria-label={inputLabel} {...(folder && { webkitdirectory: true })}
          onChange={({ currentTarget }) => {
            const files = chosenFiles(currentTarget.files!);
            // The same may be chosen again, after it was changed.
            currentTarget.value = "";
            if (files.length > 0) onFiles(files, files[0]!.path.split("/")[0]!);
          }}
        />
        <Button onClick={() => input.current!.click()}>{choose}</Button>
        {back !== undefined && <Button kind="quiet" onClick={onBack}>{back}</Button>}
      </span>
    </section>
  );
}

/** The one run among files. @throws Error with an explanation where there is none, or another */
export async function oneRunAmong(files: Files, what: string): Promise<RunFolder> {
  const found = runFoldersAmong(await files, what);
  if (found.length > 1) throw new Error(`${what} holds ${found.length} runs, ${found.slice(0, 3).map(({ name }) => name).join(", ")}${found.length > 3 ? ", …" : ""}: open one of them.`);
  return found[0]!;
}
