/** Which model: the one that comes with the Lab, or a run whose folder is opened or dropped anywhere on the page. */
import type { RunFolder } from "../../library/run-folder.js";
import { hasShippedPen } from "../../library/shipped-pen.js";
import { oneRunAmong, SourceField } from "../../parts/source-field.js";
import type { Opening } from "./model.js";

export function ModelField({ model, opening, own, onChoose, onRefuse }: Pick<Opening, "model" | "opening"> & {
  /** A run was chosen. */
  readonly own: boolean;
  readonly onChoose: (folder: RunFolder | undefined) => void;
  readonly onRefuse: (why: string) => void;
}) {
  const back = hasShippedPen ? "Back to the Lab’s own" : "Close it";
  return (
    <SourceField
      label="Model" says={said(model, opening)} folder inputLabel="The folder of a run" choose="A model of your own …" back={own ? back : undefined}
      onFiles={(files, what) => void oneRunAmong(files, what).then(onChoose, (error: Error) => onRefuse(error.message))} onBack={() => onChoose(undefined)}
    />
  );
}

function said(model: Opening["model"], opening: boolean): string {
  if (opening && !model) return "Opening the model …";
  if (!model) return "No model comes with this Lab.";
  const { facts, name } = model;
  const learnt = facts.rendered ? ", learnt from lines of text in stroke fonts, none of them by a human hand" : "";
  return `${name ?? "The Lab’s own model"}: ${facts.parameters.toLocaleString("en")} weights, ${Array.from(facts.characters).length} characters${learnt}.`;
}
