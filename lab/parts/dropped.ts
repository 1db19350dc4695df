/** Files and folders that are dropped on a page. */
import { useEffect, useState } from "preact/hooks";
import { droppedFiles, type NamedFile } from "../library/run-folder.js";

/** Takes files and folders that are dropped anywhere on the page. @param onFiles told also what was dropped @returns whether some are held over it */
export function useDropped(onFiles: (files: Promise<readonly NamedFile[]>, what: string) => void): boolean {
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
      onFiles(droppedFiles(event.dataTransfer!), event.dataTransfer!.files[0]?.name ?? "What was dropped");
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
  return over;
}
