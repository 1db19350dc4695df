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
    return Math.log(counts[i]! / (negatives * total * noise[i - row]!));
  });
}
