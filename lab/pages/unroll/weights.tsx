/** The weights, shared by all steps: fields, and in backward mode the gradient of each. */
import type { Trace } from "../../library/trace.js";
import { shownSlope } from "../../numbers.js";
import { NumberField } from "../../parts/controls.js";
import { WEIGHTS } from "./network.js";

export function Weights({ cell, values, trace, backward, onChange }: {
  cell: Trace["network"]["cell"];
  /** By setting. */
  values: Readonly<Record<string, readonly number[]>>;
  trace: Trace | undefined;
  backward: boolean;
  onChange: (setting: string, values: readonly number[]) => void;
}) {
  return (
    <div class="weights">
      {WEIGHTS[cell].map(({ setting, linear, title, fields }) => (
        <fieldset key={`${cell} ${setting}`}>
          <legend>{title}</legend>
          <div class="weight-fields">
            {fields.map(({ symbol: [letter, index], about }, i) => {
              const gradient = trace?.weightGradients[linear]?.[i] ?? 0;
              const label = (
                <>
                  <span aria-hidden="true"><i>{letter}</i><sub>{index}</sub></span>
                  <span class="unseen">{about}</span>
                </>
              );
              return (
                <div key={i} class="weight-field">
                  <NumberField label={label} value={values[setting]![i]!} onChange={(value) => onChange(setting, values[setting]!.with(i, value))} />
                  <output class={`slope ${backward ? "" : "away"} ${gradient === 0 ? "none" : gradient > 0 ? "positive" : "negative"}`}>∂ {shownSlope(gradient)}</output>
                </div>
              );
            })}
          </div>
        </fieldset>
      ))}
    </div>
  );
}
