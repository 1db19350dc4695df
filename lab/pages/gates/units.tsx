/** What units react to: properties of the text, and the units that go along with one of them. */
import { useId } from "preact/hooks";
import { TEXT_PROPERTIES } from "../../library/text-properties.js";
import { correlationText } from "./names.js";
import type { Ranking } from "./ranking.js";

/** Units that are listed. */
const LISTED = 8;

export function Properties({ ranking, by, onChange }: { readonly ranking: Ranking | undefined; readonly by: string; readonly onChange: (id: string) => void }) {
  const name = useId();
  return (
    <fieldset class="rows">
      <legend>Sort units by what they react to</legend>
      {TEXT_PROPERTIES.map(({ id, name: title, about }, p) => {
        const best = ranking?.best(p);
        return (
          <label key={id} class={id === by ? "on" : ""} title={about}>
            <input type="radio" name={name} checked={id === by} onChange={() => onChange(id)} />
            <span class="row-name">{title}</span>
            <Bar r={best?.r ?? NaN} />
            <span class="row-value">{best ? correlationText(best.r) : ""}</span>
          </label>
        );
      })}
    </fieldset>
  );
}

export function Units({ ranking, by, unit, onChange }: {
  readonly ranking: Ranking | undefined; readonly by: string; readonly unit: number; readonly onChange: (unit: number) => void;
}) {
  const name = useId();
  const p = TEXT_PROPERTIES.findIndex(({ id }) => id === by);
  const listed = ranking?.strongest(p, LISTED) ?? [];
  return (
    <fieldset class="rows units">
      <legend>Units that react most</legend>
      {listed.map(({ unit: one, r }) => (
        <label key={one} class={one === unit ? "on" : ""}>
          <input type="radio" name={name} checked={one === unit} onChange={() => onChange(one)} />
          <span class="row-name">unit {one + 1}</span>
          <Bar r={r} />
          <span class="row-value">{correlationText(r)}</span>
        </label>
      ))}
      {ranking && listed.length === 0 && <p class="muted small">Nothing of this kind is in the longer text.</p>}
    </fieldset>
  );
}

function Bar({ r }: { r: number }) {
  return <i class={`bar ${r < 0 ? "negative" : "positive"}`} aria-hidden="true"><i style={{ width: `${Number.isNaN(r) ? 0 : 100 * Math.abs(r)}%` }} /></i>;
}
