/** How answers are judged: as the course does, to three decimals. */
import { parsed } from "../../numbers.js";

export type Verdict = "right" | "wrong" | "no number";

/** Half a unit of the third decimal, and room for its own rounding. */
const TOLERANCE = 0.0005 + 1e-9;

/** Right if the typed number is the exact one to three decimals: 0.327 for tanh(0.34), and 0.3275, but not 0.33. */
export function gradeNumber(typed: string, exact: number): Verdict {
  const value = parsed(typed);
  if (value === undefined) return "no number";
  return Math.abs(value - exact) <= TOLERANCE ? "right" : "wrong";
}

/** Right if exactly those that hold are chosen. */
export function gradeChoice<T>(chosen: ReadonlySet<T>, right: readonly T[]): Verdict {
  return chosen.size === right.length && right.every((each) => chosen.has(each)) ? "right" : "wrong";
}
