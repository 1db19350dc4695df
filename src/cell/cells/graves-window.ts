import { type Cell, defineCell } from "../define.js";
import { add, exp, mul, sigmoid, tanh } from "../expression.js";
import { gaussianWindow, read } from "../reading.js";

/**
 * The first layer of handwriting synthesis (Graves 2013, section 5): a peephole LSTM that also takes in what its window over the text gave
 * at the step before. The window is a mixture of Gaussians over the positions u = 1, 2, ... of the text, whose places kappa only move
 * forward. States: `h`, `c`; `kappa`, one place for each Gaussian; `w`, what the window gives, as wide as a position. Named values:
 * `window` (a number for each position), `alpha`, `beta`.
 *
 * Where a text is to end (the paper's stop rule) the window is wanted one past its last character: give it a position of zeros there, which
 * adds nothing to `w`.
 *
 * @param gaussians how many
 * @param options `step`: what the biases of the steps start from; a Gaussian moves exp(step) per token at first
 */
export function gravesWindow(gaussians = 10, { step = 0 }: { step?: number } = {}): Cell {
  return defineCell<"h" | "c" | "kappa" | "w">(
    "graves-window",
    ({ x, h, c, kappa, w }, { linear, parameter, memory, name }) => {
      const i = sigmoid(add(linear("input", x, h, w), mul(parameter("peephole_input"), c)));
      const f = sigmoid(add(linear("forget", x, h, w, { bias: 1 }), mul(parameter("peephole_forget"), c)));
      const g = tanh(linear("candidate", x, h, w));
      const next = add(mul(f, c), mul(i, g));
      const o = sigmoid(add(linear("output", x, h, w), mul(parameter("peephole_output"), next)));
      const hidden = mul(o, tanh(next));
      const alpha = name("alpha", exp(linear("alpha_hat", hidden, { width: gaussians })));
      const beta = name("beta", exp(linear("beta_hat", hidden, { width: gaussians })));
      const place = add(kappa, exp(linear("kappa_hat", hidden, { width: gaussians, bias: step })));
      const window = name("window", gaussianWindow(alpha, beta, place));
      return { h: hidden, c: next, kappa: place, w: read(window, memory) };
    },
    { widths: { kappa: gaussians, w: "memory" } },
  );
}
