import { defineCell } from "../define.js";
import { add, mul, sigmoid, tanh } from "../expression.js";

/**
 * LSTM whose gates see the memory through diagonal weights (Gers & Schmidhuber 2000), in the form of Graves 2013: input and
 * forget gate see the old memory, the output gate the new one.
 */
export const peepholeLstm = defineCell("peephole-lstm", ({ x, h, c }, { linear, parameter }) => {
  const i = sigmoid(add(linear("input", x, h), mul(parameter("peephole_input"), c)));
  const f = sigmoid(add(linear("forget", x, h, { bias: 1 }), mul(parameter("peephole_forget"), c)));
  const g = tanh(linear("candidate", x, h));
  const next = add(mul(f, c), mul(i, g));
  const o = sigmoid(add(linear("output", x, h), mul(parameter("peephole_output"), next)));
  return { h: mul(o, tanh(next)), c: next };
});
