/** Which model: the one that comes with the Lab, or that of a run whose folder is opened, or dropped anywhere on the page. */
import type { RunFolder } from "../../library/run-folder.js";
import { oneRunAmong, SourceField } from "../../parts/source-field.js";
import type { Opening } from "./model.js";
import { modelName } from "./names.js";

export function ModelField({ model, awaited, own, onChoose, onRefuse }: Pick<Opening, "model" | "awaited"> & {
  /** A run of one's own was chosen. */
  readonly own: boolean;
  readonly onChoose: (folder: RunFolder | undefined) => void;
  readonly onRefuse: (reason: string) => void;
}) {
  return (
    <SourceField
      label="Model" says={said({ model, awaited })} folder inputLabel="The folder of a run" choose="A run of your own …" back={own ? "Back to Moby Dick" : undefined}
      onFiles={(files, what) => void oneRunAmong(files, what).then(onChoose, (error: Error) => onRefuse(error.message))} onBack={() => onChoose(undefined)}
    />
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
