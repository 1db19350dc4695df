/** Which model: the one that comes with the Lab, or a run whose folder is opened or dropped anywhere on the page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { chosenFiles, droppedFiles, runFoldersAmong, type NamedFile, type RunFolder } from "../../library/run-folder.js";
import { hasShippedPen } from "../../library/shipped-pen.js";
import { Button } from "../../parts/controls.js";
import type { Opening } from "./model.js";

export function ModelField({ model, opening, own, onChoose, onRefuse }: Pick<Opening, "model" | "opening"> & {
  /** A run was chosen. */
  readonly own: boolean;
  readonly onChoose: (folder: RunFolder | undefined) => void;
  readonly onRefuse: (why: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const open = async (files: readonly NamedFile[] | Promise<readonly NamedFile[]>, what: string) => {
    try {
      const [folder, another] = runFoldersAmong(await files, what);
      if (another) onRefuse(`${what} holds several runs: open the folder of the one that is to write.`);
      else onChoose(folder!);
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
      <p aria-live="polite">{said(model, opening)}</p>
      <span class="buttons">
        <input
          ref={input} type="file" class="unseen" tabIndex={-1} aria-label="The folder of a run" {...{ webkitdirectory: true }}
          onChange={({ currentTarget }) => {
            const files = chosenFiles(currentTarget.files!);
            currentTarget.value = "";
            if (files.length > 0) void open(files, files[0]!.path.split("/")[0]!);
          }}
        />
        <Button onClick={() => input.current!.click()}>A model of your own …</Button>
        {own && <Button kind="quiet" onClick={() => onChoose(undefined)}>{hasShippedPen ? "Back to the Lab’s own" : "Close it"}</Button>}
      </span>
    </section>
  );
}

function said(model: Opening["model"], opening: boolean): string {
  if (opening && !model) return "Opening the model …";
  if (!model) return "No model comes with this Lab.";
  const { facts, name } = model;
  const learnt = facts.rendered ? ", learnt from lines of text in stroke fonts, none of them by a human hand" : "";
  return `${name ?? "The Lab’s own model"}: ${facts.parameters.toLocaleString("en")} weights, ${Array.from(facts.characters).length} characters${learnt}.`;
}
