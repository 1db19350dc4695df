/**
 * Tasks that take memory and nothing but memory: what was seen must be used many steps later, and how many is a setting. The
 * first-symbol task and the adding problem are those of Hochreiter & Schmidhuber 1997 (experiments 2 and 4), the copy task that of
 * Arjovsky, Shah & Bengio 2016 with every symbol exactly `lag` steps before its repetition.
 */
import { crossEntropy, meanSquaredError } from "../../nn/index.js";
import { at, fromInts, reshape, slice, tensor, type RandomStream, type Tensor } from "../../tensor/index.js";
import { IGNORED } from "../../train/index.js";

export const TASK_NAMES = ["recall", "adding", "copy"] as const;
export type TaskName = (typeof TASK_NAMES)[number];

export interface LongLagTask {
  readonly name: TaskName;
  /** Steps between what must be remembered and its use: exactly so many, or at least (adding). */
  readonly lag: number;
  readonly timeSteps: number;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Loss of the best answer that remembers nothing. */
  readonly chance: number;
  readonly unit: "nats" | "squared error";
  draw(random: RandomStream, batch: number): LongLagBatch;
  /**
   * What the answers due at steps [from, from + steps) add to the mean loss of all answers; undefined where none is due.
   * @param outputs [steps, batch, outputSize]
   */
  loss(outputs: Tensor, batch: LongLagBatch, from: number): Tensor | undefined;
}

export interface LongLagBatch {
  /** [time, batch, inputSize] */
  readonly inputs: Float32Array;
  /** Numbers wanted at the last step, [batch]; or symbols, [time, batch], `IGNORED` where none is wanted. */
  readonly targets: Float32Array | Int32Array;
  readonly rows: number;
}

/** Symbols to tell apart, and as many that distract. */
const SYMBOLS = 4;
/** Symbols to copy, one after the other. */
const COPIED = 3;

/** @throws RangeError where the lag is too short for the task */
export function longLagTask(name: TaskName, lag: number): LongLagTask {
  const shortest = name === "copy" ? COPIED : 1;
  if (!(Number.isInteger(lag) && lag >= shortest)) {
    throw new RangeError(`long-lag: lag: expected a whole number of steps from ${shortest} on for the task "${name}", got ${lag}`);
  }
  return TASKS[name](lag);
}

const TASKS: { readonly [name in TaskName]: (lag: number) => LongLagTask } = { recall, adding, copy };

/** The first symbol is asked for at the last step; those in between are of another kind and mean nothing. */
function recall(lag: number): LongLagTask {
  const timeSteps = lag + 1;
  const inputSize = 2 * SYMBOLS + 1;
  return {
    name: "recall", lag, timeSteps, inputSize, outputSize: SYMBOLS, chance: Math.log(SYMBOLS), unit: "nats", loss: symbolLoss,
    draw(random, rows) {
      const inputs = new Float32Array(timeSteps * rows * inputSize);
      const targets = new Int32Array(timeSteps * rows).fill(IGNORED);
      for (let row = 0; row < rows; row++) {
        for (let t = 0; t < timeSteps; t++) {
          const symbol = t === lag ? 0 : random.integer(SYMBOLS);
          const kind = t === 0 ? 0 : t < lag ? SYMBOLS : 2 * SYMBOLS;
          inputs[(t * rows + row) * inputSize + kind + symbol] = 1;
          if (t === 0) targets[lag * rows + row] = symbol;
        }
      }
      return { inputs, targets, rows };
    },
  };
}

/** Numbers between 0 and 1 of which two are marked, one in each half; their sum is asked for at the end. */
function adding(lag: number): LongLagTask {
  const timeSteps = 2 * lag;
  const inputSize = 2;
  return {
    // The sum of two numbers has the mean 1 and the variance 1/6.
    name: "adding", lag, timeSteps, inputSize, outputSize: 1, chance: 1 / 6, unit: "squared error",
    draw(random, rows) {
      const inputs = new Float32Array(timeSteps * rows * inputSize);
      const targets = new Float32Array(rows);
      for (let row = 0; row < rows; row++) {
        const marked = [random.integer(lag), lag + random.integer(lag)];
        for (let t = 0; t < timeSteps; t++) {
          const value = random.next();
          const at = (t * rows + row) * inputSize;
          inputs[at] = value;
          if (!marked.includes(t)) continue;
          inputs[at + 1] = 1;
          targets[row]! += value;
        }
      }
      return { inputs, targets, rows };
    },
    loss(outputs, { targets, rows }, from) {
      const [steps = 0] = outputs.shape;
      if (from + steps < timeSteps) return undefined;
      return meanSquaredError(reshape(at(outputs, steps - 1), [rows]), tensor(targets, [rows]));
    },
  };
}

/** A few symbols, silence, and at a sign the same symbols in the same order. */
function copy(lag: number): LongLagTask {
  const timeSteps = lag + COPIED;
  const [silence, sign, inputSize] = [SYMBOLS, SYMBOLS + 1, SYMBOLS + 2];
  return {
    name: "copy", lag, timeSteps, inputSize, outputSize: SYMBOLS, chance: Math.log(SYMBOLS), unit: "nats", loss: symbolLoss,
    draw(random, rows) {
      const inputs = new Float32Array(timeSteps * rows * inputSize);
      const targets = new Int32Array(timeSteps * rows).fill(IGNORED);
      for (let row = 0; row < rows; row++) {
        for (let t = 0; t < timeSteps; t++) {
          const symbol = t < COPIED ? random.integer(SYMBOLS) : t < lag ? silence : sign;
          inputs[(t * rows + row) * inputSize + symbol] = 1;
          if (t < COPIED) targets[(t + lag) * rows + row] = symbol;
        }
      }
      return { inputs, targets, rows };
    },
  };
}

/** The cross-entropy of the symbols wanted at some steps, divided by how many are wanted in all. */
function symbolLoss(outputs: Tensor, { targets, rows }: LongLagBatch, from: number): Tensor | undefined {
  const [steps = 0, , symbols = 0] = outputs.shape;
  const wanted = (targets as Int32Array).subarray(from * rows, (from + steps) * rows);
  if (wanted.every((symbol) => symbol === IGNORED)) return undefined;
  const first = wanted.findIndex((symbol) => symbol !== IGNORED);
  const skipped = Math.floor(first / rows);
  const due = steps - skipped;
  const logits = reshape(slice(outputs, 0, skipped, steps), [due * rows, symbols]);
  const total = (targets as Int32Array).reduce((count, symbol) => count + (symbol === IGNORED ? 0 : 1), 0);
  return crossEntropy(logits, fromInts(wanted.subarray(skipped * rows), [due * rows]), { ignore: IGNORED, reduction: "sum" }).scale(1 / total);
}
