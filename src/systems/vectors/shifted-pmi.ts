/** Pointwise mutual information, shifted by negative samples: what skip-gram with negative sampling approximates. */

/**
 * What skip-gram with negative sampling converges to where its products are free (Levy & Goldberg 2014):
 * x[w][c] = log(#(w,c) / (negatives · #(w) · noise[c])); with noise[c] = #(c) / |D| pointwise mutual information minus log negatives. -Infinity
 * for pairs that never occur.
 *
 * @param counts #(w,c), [words, contexts], row by row
 * @param noise [contexts]
 */
export function shiftedPmi(counts: ArrayLike<number>, noise: ArrayLike<number>, negatives: number): Float64Array {
  const contexts = noise.length;
  return Float64Array.from({ length: counts.length }, (_, i) => {
    const row = i - (i % contexts);
    let total = 0;
    for (let c = 0; c < contexts; c++) total += counts[row + c]!;
    return shiftedPmiOf(counts[i]!, total, noise[i - row]!, negatives);
  });
}

/** The same for one pair. @param count #(w,c) @param total #(w) @param noise of c */
export function shiftedPmiOf(count: number, total: number, noise: number, negatives: number): number {
  return Math.log(count / (negatives * total * noise));
}
