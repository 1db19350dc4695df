import { defineCell } from "../define.js";
import { add, mul, oneMinus, sigmoid, tanh } from "../expression.js";

/** LSTM with coupled gates: what is forgotten is what is written, i = 1 - f (Greff et al. 2015, CIFG). */
export const coupledLstm = defineCell("coupled-lstm", ({ x, h, c }, { linear }) => {
  const f = sigmoid(linear("forget", x, h, { bias: 1 }));
  const g = tanh(linear("candidate", x, h));
  const o = sigmoid(linear("output", x, h));
  const next = add(mul(f, c), mul(oneMinus(f), g));
  return { h: mul(o, tanh(next)), c: next };
});
