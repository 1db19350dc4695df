/** Which vectors: those that come with the Lab, or a file that is chosen or dropped anywhere on the page. */
import { SourceField } from "../../parts/source-field.js";
import type { Opening } from "./vectors.js";

export function VectorsField({ vectors, done, name, own, onChoose }: Pick<Opening, "vectors" | "done" | "name"> & {
  /** A file was chosen. */
  readonly own: boolean;
  readonly onChoose: (file: File | undefined) => void;
}) {
  return (
    <SourceField
      label="Vectors" says={said({ vectors, done, name })} inputLabel="A file of vectors" choose="Vectors of your own …" back={own ? "Back to Moby Dick" : undefined}
      onFiles={(files) => void Promise.resolve(files).then(([first]) => first && onChoose(first.file))} onBack={() => onChoose(undefined)}
    />
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
