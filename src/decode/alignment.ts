/** How two sequences differ, as recognisers are judged: letters or words put in, left out, or taken for others. */

/** What became of an item: of the reference, of what was said in its place, or of both. */
export interface AlignedPair<T> {
  /** undefined where something was put in. */
  readonly expected: T | undefined;
  /** undefined where it was left out. */
  readonly said: T | undefined;
}

export interface Alignment<T> {
  readonly pairs: readonly AlignedPair<T>[];
  readonly substitutions: number;
  readonly insertions: number;
  readonly deletions: number;
  /** All three together: the edit distance (Levenshtein 1966). */
  readonly errors: number;
}

/** An alignment with the fewest errors; what was taken for something else counts as that, not as left out and put in. Items are compared by ===. */
export function align<T>(expected: readonly T[], said: readonly T[]): Alignment<T> {
  const [rows, columns] = [expected.length, said.length];
  const width = columns + 1;
  const costs = new Int32Array((rows + 1) * width);
  for (let j = 0; j <= columns; j++) costs[j] = j;
  for (let i = 1; i <= rows; i++) {
    costs[i * width] = i;
    for (let j = 1; j <= columns; j++) {
      const matched = costs[(i - 1) * width + j - 1]! + (expected[i - 1] === said[j - 1] ? 0 : 1);
      costs[i * width + j] = Math.min(matched, costs[(i - 1) * width + j]! + 1, costs[i * width + j - 1]! + 1);
    }
  }
  const pairs: AlignedPair<T>[] = [];
  let [substitutions, insertions, deletions] = [0, 0, 0];
  for (let [i, j] = [rows, columns]; i > 0 || j > 0; ) {
    const cost = costs[i * width + j]!;
    const same = i > 0 && j > 0 && expected[i - 1] === said[j - 1];
    if (i > 0 && j > 0 && cost === costs[(i - 1) * width + j - 1]! + (same ? 0 : 1)) {
      if (!same) substitutions++;
      pairs.push({ expected: expected[--i], said: said[--j] });
    } else if (i > 0 && cost === costs[(i - 1) * width + j]! + 1) {
      deletions++;
      pairs.push({ expected: expected[--i], said: undefined });
    } else {
      insertions++;
      pairs.push({ expected: undefined, said: said[--j] });
    }
  }
  return { pairs: pairs.reverse(), substitutions, insertions, deletions, errors: costs[rows * width + columns]! };
}
