import { defineCell } from "../define.js";
import { add, mul, sigmoid, sub, tanh } from "../expression.js";

/**
 * Gated recurrent unit with the reset gate after the recurrent product, the form of cuDNN and PyTorch:
 * h = (1 - z) n + z h', n = tanh(W x + b + r (W h' + b_h)).
 */
export const gru = defineCell("gru", ({ x, h }, { linear }) => {
  const r = sigmoid(linear("reset", x, h));
  const z = sigmoid(linear("update", x, h));
  const n = tanh(add(linear("candidate_x", x), mul(r, linear("candidate_h", h))));
  return { h: add(n, mul(z, sub(h, n))) };
});

/** Gated recurrent unit as first published (Cho et al. 2014): the reset gate acts before the recurrent product. */
export const gruResetBefore = defineCell("gru-reset-before", ({ x, h }, { linear }) => {
  const r = sigmoid(linear("reset", x, h));
  const z = sigmoid(linear("update", x, h));
  const n = tanh(linear("candidate", x, mul(r, h)));
  return { h: add(n, mul(z, sub(h, n))) };
});
