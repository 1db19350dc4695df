/** Which model: the one that comes with the Lab, or that of a run whose folder is opened, or dropped anywhere on the page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { chosenFiles, droppedFiles, runFoldersAmong, type NamedFile, type RunFolder } from "../../library/run-folder.js";
import { Button } from "../../parts/controls.js";
import type { Opening } from "./model.js";
import { modelName } from "./names.js";

export function ModelField({ model, awaited, own, onChoose, onRefuse }: Pick<Opening, "model" | "awaited"> & {
  /** A run of one's own was chosen. */
  readonly own: boolean;
  readonly onChoose: (folder: RunFolder | undefined) => void;
  readonly onRefuse: (reason: string) => void;
}) {
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const open = async (files: Promise<readonly NamedFile[]> | readonly NamedFile[], what: string) => {
    try {
      const found = runFoldersAmong(await files, what);
      if (found.length > 1) throw new Error(`${what} holds ${found.length} runs, ${found.slice(0, 3).map(({ name }) => name).join(", ")}${found.length > 3 ? ", …" : ""}: open one of them.`);
      onChoose(found[0]);
    } catch (error) {
      onRefuse((error as Error).message);
    }
  };
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
      void open(droppedFiles(event.dataTransfer!), event.dataTransfer!.files[0]?.name ?? "What was dropped");
    };
    addEventListener("dragover", dragged);
    addEventListener("dragleave", left);
    addEventListener("drop", dropped);
    return () => {
      removeEventListener("dragover", dragged);
      removeEventListener("dragleave", left);
      removeEventListener("drop", dropped);
    };
  });
  return (
    <section class={`source ${over ? "over" : ""}`} aria-label="Model">
      <p aria-live="polite">{said({ model, awaited })}</p>
      <span class="buttons">
        <input
          ref={folder} type="file" class="unseen" tabIndex={-1} aria-label="The folder of a run" {...{ webkitdirectory: true }}
          onChange={({ currentTarget }) => {
            const files = chosenFiles(currentTarget.files!);
            // The same folder may be chosen again, after it was changed.
            currentTarget.value = "";
            void open(files, files[0]?.path.split("/")[0] ?? "The folder");
          }}
        />
        <Button onClick={() => folder.current!.click()}>A run of your own …</Button>
        {own && <Button kind="quiet" onClick={() => onChoose(undefined)}>Back to Moby Dick</Button>}
      </span>
    </section>
  );
}

function said({ model, awaited }: Pick<Opening, "model" | "awaited">): string {
  if (awaited !== undefined) return awaited === "" ? "Opening the model …" : `Reading ${awaited} …`;
  if (!model) return "There is no model.";
  const { facts, name } = model;
  const { parameters, step, bits } = facts;
  const measured = bits === undefined ? "" : ` ${bits.toFixed(2)} bits per character on text that it did not learn from.`;
  return `${name === undefined ? "Moby Dick" : name}: ${modelName(facts).replace(/^An? /, (article) => article.toLowerCase())}, ${parameters.toLocaleString("en")} parameters, ${step.toLocaleString("en")} training steps.${measured}`;
}
