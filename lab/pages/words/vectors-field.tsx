/** Which vectors: those that come with the Lab, or a file that is chosen or dropped anywhere on the page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../parts/controls.js";
import type { Opening } from "./vectors.js";

export function VectorsField({ vectors, done, name, own, onChoose }: Pick<Opening, "vectors" | "done" | "name"> & {
  /** A file was chosen. */
  readonly own: boolean;
  readonly onChoose: (file: File | undefined) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hasFile = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
    const dragged = (event: DragEvent) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const left = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const dropped = (event: DragEvent) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) onChoose(file);
    };
    addEventListener("dragover", dragged);
    addEventListener("dragleave", left);
    addEventListener("drop", dropped);
    return () => {
      removeEventListener("dragover", dragged);
      removeEventListener("dragleave", left);
      removeEventListener("drop", dropped);
    };
  }, []);
  return (
    <section class={`source ${over ? "over" : ""}`} aria-label="Vectors">
      <p aria-live="polite">{said({ vectors, done, name })}</p>
      <span class="buttons">
        <input
          ref={input} type="file" class="unseen" tabIndex={-1} aria-label="A file of vectors"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            // The same file may be chosen again, after it was changed.
            event.currentTarget.value = "";
            if (file) onChoose(file);
          }}
        />
        <Button onClick={() => input.current!.click()}>Vectors of your own …</Button>
        {own && <Button kind="quiet" onClick={() => onChoose(undefined)}>Back to Moby Dick</Button>}
      </span>
    </section>
  );
}

function said({ vectors, done, name }: Pick<Opening, "vectors" | "done" | "name">) {
  if (done !== undefined) return done > 0 ? `Laying out the words of ${name}: ${Math.round(100 * done)} %` : `Reading ${name ?? "the words"} …`;
  if (!vectors) return "There are no vectors.";
  const { count, dimensions, words } = vectors.map;
  const size = `${count.toLocaleString("en")} words of ${dimensions} dimensions`;
  if (vectors.name === undefined) return `Moby Dick: its most frequent ${size}, learned from nothing but the book (skip-gram).`;
  return `${vectors.name}: ${size}${count > words.length ? `; the first ${words.length.toLocaleString("en")} are on the map` : ""}.`;
}
