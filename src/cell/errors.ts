/** A mistake in a cell, explained in the terms of the cell. */
export class CellError extends Error {
  override readonly name = "CellError";
  constructor(
    readonly cell: string,
    message: string,
  ) {
    super(`cell "${cell}": ${message}`);
  }
}
