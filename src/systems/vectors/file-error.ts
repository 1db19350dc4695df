import { DataError } from "../../data/index.js";

/** Something about a file of vectors that is not as its format demands: which file, where in it, what was expected and what came. */
export class VectorFileError extends DataError {
  constructor(
    readonly source: string,
    problem: string,
  ) {
    super(`${source}: ${problem}`);
  }
}

/** Shows bytes of a file within a message. */
export function quoted(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 40));
  return JSON.stringify(bytes.length > 40 ? `${text}…` : text);
}
