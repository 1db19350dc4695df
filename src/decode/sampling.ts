/** Drawing one token from a model's logits. */

export interface SamplingOptions {
  /**
   * Logits are divided by it: below 1 the likely becomes likelier, above 1 all become more equal; 0 always takes the likeliest.
   * @default 1
   */
  readonly temperature?: number;
  /** Only the k likeliest tokens. @default all */
  readonly topK?: number;
  /** Only the likeliest tokens that together reach this probability (Holtzman et al. 2020, "nucleus"). @default 1 */
  readonly topP?: number;
  /** Tokens never to be drawn. */
  readonly forbidden?: readonly number[];
}

/** @throws RangeError naming the option that is out of range. */
export function checkSamplingOptions({ temperature = 1, topK = 1, topP = 1 }: SamplingOptions): void {
  if (!(temperature >= 0 && temperature < Infinity)) throw new RangeError(`temperature: expected 0 or more, got ${temperature}`);
  if (!(Number.isInteger(topK) && topK >= 1)) throw new RangeError(`topK: expected a whole number from 1 on, got ${topK}`);
  if (!(topP > 0 && topP <= 1)) throw new RangeError(`topP: expected more than 0 and at most 1, got ${topP}`);
}

/**
 * Draws a token: softmax of `logits / temperature`, cut to `topK`, then to `topP`, renormalised.
 *
 * @param uniform a random number in [0, 1): `random.next()`. The same number gives the same token.
 */
export function sampleToken(logits: ArrayLike<number>, uniform: number, options: SamplingOptions = {}): number {
  checkSamplingOptions(options);
  const { temperature = 1, topK = Infinity, topP = 1, forbidden = [] } = options;
  const candidates = Array.from({ length: logits.length }, (_, token) => token).filter((token) => !forbidden.includes(token));
  // Likeliest first; equals by number, so that the order never depends on the engine's sort.
  candidates.sort((a, b) => logits[b]! - logits[a]! || a - b);
  const likeliest = candidates[0];
  if (likeliest === undefined) throw new RangeError("sampleToken: forbidden: expected to leave a token, got all of them");
  if (temperature === 0) return likeliest;

  const kept = candidates.slice(0, Math.min(topK, candidates.length));
  const weights = kept.map((token) => Math.exp((logits[token]! - logits[likeliest]!) / temperature));
  const total = sum(weights);
  let count = 0;
  for (let mass = 0; count < weights.length && mass < topP * total; count++) mass += weights[count]!;
  const chosen = weights.slice(0, Math.max(1, count));
  let left = uniform * sum(chosen);
  for (const [i, weight] of chosen.entries()) {
    left -= weight;
    if (left < 0) return kept[i]!;
  }
  return kept[chosen.length - 1]!;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
