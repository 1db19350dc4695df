import { type Cell, type CellTools, defineCell } from "../define.js";
import { type Expression, add, mul, sigmoid, softmax, tanh } from "../expression.js";
import { additiveScores, dotScores, read } from "../reading.js";

/** How a position of the memory is compared with the state. */
export type AttentionKind = "additive" | "dot" | "general";

/**
 * The share that each position of the memory gets (softmax over those the row has), by what it has in common with a value. Learned
 * maps and parameters take their names from `name`, under which the shares can be inspected.
 *
 * - `additive`: v tanh(W position + U value + b) (Bahdanau et al. 2015);
 * - `dot`: position times value, which must be as wide as the memory (Luong et al. 2015);
 * - `general`: position times W value.
 */
export function attend(tools: CellTools, name: string, kind: AttentionKind, value: Expression): Expression {
  const { linear, parameter, keys, memory } = tools;
  const scores = {
    // Without comparing anything at first: all positions share alike.
    additive: () => additiveScores(keys(`${name}_keys`), linear(`${name}_query`, value), parameter(`${name}_v`, 1)),
    dot: () => dotScores(memory, value),
    general: () => dotScores(memory, linear(`${name}_query`, value, { width: "memory", bias: false })),
  };
  return tools.name(name, softmax(scores[kind]()));
}

/**
 * An LSTM that looks into a memory before it moves: the state of the step before chooses what is read, and gates and candidate take it in
 * beside the input (Bahdanau et al. 2015; Xu et al. 2015 with an LSTM). Named values: `attention`, the shares of the positions;
 * `context`, what was read.
 */
export function attentionLstm(kind: AttentionKind = "additive"): Cell {
  return defineCell(`${kind}-attention-lstm`, ({ x, h, c }, tools) => {
    const { linear, memory } = tools;
    const context = tools.name("context", read(attend(tools, "attention", kind, h), memory));
    const i = sigmoid(linear("input", x, h, context));
    const f = sigmoid(linear("forget", x, h, context, { bias: 1 }));
    const g = tanh(linear("candidate", x, h, context));
    const o = sigmoid(linear("output", x, h, context));
    const next = add(mul(f, c), mul(i, g));
    return { h: mul(o, tanh(next)), c: next };
  });
}
