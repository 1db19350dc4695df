/** Fields and switches, all with a label and for the keyboard. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { parsed, shown } from "../numbers.js";

/** One of a few, all in sight. */
export function Segmented<T extends string>({ label, value, choices, onChange }: {
  label: string; value: T; choices: readonly (readonly [value: T, text: string])[]; onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend>{label}</legend>
      <div class="segments">
        {choices.map(([choice, text]) => (
          <label key={choice} class={choice === value ? "on" : ""}>
            <input type="radio" name={name} checked={choice === value} onChange={() => onChange(choice)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** One of many. */
export function Select<T extends string>({ label, value, choices, onChange }: {
  label: string; value: T; choices: readonly (readonly [value: T, text: string])[]; onChange: (value: T) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {choices.map(([choice, text]) => <option key={choice} value={choice}>{text}</option>)}
      </select>
    </label>
  );
}

/**
 * A number to be typed, or changed by the arrow keys (with Shift ten times as much). What is no number is marked and changes
 * nothing.
 */
export function NumberField({ label, hidden = false, value, step = 0.1, min = -Infinity, max = Infinity, whole = false, class: extra = "", onChange }: {
  label: ComponentChildren;
  /** The label is read out but not seen. */
  hidden?: boolean;
  value: number; step?: number; min?: number; max?: number; whole?: boolean; class?: string;
  onChange: (value: number) => void;
}) {
  const [text, setText] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Another number came from elsewhere: what was half typed is out of date.
    if (document.activeElement !== field.current) setText(undefined);
  }, [value]);
  const fits = (number: number | undefined) => number !== undefined && number >= min && number <= max && (!whole || Number.isInteger(number));
  const typed = text === undefined ? value : parsed(text);
  const commit = (wanted: number) => {
    const clean = Number(Math.min(max, Math.max(min, wanted)).toFixed(6));
    setText(undefined);
    if (clean !== value) onChange(clean);
    // What is typed next is a new number.
    requestAnimationFrame(() => field.current?.select());
  };
  return (
    <label class={`field number ${extra}`}>
      <span class={hidden ? "unseen" : ""}>{label}</span>
      <input
        ref={field}
        inputMode="decimal"
        autocomplete="off"
        size={6}
        value={text ?? shown(value)}
        aria-invalid={!fits(typed)}
        onInput={(event) => {
          const wanted = event.currentTarget.value;
          setText(wanted);
          const number = parsed(wanted);
          if (fits(number) && number !== value) onChange(number!);
        }}
        onBlur={() => setText(undefined)}
        onFocus={(event) => event.currentTarget.select()}
        onKeyDown={(event) => {
          const direction = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
          if (direction === 0) return;
          event.preventDefault();
          commit((typed ?? value) + direction * step * (event.shiftKey ? 10 : 1));
        }}
      />
    </label>
  );
}

export function Button({ onClick, kind = "plain", disabled = false, children }: {
  onClick: () => void; kind?: "plain" | "main" | "quiet"; disabled?: boolean; children: ComponentChildren;
}) {
  return <button type="button" class={`button ${kind}`} disabled={disabled} onClick={onClick}>{children}</button>;
}

/** Something went wrong: what, and what to do. */
export function Trouble({ children }: { children: ComponentChildren }) {
  return <p class="trouble" role="alert">{children}</p>;
}
