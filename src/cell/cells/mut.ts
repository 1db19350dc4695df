/**
 * The three best cells of the search of Jozefowicz, Zaremba & Sutskever (2015). `z` multiplies the candidate. In MUT1 and MUT2
 * the input enters without a matrix, so it must be as wide as the state.
 */
import { defineCell } from "../define.js";
import { add, mul, sigmoid, sub, tanh } from "../expression.js";

export const mut1 = defineCell("mut1", ({ x, h }, { linear }) => {
  const z = sigmoid(linear("update", x));
  const r = sigmoid(linear("reset", x, h));
  const n = tanh(add(linear("candidate", mul(r, h)), tanh(x)));
  return { h: add(h, mul(z, sub(n, h))) };
});

export const mut2 = defineCell("mut2", ({ x, h }, { linear }) => {
  const z = sigmoid(linear("update", x, h));
  const r = sigmoid(add(x, linear("reset", h)));
  const n = tanh(linear("candidate", x, mul(r, h)));
  return { h: add(h, mul(z, sub(n, h))) };
});

export const mut3 = defineCell("mut3", ({ x, h }, { linear }) => {
  const z = sigmoid(linear("update", x, tanh(h)));
  const r = sigmoid(linear("reset", x, h));
  const n = tanh(linear("candidate", x, mul(r, h)));
  return { h: add(h, mul(z, sub(n, h))) };
});
