/** A word to be typed or chosen. What has a vector counts at once, anything else on Enter or on leaving the field. */
import { useEffect, useRef, useState } from "preact/hooks";

export function WordField({ label, value, list, known, invalid = false, onChange }: {
  label: string;
  value: string;
  /** Id of a `<datalist>`. */
  list: string;
  known: ReadonlySet<string>;
  invalid?: boolean;
  onChange: (word: string) => void;
}) {
  const [text, setText] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Another word came from elsewhere: what was half typed is out of date.
    if (document.activeElement !== field.current) setText(undefined);
  }, [value]);
  const commit = (wanted: string) => {
    const word = wanted.trim();
    setText(undefined);
    if (word !== "" && !/\s/.test(word) && word !== value) onChange(word);
  };
  return (
    <label class="field word">
      <span>{label}</span>
      <input
        ref={field} type="text" list={list} autocomplete="off" autocapitalize="off" spellcheck={false} size={12}
        value={text ?? value} aria-invalid={invalid}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          const wanted = event.currentTarget.value;
          setText(wanted);
          if (wanted !== value && known.has(wanted)) onChange(wanted);
        }}
        onBlur={() => text !== undefined && commit(text)}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(event.currentTarget.value);
        }}
      />
    </label>
  );
}
