/** What is learnt from: the text that comes with the Lab, or one that is dropped, chosen or pasted. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { library } from "../../library/client.js";
import type { SeenText } from "../../library/texts.js";
import { Button, Segmented, Trouble } from "../../parts/controls.js";
import { OWN } from "./choices.js";
import type { Settings } from "./settings.js";

/** A text that was given, for as long as the Lab is open. */
export const given = signal<{ readonly name: string; readonly content: Blob } | undefined>(undefined);

const TEXTS = [["moby-dick", "Moby Dick"], [OWN, "Your own"]] as const;
/** Milliseconds after which what is typed is looked at. */
const PAUSE = 300;

export function TextChoice({ value, bytes, onChange }: { value: Settings["text"]; bytes: boolean; onChange: (text: Settings["text"]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [pasting, setPasting] = useState(false);
  return (
    <section class="part" aria-labelledby="train-text">
      <h2 id="train-text">Text</h2>
      <Segmented label="Learn from" value={value} choices={TEXTS} onChange={onChange} />
      {value === "moby-dick" ? (
        <p class="small muted">Herman Melville, 1851: 1.2 million characters, 135 chapters and an epilogue.</p>
      ) : (
        <>
          <div class="own-text">
            <Button onClick={() => input.current?.click()}>Choose a file…</Button>
            <Button kind="quiet" onClick={() => setPasting(!pasting)}>{pasting ? "Close the field" : "Paste a text"}</Button>
            <input
              ref={input} type="file" hidden
              onChange={({ currentTarget }) => {
                const file = currentTarget.files?.[0];
                if (file) given.value = { name: file.name, content: file };
                currentTarget.value = "";
              }}
            />
          </div>
          {pasting && <Paste />}
          <GivenText bytes={bytes} />
        </>
      )}
    </section>
  );
}

function Paste() {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  return (
    <label class="field paste">
      <span>Text</span>
      <textarea
        rows={6}
        onInput={(event) => {
          const { value } = event.currentTarget;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => (given.value = value === "" ? undefined : { name: "pasted.txt", content: new Blob([value]) }), PAUSE);
        }}
      />
    </label>
  );
}

function GivenText({ bytes }: { bytes: boolean }) {
  const text = given.value;
  const [seen, setSeen] = useState<SeenText | { readonly refused: string }>();
  useEffect(() => {
    let current = true;
    setSeen(undefined);
    if (!text) return undefined;
    library().call("lookAtText", text).result.then((result) => current && setSeen(result), (error: Error) => current && setSeen({ refused: error.message }));
    return () => void (current = false);
  }, [text]);
  if (!text) return <p class="given small muted">Any text file will do, also dropped anywhere on this page. It does not leave this browser.</p>;
  if (seen && "refused" in seen && !bytes) return <Trouble>{seen.refused}</Trouble>;
  const size = seen && !("refused" in seen) ? `${grouped(seen.characters)} characters` : `${grouped(text.content.size)} bytes`;
  return <p class="given small"><b>{text.name}</b>, {size}{seen && !("refused" in seen) && <q>{seen.begins.replace(/\s+/g, " ").slice(0, 90)}…</q>}</p>;
}

export function grouped(value: number): string {
  return value.toLocaleString("en");
}
