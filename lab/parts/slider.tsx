/** A number between two, dragged or moved by the arrow keys. */
import type { ComponentChildren } from "preact";

export function Slider({ label, value, min, max, step, said, ends, class: extra = "", onChange }: {
  label: ComponentChildren;
  value: number;
  min: number;
  max: number;
  step: number;
  /** The value in words, beside the label. */
  said: string;
  /** What the ends mean. */
  ends?: readonly [low: string, high: string];
  class?: string;
  onChange: (value: number) => void;
}) {
  return (
    <label class={`field slider ${extra}`}>
      <span>{label} <b aria-hidden="true">{said}</b></span>
      <input type="range" min={min} max={max} step={step} value={value} aria-valuetext={said} onInput={(event) => onChange(Number(event.currentTarget.value))} />
      {ends && <span class="ends" aria-hidden="true"><span>{ends[0]}</span><span>{ends[1]}</span></span>}
    </label>
  );
}
