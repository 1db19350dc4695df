import { defineCell } from "../define.js";
import { add, mul, sigmoid, tanh } from "../expression.js";

/**
 * Layer-normalised LSTM (Ba et al. 2016): input and recurrent products are normalised apart, gate by gate, and the memory
 * before it is read out.
 */
export const layerNormLstm = defineCell("layer-norm-lstm", ({ x, h, c }, { linear, layerNorm, parameter }) => {
  const gate = (name: string, bias = 0) =>
    add(
      layerNorm(`${name}_norm_x`, linear(`${name}_x`, x, { bias: false }), { bias: false }),
      layerNorm(`${name}_norm_h`, linear(`${name}_h`, h, { bias: false }), { bias: false }),
      parameter(`${name}_bias`, bias),
    );
  const i = sigmoid(gate("input"));
  const f = sigmoid(gate("forget", 1));
  const g = tanh(gate("candidate"));
  const o = sigmoid(gate("output"));
  const next = add(mul(f, c), mul(i, g));
  return { h: mul(o, tanh(layerNorm("memory_norm", next))), c: next };
});
