/** What a question asks, and the numbers it gives. */
import type { Activation } from "../../library/network.js";
import type { GradientQuestion, NumberQuestion } from "../../library/question.js";
import { M } from "../../parts/equation.js";
import { tex } from "../../parts/tex.js";
import { shown } from "../../numbers.js";
import { WEIGHTS } from "../unroll/network.js";

const FUNCTIONS: Readonly<Record<Activation, string>> = { relu: "ReLU", tanh: "tanh", sigmoid: "the sigmoid σ", identity: "the identity" };

export function Prompt({ question }: { question: NumberQuestion | GradientQuestion }) {
  const { network } = question;
  if (question.kind === "gradient") {
    return (
      <>
        A unit computes <M of={tex`h_t = g(x_t + w\, h_{t-1})`} /> with {FUNCTIONS[network.hidden]} for <i>g</i>. Over twenty steps, from <Letter name="h" index="21" /> back
        to <Letter name="h" index="1" />, what becomes of the gradient?
      </>
    );
  }
  const asked = <Letter name={question.node} index={String(question.step + 1)} />;
  if (network.cell === "lstm") return <>One unit of an LSTM takes one step. What is its {question.node === "c" ? "cell state" : "output"} {asked}?</>;
  if (network.cell === "gru") return <>One unit of a GRU takes one step, the reset gate acting on the finished product. What is its state {asked}?</>;
  const hidden = <M of={tex`h_t = g(W_I\, x_t + W_R\, h_{t-1} + b_h)`} />;
  const output = <M of={tex`y_t = g_y(W_y\, h_t + b_y)`} />;
  const functions = network.hidden === network.output ? `with ${FUNCTIONS[network.hidden]} for both functions` : `with ${FUNCTIONS[network.hidden]} for g and ${FUNCTIONS[network.output]} for g_y`;
  switch (question.kind) {
    case "hidden":
      return <>An Elman network’s unit computes {hidden} with {FUNCTIONS[network.hidden]} for <i>g</i>. What is {asked}?</>;
    case "output":
      return <>The state is read out: {hidden} and {output}, {functions.replace("g_y", "the output")}. What is {asked}?</>;
    default:
      return <>The network takes two steps, {hidden} and {output}, {functions.replace("g_y", "the output")}. What is {asked}?</>;
  }
}

/** The numbers of the question. What plays no part is left out: the recurrent weight of a state that starts from 0. */
export function Givens({ question }: { question: NumberQuestion | GradientQuestion }) {
  const { network } = question;
  if (question.kind === "gradient") {
    return (
      <dl class="givens">
        <Given name="w" value={network.weights["hidden"]![1]!} />
        <Given name="x" index="1" value={network.inputs[0]!} />
        <div><dt><Letter name="x" index="2" />, <Letter name="x" index="3" />, …</dt><dd>{shown(network.inputs[1]!)}</dd></div>
        <Given name="h" index="0" value={0} />
      </dl>
    );
  }
  const single = network.inputs.length === 1;
  const fields = WEIGHTS[network.cell].flatMap(({ linear, fields }) => {
    if (linear === "y" && question.node !== "y") return [];
    const values = linear === "y" ? network.readout : network.weights[linear]!;
    return fields.map(({ symbol: [name, index] }, i) => ({ name, index, value: values[i]!, idle: index === "R" && single && network.initial["h"] === 0 }));
  });
  return (
    <dl class={`givens ${network.cell}`}>
      {network.inputs.map((x, t) => <Given key={`x${t}`} name="x" index={String(t + 1)} value={x} />)}
      {Object.entries(network.initial).map(([state, value]) => <Given key={state} name={state} index="0" value={value} />)}
      {fields.filter(({ idle }) => !idle).map(({ name, index, value }) => <Given key={name + index} name={name} index={index} value={value} />)}
    </dl>
  );
}

function Given({ name, index, value }: { name: string; index?: string; value: number }) {
  return (
    <div>
      <dt>{index === undefined ? <i>{name}</i> : <Letter name={name} index={index} />}</dt>
      <dd>{shown(value)}</dd>
    </div>
  );
}

/** A letter with an index, upright where it is a number. */
function Letter({ name, index }: { name: string; index: string }) {
  return <span class="letter"><i>{name}</i><sub class={/\d/.test(index) ? "" : "word"}>{index}</sub></span>;
}
