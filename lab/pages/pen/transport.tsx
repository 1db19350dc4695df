/** Play, and where the pen is: a slider over all movements. */
import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../parts/controls.js";
import type { Mode, Player } from "./player.js";
import type { Writing } from "./writing.js";

interface Shown {
  readonly at: number;
  readonly mode: Mode;
  readonly total: number;
  /** Where most of the window lies. */
  readonly character: string;
}

/** What the player shows, in whole movements: it is drawn anew with each. */
export function useShown(writing: Writing | undefined, player: Player): Shown {
  const [shown, setShown] = useState<Shown>({ at: 0, mode: "end", total: 0, character: "" });
  useEffect(() => effect(() => {
    void writing?.version.value;
    const [at, mode, total] = [Math.floor(player.at.value), player.mode.value, writing?.total ?? 0];
    const character = characterAt(writing, at);
    setShown((before) => (before.at === at && before.mode === mode && before.total === total ? before : { at, mode, total, character }));
  }), [writing]);
  return shown;
}

function characterAt(writing: Writing | undefined, at: number): string {
  const place = writing?.placeAt(at);
  const window = place?.line.windows[Math.max(0, Math.ceil(place.made) - 1)];
  if (!place || !window) return "";
  const u = window.indexOf(Math.max(...window));
  const character = place.line.characters[u];
  return character === undefined ? "behind the text" : character === " " ? "at a space" : `at “${character}”`;
}

export function Transport({ shown, player }: { shown: Shown; player: Player }) {
  const { at, mode, total, character } = shown;
  const said = `Movement ${at.toLocaleString("en")} of ${total.toLocaleString("en")}${character === "" ? "" : `, ${character}`}`;
  return (
    <div class="transport">
      <Button kind="main" disabled={total === 0} onClick={player.toggle}>{mode === "playing" ? "Pause" : mode === "paused" ? "Go on" : "Replay"}</Button>
      <label>
        <span class="unseen">Movement of the pen</span>
        <input type="range" min={0} max={Math.max(1, total)} step={1} value={at} disabled={total === 0} aria-valuetext={said} onInput={(event) => player.seek(Number(event.currentTarget.value))} />
      </label>
      <span class="small muted" aria-hidden="true">{said}</span>
    </div>
  );
}
