/** What the page calls values, units and characters. */
import type { CellValue, ModelFacts } from "../../library/reader.js";

/** Names that cells of the library have in common. */
const KNOWN: Readonly<Record<string, string>> = {
  h: "state h",
  c: "cell state c",
  input: "input gate",
  forget: "forget gate",
  output: "output gate",
  candidate: "candidate",
  update: "update gate",
  reset: "reset gate",
};

export function valueName({ name }: CellValue): string {
  return KNOWN[name] ?? name.replaceAll("_", " ");
}

/** A character where it stands alone. */
export function characterName(character: string): string {
  return character === "" ? "end of the text" : character === " " ? "space" : character === "\n" ? "line end" : character === "\t" ? "tab" : character;
}

/** In a sentence. */
export function quoted(character: string): string {
  return isNamed(character) ? `a ${characterName(character)}` : `“${character}”`;
}

export function isNamed(character: string): boolean {
  return characterName(character) !== character;
}

const CELLS: Readonly<Record<string, string>> = { lstm: "LSTM", gru: "GRU", elman: "Elman network" };

/** "An LSTM of 128 units" */
export function modelName({ cell, layers, hidden }: ModelFacts): string {
  const name = CELLS[cell] ?? `network of the cell ${cell}`;
  return `${/^(LSTM|Elman)/.test(name) ? "An" : "A"} ${name} of ${layers === 1 ? "" : `${layers} times `}${hidden} units`;
}

/** A correlation, with a real minus sign. */
export function correlationText(r: number): string {
  return Number.isNaN(r) ? "–" : r.toFixed(2).replace("-", "−");
}
