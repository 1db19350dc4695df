/** Whether a cell that somebody writes can be used for a model of text, and if not, why and where. */
import { CellError, cellNamed, RandomStream, type Cell } from "unrolled";
import { createTextModel, TEXT_DEFAULTS } from "unrolled/systems/text";
import { CellSourceError, readCell } from "./cell-language.js";

/** A small model of it: what does not fit together shows. */
const TRIAL = { ...TEXT_DEFAULTS, hidden: 6, embedding: 4 };

/** @throws CellSourceError */
export function usableCell(source: string): Cell {
  return readCell(source, (cell) => {
    if (cellNamed(cell.name)) throw new CellError(cell.name, "a cell of this name comes with the library; give yours another");
    if (cell.readsMemory) throw new CellError(cell.name, "it reads a memory, which does not stand beside a text");
    createTextModel(TRIAL, 5, new RandomStream(1), { cell });
  });
}

export { CellSourceError };
