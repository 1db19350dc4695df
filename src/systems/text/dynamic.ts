/** Dynamic evaluation: a model that goes on learning from the text it is measured on. */
import { segmentWindows, type TokenRow } from "../../data/index.js";
import { copies } from "../../nn/state-dict.js";
import { Sgd } from "../../optim/index.js";
import { crossEntropy, fromInts, keep, step, type Tensor } from "../../tensor/index.js";
import { CarriedStates, IGNORED } from "../../train/index.js";
import type { TextConfig } from "./config.js";
import type { Measure } from "./measure.js";
import type { TextModel } from "./model.js";

export interface DynamicOptions {
  /** Of gradient descent on the loss of a chunk, a sum over its predictions. */
  readonly lr: number;
  /** @default 0 */
  readonly momentum?: number;
  /** Predictions in a chunk: each is learnt from after it was measured. @default 50 */
  readonly window?: number;
}

/** For models that were not trained as the paper does: of 3e-4, 1e-3 and 4e-3 the best on three chapters of Moby Dick held out for validation. */
const DEFAULT_RATE = 1e-3;
const DEFAULT_WINDOW = 50;

/** Settings to evaluate a model with: those it was trained with where that was the paper's way. */
export function dynamicSettings(config: TextConfig): Required<DynamicOptions> {
  const paperlike = config.loss === "sum" && config.optimizer === "momentum";
  if (!paperlike) return { lr: DEFAULT_RATE, momentum: 0, window: DEFAULT_WINDOW };
  return { lr: config.lr, momentum: config.momentum, window: config.window };
}

/** How a model must be made that is to be measured dynamically: what is clipped are derivatives of one row's sum. */
export const DYNAMIC_MODEL: Partial<TextConfig> = { loss: "sum", batch: 1, dropout: 0 };

/**
 * Measures every document from its first token to its last, chunk by chunk: a chunk is predicted, its cost is counted, and then the weights
 * take a step along its gradient (Mikolov et al. 2010; Graves 2013, section 3). Nothing is learnt from a token before it was predicted. What
 * was learnt is carried from document to document, in their order, and forgotten at the end: the weights are put back to the last bit.
 */
export async function measureDynamic(model: TextModel, row: TokenRow, { lr, momentum = 0, window = DEFAULT_WINDOW }: DynamicOptions): Promise<Measure[]> {
  const parameters = model.namedParameters();
  const before = copies("measureDynamic", parameters);
  const optimizer = new Sgd(parameters, { lr, momentum });
  const wasTraining = model.training;
  model.eval();
  const totals: Measure[] = [];
  let kept: Tensor | undefined;
  try {
    for (const [document, { from, to }] of row.documents.entries()) {
      const carried = new CarriedStates();
      let nats = 0;
      for (const chunk of segmentWindows(row, [{ document, contextFrom: from, from, to }], { batch: 1, timeSteps: window })) {
        const { inputs, targets } = chunk.pieces[0]!;
        kept = step(() => {
          const initial = carried.begin(chunk.resets);
          const { output, final } = model.run(fromInts(inputs, [inputs.length, 1]), initial === undefined ? {} : { initial });
          carried.carry(final);
          const loss = crossEntropy(model.logits(output), fromInts(targets, [targets.length, 1]), { ignore: IGNORED, reduction: "sum" });
          loss.backward();
          const cost = keep(loss, kept);
          optimizer.step();
          optimizer.zeroGrad();
          return cost;
        });
        nats += (await kept.data())[0]!;
      }
      totals.push({ nats, predictions: to - from, units: to - from - 1 });
    }
  } finally {
    model.train(wasTraining);
    for (const [name, parameter] of parameters) {
      parameter.assign(before.get(name)!);
      parameter.zeroGrad();
    }
  }
  return totals;
}
