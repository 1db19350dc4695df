/** The text: to be typed in, painted behind with what a unit does at every character. */
import { useEffect, useMemo, useRef } from "preact/hooks";

export interface ReadingFieldProps {
  readonly text: string;
  /** Characters at most. */
  readonly most: number;
  /** -1 to 1 for every character that was read: the strength of its colour. */
  readonly tints: ArrayLike<number>;
  /** A gate, which has one colour; else there is one for each side of zero. */
  readonly gate: boolean;
  /** From this character on the model wrote it. */
  readonly writtenFrom: number | undefined;
  /** Characters before the place that is looked at. */
  readonly at: number;
  readonly readOnly: boolean;
  readonly describedBy: string;
  readonly onText: (text: string, at: number) => void;
  readonly onAt: (at: number) => void;
}

export function ReadingField({ text, most, tints, gate, writtenFrom, at, readOnly, describedBy, onText, onAt }: ReadingFieldProps) {
  const page = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const characters = useMemo(() => [...text], [text]);
  const reported = useRef(at);
  useEffect(() => {
    // Chosen elsewhere: the caret goes there too, so that the arrow keys go on from it. Who types in the field is ahead of what is told here.
    if (reported.current === at || document.activeElement === field.current) return;
    reported.current = at;
    const place = characters.slice(0, at).join("").length;
    field.current!.setSelectionRange(place, place);
  }, [at]);
  useEffect(() => {
    // What is being written is kept in sight.
    if (readOnly) page.current!.scrollTop = page.current!.scrollHeight;
  }, [readOnly, text]);
  const tell = () => {
    const { value, selectionEnd } = field.current!;
    const place = Array.from(value.slice(0, selectionEnd)).length;
    if (place === reported.current) return;
    reported.current = place;
    onAt(place);
  };
  return (
    <label class="reading-field">
      <span>Text to read</span>
      <div ref={page} class={`page ${gate ? "gate" : ""}`}>
        <p class="painted" aria-hidden="true">
          {characters.map((character, i) => {
            const tint = tints[i] ?? 0;
            const kinds = `${tint < 0 ? "down" : "up"}${writtenFrom !== undefined && i >= writtenFrom ? " written" : ""}${i === at - 1 ? " at" : ""}`;
            return <span key={i} class={kinds} style={`--v:${Math.abs(tint).toFixed(2)}`}>{character}</span>;
          })}
          {/* A line end at the end makes no line by itself. */}
          {"\u200b"}
        </p>
        <textarea
          ref={field} value={text} maxLength={most} readOnly={readOnly} spellcheck={false} autocomplete="off" autocapitalize="off" aria-describedby={describedBy}
          onInput={(event) => {
            const { value, selectionEnd } = event.currentTarget;
            reported.current = Array.from(value.slice(0, selectionEnd)).length;
            onText(value, reported.current);
          }}
          onKeyUp={tell} onPointerUp={tell} onSelect={tell}
        />
      </div>
    </label>
  );
}
