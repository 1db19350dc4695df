/** "Did you mean …?" */
import { editDistance } from "../data/index.js";

/** The known word closest to what was typed, if any is close: at most a third of its letters differ. */
export function closest(typed: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const word of known) {
    const distance = word.startsWith(typed) && typed.length > 1 ? 0.5 : editDistance(typed.toLowerCase(), word.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [word, distance];
  }
  return best !== undefined && bestDistance <= Math.max(1, Math.ceil(best.length / 3)) ? best : undefined;
}

/** " Did you mean X?", or the list of what there is. */
export function suggestion(typed: string, known: readonly string[], prefix = ""): string {
  const word = closest(typed, known);
  if (word !== undefined) return ` Did you mean ${prefix}${word}?`;
  return known.length <= 16 ? ` There is: ${known.map((each) => prefix + each).join(", ")}.` : "";
}
