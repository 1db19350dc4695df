/** What each cell computes. */
import type { CellName } from "../../library/network.js";
import { Equation } from "../../parts/equation.js";
import { display } from "../../parts/tex.js";

const EQUATIONS: Readonly<Record<CellName, readonly string[]>> = {
  elman: [
    display`h_t = g(W_I\, x_t + W_R\, h_{t-1} + b_h)`,
    display`y_t = g_y(W_y\, h_t + b_y)`,
  ],
  lstm: [
    display`f_t = \sigma(W_f\, x_t + U_f\, h_{t-1} + b_f)`,
    display`i_t = \sigma(W_i\, x_t + U_i\, h_{t-1} + b_i)`,
    display`g_t = \tanh(W_g\, x_t + U_g\, h_{t-1} + b_g)`,
    display`o_t = \sigma(W_o\, x_t + U_o\, h_{t-1} + b_o)`,
    display`c_t = f_t\, c_{t-1} + i_t\, g_t`,
    display`h_t = o_t \tanh c_t`,
  ],
  gru: [
    display`r_t = \sigma(W_r\, x_t + U_r\, h_{t-1} + b_r)`,
    display`z_t = \sigma(W_z\, x_t + U_z\, h_{t-1} + b_z)`,
    display`u_t = U_n\, h_{t-1} + c_n`,
    display`v_t = W_n\, x_t + b_n`,
    display`n_t = \tanh(v_t + r_t\, u_t)`,
    display`h_t = n_t + z_t\,(h_{t-1} - n_t)`,
  ],
};

const ABOUT: Readonly<Record<CellName, string>> = {
  elman: "The state is a function of the input and of the state before it (Elman 1990).",
  lstm: "The cell state runs along the middle. Gates, numbers between 0 and 1, decide what it forgets, takes in and shows (Hochreiter and Schmidhuber 1997, Gers 2000).",
  gru: "One gate mixes the old state with a candidate, another decides how much of the old state the candidate sees (Cho 2014, in the form of cuDNN and PyTorch).",
};

export function Equations({ cell }: { cell: CellName }) {
  return (
    <div class="equations">
      <p>{ABOUT[cell]}</p>
      <div>{EQUATIONS[cell].map((equation) => <Equation key={equation} of={equation} />)}</div>
    </div>
  );
}
