/** Figures from turns. A turn is `{ at, seconds }`: when it was taken, in seconds since the row began, and its median per iteration. */

export function median(values) {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Of a few numbers: their mean, their standard deviation, and the standard error of the mean. */
export function meanAndError(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1));
  return { mean, deviation, error: deviation / Math.sqrt(values.length) };
}

/**
 * The time of one contestant over that of another, from neighbours in time: each turn is divided by the other's turns just before and
 * after it, and the median taken. What slows the machine down for seconds then slows both, and what a median over the whole row keeps of
 * it is gone.
 */
export function pairedRatio(turns, others) {
  return median(
    turns.map(({ at, seconds }) => {
      const before = others.filter((other) => other.at <= at).at(-1);
      const after = others.find((other) => other.at > at);
      return seconds / geometricMean([before, after].filter((other) => other !== undefined).map((other) => other.seconds));
    }),
  );
}

/** How far apart turns are, over their median; one bad turn of several does not move a median and is not counted. */
export function spread(turns) {
  if (turns.length < 3) return 0;
  const sorted = turns.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return (sorted.at(-2) - sorted[0]) / median(sorted);
}
