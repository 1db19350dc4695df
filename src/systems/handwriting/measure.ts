/** How well a model predicts pen sequences. */
import { MOVE_WIDTH, penBatch, type PenSequence } from "../../data/index.js";
import { mixtureDensityLoss, mixtureMean, mixtureOf } from "../../nn/index.js";
import { noGrad, step, tensor } from "../../tensor/index.js";
import type { PenModel } from "./model.js";

/** The cost of predicting sequences; movements are in standard deviations of the training set. */
export interface PenMeasure {
  readonly sequences: number;
  readonly movements: number;
  /** -ln p of all movements together. Densities of normalised movements: often below 0. */
  readonly nats: number;
  /** Squared distances between movements and the means of the mixtures, summed. */
  readonly squaredError: number;
}

/** Nats of a sequence, the mean: what Graves gives as log-loss. */
export const natsPerSequence = ({ nats, sequences }: PenMeasure): number => nats / Math.max(1, sequences);
export const natsPerPoint = ({ nats, movements }: PenMeasure): number => nats / Math.max(1, movements);
/** The sum-squared error of a point, the mean. */
export const squaredErrorPerPoint = ({ squaredError, movements }: PenMeasure): number => squaredError / Math.max(1, movements);

export interface PenMeasureOptions {
  /** Sequences at a time. @default 32 */
  readonly batch?: number;
  /** Also the squared error, which takes reading all outputs. @default true */
  readonly errors?: boolean;
}

/** Measures sequences from their first movement to their last. Parameters and random streams stay as they are. */
export function measurePen(model: PenModel, sequences: readonly PenSequence[], { batch = 32, errors = true }: PenMeasureOptions = {}): PenMeasure {
  let [movements, nats, squaredError] = [0, 0, 0];
  for (let from = 0; from < sequences.length; from += batch) {
    const part = penBatch(sequences.slice(from, from + batch));
    const { timeSteps, rows, targets } = part;
    const shape = [timeSteps, rows.length, MOVE_WIDTH];
    movements += part.movements;
    step(() =>
      noGrad(() => {
        const raw = model.predict(part);
        nats += mixtureDensityLoss(raw, tensor(targets, shape)).item();
        if (!errors) return;
        const columns = raw.shape.at(-1)!;
        const values = raw.dataSync();
        for (let row = 0; row < timeSteps * rows.length; row++) {
          const [x, y, lift] = targets.subarray(row * MOVE_WIDTH, (row + 1) * MOVE_WIDTH) as unknown as [number, number, number];
          if (lift < 0) continue;
          const [meanX, meanY] = mixtureMean(mixtureOf(values.subarray(row * columns, (row + 1) * columns)));
          squaredError += (x - meanX) ** 2 + (y - meanY) ** 2;
        }
      }),
    );
  }
  return { sequences: sequences.length, movements, nats, squaredError };
}
