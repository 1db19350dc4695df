import { defineCell } from "../define.js";
import { add, mul, sigmoid, tanh } from "../expression.js";

/** Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers et al. 2000). */
export const lstm = defineCell("lstm", ({ x, h, c }, { linear }) => {
  const i = sigmoid(linear("input", x, h));
  const f = sigmoid(linear("forget", x, h, { bias: 1 }));
  const g = tanh(linear("candidate", x, h));
  const o = sigmoid(linear("output", x, h));
  const next = add(mul(f, c), mul(i, g));
  return { h: mul(o, tanh(next)), c: next };
});
