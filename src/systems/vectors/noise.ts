/** What negative words are drawn from. */

/** P(w) = count(w)^power / Σ count^power, [words] (Mikolov et al. 2013). */
export function noiseDistribution(counts: ArrayLike<number>, power = 0.75): Float64Array {
  const weights = Float64Array.from(counts, (count) => count ** power);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * A distribution as Walker's alias table (Vose 1991), [words, 2]: a column is drawn uniformly; its own word is taken with probability
 * `threshold` / 2^32, else its alias. Thresholds are unsigned numbers in signed words, as the kernels read them.
 */
export function aliasTable(probabilities: ArrayLike<number>): Int32Array {
  const n = probabilities.length;
  const rest = Float64Array.from(probabilities, (p) => p * n);
  const table = new Int32Array(2 * n);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < n; i++) (rest[i]! < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop()!;
    const rich = large.at(-1)!;
    table[2 * poor] = Math.min(2 ** 32 - 1, Math.round(rest[poor]! * 2 ** 32)) | 0;
    table[2 * poor + 1] = rich;
    rest[rich]! -= 1 - rest[poor]!;
    if (rest[rich]! < 1) small.push(large.pop()!);
  }
  for (const i of [...small, ...large]) table.set([-1, i], 2 * i);
  return table;
}
