/** How well a model predicts a text. */
import { END, segmentWindows, type Segment, type TokenRow } from "../../data/index.js";
import { crossEntropy, fromInts, keep, noGrad, sameShape, step, type Tensor } from "../../tensor/index.js";
import { CarriedStates, IGNORED } from "../../train/index.js";
import type { TextModel } from "./model.js";
import { TextStream, type TextStreamOptions } from "./stream.js";

/** The cost of predicting a text. */
export interface Measure {
  /** -ln p of all predictions together. */
  readonly nats: number;
  /** How many there were, the ends of documents among them. */
  readonly predictions: number;
  /** Characters, bytes or words: predictions without the ends. */
  readonly units: number;
}

/** Bits per character, byte or word: the whole cost, the end of the document too, shared among the units. */
export function bitsPerUnit({ nats, units }: Measure): number {
  return nats / Math.LN2 / Math.max(1, units);
}

/** exp of the mean cost of a prediction, the ends of documents counted (Mikolov et al. 2010). */
export function perplexity({ nats, predictions }: Measure): number {
  return Math.exp(nats / Math.max(1, predictions));
}

export function addMeasures(measures: readonly Measure[]): Measure {
  return measures.reduce(
    (sum, each) => ({ nats: sum.nats + each.nats, predictions: sum.predictions + each.predictions, units: sum.units + each.units }),
    { nats: 0, predictions: 0, units: 0 },
  );
}

/**
 * Measures segments of a row of tokens, `batch` at a time; one result per document. Dropout is off meanwhile; neither parameters nor
 * random streams change. The event loop is free while the backend computes, where that can run beside JavaScript.
 */
export async function measure(
  model: TextModel,
  row: TokenRow,
  segments: readonly Segment[],
  { batch = 64, timeSteps = 64 }: { batch?: number; timeSteps?: number } = {},
): Promise<Measure[]> {
  const totals = row.documents.map(() => ({ nats: 0, predictions: 0, units: 0 }));
  const wasTraining = model.training;
  model.eval();
  try {
    const carried = new CarriedStates();
    let kept: Tensor | undefined;
    for (const window of segmentWindows(row, segments, { batch, timeSteps })) {
      const [piece] = window.pieces;
      const { inputs, targets, lengths, timeSteps: steps } = piece!;
      const rows = window.documents.length;
      kept = step(() =>
        noGrad(() => {
          const initial = carried.begin(window.resets);
          const { output, final } = model.run(fromInts(inputs, [steps, rows]), {
            ...(initial !== undefined && { initial }),
            ...(lengths !== undefined && { lengths }),
          });
          carried.carry(final);
          const loss = crossEntropy(model.logits(output), fromInts(targets, [steps, rows]), { ignore: IGNORED, reduction: "none" });
          return kept !== undefined && sameShape(kept.shape, loss.shape) ? keep(loss, kept) : keep(loss);
        }),
      );
      const losses = await kept.data();
      for (let at = 0; at < targets.length; at++) {
        if (targets[at] === IGNORED) continue;
        const total = totals[window.documents[at % rows]!]!;
        total.nats += losses[at]!;
        total.predictions++;
        if (targets[at] !== 0) total.units++;
      }
    }
  } finally {
    model.train(wasTraining);
  }
  return totals;
}

/** Measures every document of a row from its first token to its last, one token after another, as a stream reads them. */
export function measureStream(model: TextModel, row: TokenRow, options: TextStreamOptions = {}): Measure[] {
  const stream = new TextStream(model, options);
  return row.documents.map(({ from, to }) => {
    stream.reset();
    let nats = 0;
    for (let at = from; at < to; at++) nats += cost(stream.read(row.tokens[at]!), at + 1 === to ? END : row.tokens[at + 1]!);
    return { nats, predictions: to - from, units: to - from - 1 };
  });
}

/** -ln p of a token. */
function cost(logits: ArrayLike<number>, token: number): number {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]!);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - largest);
  return largest + Math.log(sum) - logits[token]!;
}
