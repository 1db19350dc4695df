/** What can go wrong with tensors, as types that carry the facts and as sentences that tell them. */

export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** An argument of the wrong shape, type or range. The message reads `op: argument: expected ..., got ...`. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  /** The operation that was called. */
  readonly op: string;

  constructor(op: string, message: string) {
    super(`${op}: ${message}`);
    this.op = op;
  }
}

export function shapeError(op: string, argument: string, expected: string, got: string): ShapeError {
  return new ShapeError(op, `${argument}: expected ${expected}, got ${got}`);
}

/** A tensor was used after the step that made it had ended and its memory had been taken back. */
export class StaleTensorError extends Error {
  override readonly name = "StaleTensorError";
  /** The operation that made the tensor. */
  readonly madeBy: string;

  constructor(madeBy: string, shape: readonly number[]) {
    super(
      `the result of ${madeBy}, shape ${formatShape(shape)}, was used after its step ended; ` +
        "read it inside the step, or carry it out with keep(tensor)",
    );
    this.madeBy = madeBy;
  }
}

/** `step`, `backward` or `record` was called where it cannot work. */
export class TapeError extends Error {
  override readonly name = "TapeError";
}
