/** A cell, written on the page: what is wrong with it is said while it is written. */
import { useEffect, useRef, useState } from "preact/hooks";
import { CELL_STARTS } from "../../library/cell-starts.js";
import { useAnswer } from "../../library/client.js";
import type { CheckedCell } from "../../library/check.js";
import type { Editor } from "./editor-view.js";

/** Milliseconds without a key before a cell is looked at, and stands in the address. */
const PAUSE = 200;

export function CellEditor({ source, onChange }: { source: string; onChange: (source: string) => void }) {
  const holder = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const [loaded, setLoaded] = useState(false);
  const [missing, setMissing] = useState<string>();
  const change = useRef(onChange);
  change.current = onChange;
  const { result, request } = useAnswer("checkCell", source);
  const checked = request === source ? result : undefined;

  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = (text: string) => {
      clearTimeout(timer);
      timer = setTimeout(() => change.current(text), PAUSE);
    };
    import("./editor-view.js").then(
      ({ makeEditor }) => {
        if (gone) return;
        editor.current = makeEditor(holder.current!, source, later);
        setLoaded(true);
      },
      (error: Error) => setMissing(error.message),
    );
    return () => {
      gone = true;
      clearTimeout(timer);
      editor.current?.view.destroy();
    };
  }, []);
  useEffect(() => editor.current?.show(source), [source, loaded]);
  useEffect(() => {
    if (checked) editor.current?.mark(checked.mistake);
  }, [checked, loaded]);

  return (
    <div class="cell-editor">
      <div class="presets" role="group" aria-label="Cells to start from">
        <ul>
          {CELL_STARTS.map(({ id, title, source: start }) => (
            <li key={id}><button type="button" aria-pressed={start === source} onClick={() => onChange(start)}>{title}</button></li>
          ))}
        </ul>
      </div>
      <div class="editor" ref={holder} data-loaded={loaded ? "" : undefined}>
        {!loaded && (missing === undefined ? <pre>{source}</pre> : <textarea aria-label="The cell’s equations" value={source} onInput={(event) => onChange(event.currentTarget.value)} />)}
      </div>
      <p class={`verdict${checked?.mistake ? " wrong" : ""}`} role="status">{verdictOf(checked)}</p>
    </div>
  );
}

function verdictOf(checked: CheckedCell | undefined): string {
  if (!checked) return "…";
  if (checked.mistake) return `Line ${checked.mistake.line}, column ${checked.mistake.column}: ${checked.mistake.message}`;
  const { name, states, maps } = checked;
  return `${name}: ${states.length === 1 ? "state" : "states"} ${states.join(", ")}; ${maps} learned ${maps === 1 ? "map" : "maps"}.`;
}
