/** What is wrong with the input, in a line or two that names the file and the place. */
export class DataError extends Error {
  override readonly name = "DataError";
}
