/** Which characters the model looks at: now, over the text; and at every movement, as a map. */
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { HeatMap } from "../../parts/heat-map.js";
import type { Player } from "./player.js";
import type { WrittenLine, Writing } from "./writing.js";

/** Pixels of a row of the map. */
const ROW = 15;

/** About what the text with its window and the map of it take, in pixels. */
export function mapHeight(line: string): number {
  return (Array.from(line).length + 1) * ROW + 90;
}

/** The line under the pen, as the page follows it. */
export function useLineAt(writing: Writing | undefined, player: Player): number {
  const [index, setIndex] = useState(0);
  useEffect(() => effect(() => {
    void writing?.version.value;
    setIndex(writing?.placeAt(player.at.value)?.index ?? 0);
  }), [writing]);
  return index;
}

/** The text with the window on it: the more a character counts, the darker it is. */
export function WindowOnText({ line, player }: { line: WrittenLine; player: Player }) {
  const row = useRef<HTMLParagraphElement>(null);
  useEffect(() => effect(() => {
    const made = Math.min(line.count, Math.max(1, Math.ceil(player.at.value - line.before)));
    const window = line.windows[made - 1];
    const letters = row.current!.children;
    const sum = Math.max(1e-6, window?.reduce((total, value) => total + value, 0) ?? 0);
    for (let u = 0; u < letters.length; u++) (letters[u] as HTMLElement).style.setProperty("--phi", ((window?.[u] ?? 0) / sum).toFixed(3));
  }), [line]);
  return (
    <p ref={row} class="window-text" aria-hidden="true">
      {[...line.characters, "\u00a0"].map((character, u) => <span key={u}>{character === " " ? "\u00a0" : character}</span>)}
    </p>
  );
}

export function WindowMap({ line, player, version, onSeek }: { line: WrittenLine; player: Player; version: number; onSeek: (at: number) => void }) {
  const rows = line.characters.length + 1;
  const { values, high } = useMemo(() => {
    const all = new Float32Array(rows * line.count);
    let most = 1e-6;
    for (const [t, window] of line.windows.entries()) {
      for (let u = 0; u < rows; u++) {
        all[u * line.count + t] = window[u]!;
        most = Math.max(most, window[u]!);
      }
    }
    return { values: all, high: most };
  }, [line, version]);
  const hand = useRef<HTMLElement>(null);
  useEffect(() => effect(() => {
    const part = Math.min(1, Math.max(0, (player.at.value - line.before) / Math.max(1, line.count)));
    if (hand.current) hand.current.style.left = `${(100 * part).toFixed(2)}%`;
  }), [line]);
  const named = (u: number) => (u < line.characters.length ? `“${line.characters[u]}”` : "the end");
  return (
    <div class="window-map">
      <ol class="letters" aria-hidden="true">
        {line.characters.map((character, u) => <li key={u}>{character === " " ? "␣" : character}</li>)}
        <li class="muted">·</li>
      </ol>
      <div
        class="time"
        onClick={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          onSeek(line.before + ((event.clientX - left) / width) * line.count);
        }}
      >
        <HeatMap
          label={`The window over ${rows - 1} characters at each of ${line.count} movements: it moves from the first to the last`}
          rows={rows} columns={line.count} values={values} low={0} high={high} height={rows * ROW}
          xLabel="Movements" yLabel="" format={(value) => value.toFixed(2)}
          describe={(row, column) => `movement ${column + 1}, ${named(row)}`}
        />
        <i ref={hand} class="hand" aria-hidden="true" />
      </div>
    </div>
  );
}
