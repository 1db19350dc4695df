/** What runs were asked for, and what they wrote. */
import { useState } from "preact/hooks";
import type { ShownRun } from "./curves.js";
import { differencesOf } from "./differences.js";

export function Differences({ runs }: { runs: readonly ShownRun[] }) {
  const rows = differencesOf(runs.map(({ reading }) => reading.config));
  return (
    <section>
      <h2 id="differences">Where they differ</h2>
      {rows.length === 0 ? (
        <p class="muted">{runs.length < 2 ? "Choose another run to compare this one with." : "In nothing that was asked for: the same settings, data and backend."}</p>
      ) : (
        <div class="wide-table" tabIndex={0} role="region" aria-labelledby="differences">
          <table>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                {runs.map(({ name, colour }) => <th scope="col" key={name}><Swatch colour={colour} />{name}</th>)}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ setting, values }) => (
                <tr key={setting}>
                  <th scope="row">{setting}</th>
                  {values.map((value, i) => <td key={runs[i]!.name}>{value ?? <span class="muted">not set</span>}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

export function Swatch({ colour }: { colour: ShownRun["colour"] }) {
  return <i class="swatch" style={{ background: `var(--series-${colour})` }} aria-hidden="true" />;
}

/** One step at a time, for all runs: the last sample that each had written by then. */
export function Samples({ runs }: { runs: readonly ShownRun[] }) {
  const writers = runs.filter(({ reading }) => reading.samples.length > 0);
  const steps = [...new Set(writers.flatMap(({ reading }) => reading.samples.map(({ step }) => step)))].sort((a, b) => a - b);
  const [chosen, setChosen] = useState<number>();
  if (steps.length === 0) return null;
  const step = chosen ?? steps.at(-1)!;
  const at = steps.findLastIndex((one) => one <= step);
  return (
    <section aria-labelledby="samples">
      <h2 id="samples">What they wrote</h2>
      <label class="field sample-step">
        <span>After step {step}</span>
        <input type="range" min={0} max={steps.length - 1} step={1} value={at} aria-valuetext={`after step ${step}`} onInput={(event) => setChosen(steps[Number(event.currentTarget.value)])} />
      </label>
      {writers.map(({ name, colour, reading }) => {
        const sample = reading.samples.findLast((one) => one.step <= step);
        return (
          <figure key={name}>
            <figcaption><Swatch colour={colour} />{name}{sample && `, step ${sample.step}`}</figcaption>
            <pre tabIndex={0}>{sample?.text ?? "Nothing yet."}</pre>
          </figure>
        );
      })}
    </section>
  );
}
