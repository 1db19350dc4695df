/** How well lines are recognised. */
import { align } from "../../decode/index.js";

export interface Confusion {
  /** "" where a character was put in. */
  readonly expected: string;
  /** "" where it was left out. */
  readonly said: string;
  readonly times: number;
}

/** What recognising lines whose texts are known came to. */
export interface Legibility {
  readonly lines: number;
  /** Of the texts. */
  readonly characters: number;
  /** Characters to replace, put in and take out, to make the texts of what was read. */
  readonly errors: number;
  /** 1 - errors / characters: the share recognised right. */
  readonly accuracy: number;
  /** Of `accuracy`, were other lines drawn: 1.96 standard errors, lines being drawn independently. */
  readonly margin: number;
  /** The same by line. */
  readonly accuracies: readonly number[];
  /** Most frequent first. */
  readonly confusions: readonly Confusion[];
}

/** @param read what was recognised of each text */
export function legibilityOf(texts: readonly string[], read: readonly string[]): Legibility {
  const counts = texts.map((text, i) => {
    const { pairs, errors } = align(Array.from(text), Array.from(read[i] ?? ""));
    return { pairs, errors, characters: Array.from(text).length };
  });
  const total = (of: (line: (typeof counts)[number]) => number) => counts.reduce((sum, line) => sum + of(line), 0);
  const [characters, errors] = [total((line) => line.characters), total((line) => line.errors)];
  const accuracy = 1 - errors / Math.max(1, characters);
  const times = new Map<string, Confusion>();
  for (const { expected = "", said = "" } of counts.flatMap(({ pairs }) => pairs)) {
    if (expected === said) continue;
    const key = JSON.stringify([expected, said]);
    times.set(key, { expected, said, times: (times.get(key)?.times ?? 0) + 1 });
  }
  // A ratio of two sums over the lines: its variance by the residuals of the lines (Cochran 1977, section 6.4).
  const n = counts.length;
  const residuals = total((line) => (line.errors - (1 - accuracy) * line.characters) ** 2);
  const margin = n > 1 && characters > 0 ? (1.96 * Math.sqrt((n / (n - 1)) * residuals)) / characters : 0;
  return {
    lines: n, characters, errors, accuracy, margin,
    accuracies: counts.map((line) => 1 - line.errors / Math.max(1, line.characters)),
    confusions: [...times.values()].sort((a, b) => b.times - a.times || (a.expected + a.said < b.expected + b.said ? -1 : 1)),
  };
}
