/** Unroll: a small network drawn out in time, every number of which can be changed. */
import { useState } from "preact/hooks";
import type { Activation, CellName } from "../../library/network.js";
import { useAnswer } from "../../library/client.js";
import { Button, Segmented, Select, Trouble } from "../../parts/controls.js";
import { M } from "../../parts/equation.js";
import { tex } from "../../parts/tex.js";
import { changeSettings, route } from "../../route.js";
import { readSettings, writeSettings } from "../../settings.js";
import { Diagram } from "./diagram.js";
import { Equations } from "./equations.js";
import { cellIn, MOST_STEPS, networkOf, schemaOf, STATES, WEIGHTS, type Target } from "./network.js";
import { Selected } from "./selected.js";
import { subscript } from "./working.js";
import { Weights } from "./weights.js";
import "./unroll.css";

const NAMES: Readonly<Record<Activation, string>> = { relu: "ReLU", tanh: "tanh", sigmoid: "sigmoid", identity: "none" };
const FUNCTIONS = Object.entries(NAMES) as [Activation, string][];

export default function Unroll() {
  const { settings } = route.value;
  const cell = cellIn(settings);
  const schema = schemaOf(cell);
  const values = readSettings(schema, settings);
  const network = networkOf(settings);
  const steps = network.inputs.length;
  const backward = values.mode === "backward";
  const target: Target = values.of && values.of.step <= steps && (values.of.node === "y" || STATES[cell].includes(values.of.node)) ? values.of : { node: "y", step: steps };
  const { result: trace, error } = useAnswer("trace", { network, of: { node: target.node, step: target.step - 1 } });
  const [selected, setSelected] = useState<string>();
  const change = (changes: Readonly<Record<string, unknown>>) => changeSettings(writeSettings(schema, changes as never));
  const numbers = Object.fromEntries(WEIGHTS[cell].map(({ setting }) => [setting, (values as unknown as Record<string, readonly number[]>)[setting]!]));
  const targets = ["y", ...STATES[cell]].flatMap((node) => Array.from({ length: steps }, (_, t): Target => ({ node, step: t + 1 })));
  const written = (each: Target) => `${each.node}${each.step}`;
  const current = selected ?? `${target.node}@${target.step - 1}`;
  return (
    <article class="unroll" data-ready={trace ? "" : undefined}>
      <header class="intro">
        <div>
          <h1 tabIndex={-1}>Unroll</h1>
          <p class="lead">
            A recurrent network is one small network, used again at every step with the same weights. Drawn out in time it is a plain deep
            one. Change any number and see it travel.
          </p>
        </div>
        <Equations cell={cell} />
      </header>

      <div class="toolbar">
        <Segmented label="Cell" value={cell} choices={[["elman", "Elman"], ["lstm", "LSTM"], ["gru", "GRU"]]} onChange={(wanted: CellName) => changeSettings(cellSettings(wanted, settings))} />
        {cell === "elman" && <Select label="Hidden function g" value={network.hidden} choices={FUNCTIONS} onChange={(hidden) => change({ hidden })} />}
        <Select label="Output function" value={network.output} choices={FUNCTIONS} onChange={(out) => change({ out })} />
        <fieldset class="stepper">
          <legend>Steps</legend>
          <Button onClick={() => change({ x: network.inputs.slice(0, -1) })} disabled={steps === 1}><span aria-hidden="true">−</span><span class="unseen">One step less</span></Button>
          <output aria-live="polite">{steps}</output>
          <Button onClick={() => change({ x: [...network.inputs, 0.5] })} disabled={steps === MOST_STEPS}><span aria-hidden="true">+</span><span class="unseen">One step more</span></Button>
        </fieldset>
        <Segmented label="Show" value={values.mode} choices={[["forward", "Values"], ["backward", "Gradients"]]} onChange={(mode) => change({ mode })} />
        {backward && <Select label="Gradient of" value={written(target)} choices={targets.map((each) => [written(each), `${each.node}${subscript(each.step)}`] as const)} onChange={(text) => change({ of: schema.of.read(text) })} />}
        <Button kind="quiet" onClick={() => changeSettings(emptied(settings, { cell: settings.get("cell") ?? undefined }))}>Start over</Button>
      </div>

      <Weights cell={cell} values={numbers} trace={trace} backward={backward} onChange={(setting, wanted) => change({ [setting]: wanted })} />
      {error && <Trouble>{error}</Trouble>}
      <Diagram
        trace={trace} cell={cell} steps={steps} backward={backward} selected={current} onSelect={setSelected}
        onInput={(step, value) => change({ x: network.inputs.with(step, value) })}
        onInitial={(state, value) => change({ [`${state}0`]: [value] })}
      />
      <p class="legend small muted">
        {backward ? (
          <>
            Along every edge: by how much {target.node}<sub>{target.step}</sub> changes per unit of what the edge carries. <b class="positive">Orange</b> raises it, <b class="negative">blue</b> lowers
            it, the thicker the more; dashed edges have no say.
          </>
        ) : (
          "Every box is a value of the compiled program, with the numbers put into its equation. Choose one to read it in full."
        )}
      </p>
      <Selected trace={trace} cell={cell} id={current} backward={backward} target={target} onTarget={(of) => change({ of, mode: "backward" })} />
      <section class="prose">
        <h2>Reading it backwards</h2>
        <p>
          The gradient of a value says by how much the chosen output would change per unit of change in that value. It flows against the
          arrows: along each edge it is multiplied by the slope of what the edge leads into, and where edges part, their gradients are added. From
          step to step an Elman network multiplies by <M of={tex`W_R\, g'(a_t)`} />, so over many steps it shrinks or grows like a power. An LSTM’s
          cell state is multiplied by the forget gate alone, which can stay near 1.
        </p>
      </section>
    </article>
  );
}

/** Another cell: what is common stays, numbers of the former cell go. */
function cellSettings(cell: CellName, settings: URLSearchParams): Record<string, string | undefined> {
  const common = ["mode"].map((name) => [name, settings.get(name) ?? undefined] as const);
  return emptied(settings, { ...Object.fromEntries(common), cell: cell === "elman" ? undefined : cell });
}

function emptied(settings: URLSearchParams, but: Record<string, string | undefined>): Record<string, string | undefined> {
  return { ...Object.fromEntries([...settings.keys()].map((name) => [name, undefined])), ...but };
}
