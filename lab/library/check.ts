/** Looks at a cell while it is written. What reads cells is loaded when it is first needed. */
import type { Service } from "./protocol.js";

export interface CellMistake {
  readonly message: string;
  /** Characters from the start. */
  readonly from: number;
  readonly to: number;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export type CheckedCell =
  | { readonly name: string; readonly states: readonly string[]; readonly maps: number; readonly mistake?: undefined }
  | { readonly mistake: CellMistake };

export const checkCell: Service<string, CheckedCell> = async (source) => {
  const { CellSourceError, usableCell } = await import("./check-cell.js");
  try {
    const { name, states, linears } = usableCell(source);
    return { name, states, maps: linears.length };
  } catch (error) {
    if (!(error instanceof CellSourceError)) throw error;
    const { message, from, to, line, column } = error;
    return { mistake: { message, from, to, line, column } };
  }
};
