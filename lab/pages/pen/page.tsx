/** Pen: a text written by a network, movement by movement, with what it reads and what it expects. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { linesToWrite } from "../../library/pen-picture.js";
import type { Drawing } from "../../library/pen.js";
import type { RunFolder } from "../../library/run-folder.js";
import { Button, NumberField, Segmented, Select, Trouble } from "../../parts/controls.js";
import { Equation, M } from "../../parts/equation.js";
import { Slider } from "../../parts/slider.js";
import { display, tex } from "../../parts/tex.js";
import { addressOf, route } from "../../route.js";
import { useSettings, writeSettings } from "../../settings.js";
import { DrawingPad } from "./drawing-pad.js";
import { Lens } from "./lens.js";
import { ModelField } from "./model-field.js";
import { useModel, useOthers, useWriting } from "./model.js";
import { Others } from "./others.js";
import { usePlayer } from "./player.js";
import { savePicture, type PictureKind } from "./save.js";
import { MOST_BIAS, MOST_CHARACTERS, MOST_SEED, SCHEMA, SPEED_NAMES, SPEEDS } from "./settings.js";
import { Sheet } from "./sheet.js";
import { Transport, useShown } from "./transport.js";
import { mapHeight, useLineAt, WindowMap, WindowOnText } from "./window.js";
import type { Writing } from "./writing.js";
import "./pen.css";

/** Milliseconds after the last key before what was typed is written. */
const PATIENCE = 450;
const OTHER_SEEDS = 6;
/** Characters of a line, as long as no model says. */
const USUAL_LINE = 32;
const SPEED_LABELS = { slow: "Slow", hand: "As a hand", fast: "Fast" } as const;

export default function Pen() {
  const [settings, change] = useSettings(SCHEMA);
  const { text, bias, seed, skip, hand, speed, show } = settings;
  const [folder, setFolder] = useState<RunFolder>();
  const [refused, setRefused] = useState<string>();
  const [prime, setPrime] = useState<Drawing>();
  const { model, opening, error: modelError } = useModel(folder);
  const player = usePlayer(SPEEDS[speed]);
  const request = useMemo(() => ({ text, bias, seed, skip, prime, hand }), [text, bias, seed, skip, prime, hand]);
  // A slider that is drawn along is no reason to write from the start each time.
  const lastBias = useRef(bias);
  const { writing, result, error, busy } = useWriting(model, request, (next: Writing) => {
    if (lastBias.current === bias) player.begin(next);
    else player.follow(next);
    lastBias.current = bias;
  });
  const shown = useShown(writing, player);
  const line = writing?.lines[useLineAt(writing, player)];
  const seeds = useMemo(() => Array.from({ length: OTHER_SEEDS }, (_, i) => (seed + i + 1) % (MOST_SEED + 1)), [seed]);
  const others = useOthers(model, request, seeds, !busy);
  const choose = (chosen: RunFolder | undefined) => {
    setRefused(undefined);
    setFolder(chosen);
  };

  const unknown = [...(result?.unknown ?? []), ...(result?.unknownDrawn ?? [])];
  const missing = model !== undefined && model !== null && result !== undefined && !busy && result.lines.length === 0;
  const facts = model?.facts;
  const expected = useMemo(() => linesToWrite(text, facts?.longest ?? USUAL_LINE), [text, facts]);
  const liftNow = line?.lifts[Math.min(line.count - 1, Math.max(0, shown.at - line.before))];
  return (
    <article class="pen" data-busy={model && result && result.lines.length > 0 && others.size < OTHER_SEEDS ? "" : undefined} data-ready={model === null || modelError || (result && !busy) || error ? "" : undefined}>
      <header class="intro">
        <h1 tabIndex={-1}>Pen</h1>
        <p class="lead">
          A network that writes by hand. At every moment it looks at a few letters of your text and lays out where the pen may go next; the pen goes to one of
          those places, and it looks again.
        </p>
      </header>

      <ModelField model={model} opening={opening} own={folder !== undefined} onChoose={choose} onRefuse={setRefused} />
      {refused && <Trouble>{refused}</Trouble>}
      {modelError && <Trouble>{modelError}</Trouble>}
      {model === null && !modelError && (
        <p class="empty">
          Open the folder of a run of <code>unrolled train handwriting --task synthesis</code>, or drop it on this page, and it will write here.
        </p>
      )}

      {model !== null && (
        <>
          <TextField text={text} onChange={(wanted) => change({ text: wanted })} />
          {unknown.length > 0 && !skip && (
            <p class="trouble" role="alert">
              The model has never seen {listed(unknown)}{result!.unknown.length === 0 ? ", which your drawing says" : ""}. <Button kind="quiet" onClick={() => change({ skip: true })}>Leave {unknown.length === 1 ? "it" : "them"} out</Button>
            </p>
          )}
          {unknown.length > 0 && skip && (
            <p class="small muted" role="status">
              Left out, for the model has never seen {unknown.length === 1 ? "it" : "them"}: {listed(unknown)} <Button kind="quiet" onClick={() => change({ skip: false })}>Do not leave out</Button>
            </p>
          )}
          {missing && unknown.length === 0 && <p class="trouble" role="alert">There is nothing to write: type some words.</p>}
          {missing && unknown.length > 0 && skip && <p class="trouble" role="alert">Nothing is left to write.</p>}
          {error && !prime && <Trouble>{error}</Trouble>}

          <Sheet
            writing={writing} expected={expected} advance={facts?.advance ?? 1} player={player} densities={show === "densities"}
            label={writing ? `Written by the network: ${writing.lines.map(({ characters }) => characters.join("")).join(" / ")}` : "An empty sheet"}
          />
          <Transport shown={shown} player={player} />

          <div class="toolbar">
            <Slider label="Bias" value={bias} min={0} max={MOST_BIAS} step={0.05} said={bias.toFixed(2)} ends={["as learnt", "neat"]} onChange={(wanted) => change({ bias: Number(wanted.toFixed(2)) })} />
            <span class="seed">
              <NumberField label="Seed" value={seed} step={1} min={0} max={MOST_SEED} whole onChange={(wanted) => change({ seed: wanted })} />
              <Button onClick={() => change({ seed: (seed + 1) % (MOST_SEED + 1) })}>Write anew</Button>
            </span>
            {/* The Lab's own model knows several: room for them before it is there. */}
            {(facts ? facts.hands.length > 0 : opening) && (
              <span class="whose">
                <Select
                  label="Hand" value={facts?.hands.includes(hand) ? hand : ""} choices={[["", "any"], ...(facts?.hands ?? []).map((name) => [name, name] as const)]}
                  onChange={(wanted) => change({ hand: wanted })}
                />
              </span>
            )}
            <Segmented label="Speed" value={speed} choices={SPEED_NAMES.map((name) => [name, SPEED_LABELS[name]] as const)} onChange={(wanted) => change({ speed: wanted })} />
            <Segmented label="The sheet shows" value={show} choices={[["ink", "Ink"], ["densities", "Densities"]]} onChange={(wanted) => change({ show: wanted })} />
            <Saving result={result} disabled={busy || !result || result.lines.length === 0} text={text} speed={SPEEDS[speed]} />
          </div>
          {result && result.unfinished.length > 0 && !busy && (
            <p class="small muted" role="status">
              {result.unfinished.length === result.lines.length ? "The network did not find the end" : "The network did not find the end of a line"}, and was stopped after four times the movements that it should have taken.
            </p>
          )}

          <div class="seen">
            <section aria-labelledby="pen-window">
              <h2 id="pen-window">What it reads</h2>
              {line ? (
                <>
                  <WindowOnText line={line} player={player} />
                  <WindowMap line={line} player={player} version={writing!.version.value} onSeek={player.seek} />
                </>
              ) : <div style={{ minHeight: `${mapHeight(expected[0] ?? "")}px` }} />}
            </section>
            <section aria-labelledby="pen-density">
              <h2 id="pen-density">Where the pen may go</h2>
              <Lens writing={writing} advance={facts?.advance ?? 1} player={player} />
              <p class="lift small">
                <span>Pen lifted next</span>
                <i aria-hidden="true"><b style={{ width: `${(100 * (liftNow ?? 0)).toFixed(1)}%` }} /></i>
                <span class="number">{liftNow === undefined ? "" : `${Math.round(100 * liftNow)} %`}</span>
              </p>
            </section>
          </div>

          <section aria-labelledby="pen-others">
            <h2 id="pen-others">By other seeds</h2>
            <Others seeds={seeds} results={others} hrefOf={(other) => addressOf("pen", { ...Object.fromEntries(route.value.settings), ...writeSettings(SCHEMA, { seed: other }) })} />
          </section>
        </>
      )}

      <div class="below">
        {model !== null && (
          <section aria-labelledby="pen-own">
            <h2 id="pen-own">In your hand</h2>
            <p class="muted aside">
              Write something, say what it is, and the network reads it first and goes on in its manner, as well as it can: it has learnt from other hands than
              yours. What you draw stays on this page.
            </p>
            <DrawingPad used={prime} error={prime ? error : undefined} onUse={setPrime} />
          </section>
        )}
        <section class="prose">
          <h2>How it writes</h2>
          <p>
            Recurrent layers read the movement before, <M of={tex`(\Delta x, \Delta y)`} /> and whether the pen was lifted, and what a window shows of the text: a sum of Gaussians
            over the places <M of={tex`u`} /> of its characters, whose centres <M of={tex`\kappa`} /> only ever move on.
          </p>
          <Equation of={display`\phi_t(u) = \sum_{k} \alpha_t^k \exp\left(-\beta_t^k \left(\kappa_t^k - u\right)^2\right)`} label="The window" />
          <p>
            Out of the layers comes a density of the next movement, a mixture of {facts?.components ?? 20} Gaussians with correlations. The pen’s movement is drawn from it. The bias <M of={tex`b`} /> makes
            every deviation <M of={tex`e^{b}`} /> times smaller and likely Gaussians likelier: neater writing, and less of it that is different. Once the window lies
            behind the last letter, the line is done (Graves 2013).
          </p>
          <p>
            The same at a terminal: <code>{`unrolled write RUN "${text.replaceAll('"', "'")}" --bias ${bias} --seed ${seed}${facts?.hands.includes(hand) ? ` --writer ${hand}` : ""}`}</code>
          </p>
        </section>
      </div>
    </article>
  );
}

function listed(characters: readonly string[]): string {
  return [...new Set(characters)].map((character) => `“${character}”`).join(", ");
}

/** What is to be written; once nobody types any more, or on Enter. */
function TextField({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== field.current) setTyped(undefined);
  }, [text]);
  useEffect(() => {
    if (typed === undefined || typed === text) return undefined;
    const timer = setTimeout(() => onChange(typed), PATIENCE);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class="text">
      <span class="unseen">Text to be written</span>
      <input
        ref={field} type="text" value={typed ?? text} maxLength={MOST_CHARACTERS} autocomplete="off" autocapitalize="off" spellcheck={false} placeholder="Type something"
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && onChange(event.currentTarget.value)}
        onBlur={() => {
          if (typed !== undefined && typed !== text) onChange(typed);
          setTyped(undefined);
        }}
      />
    </label>
  );
}

const PICTURES: readonly (readonly [kind: PictureKind, name: string])[] = [["svg", "SVG"], ["animated", "Animated SVG"], ["png", "PNG"]];

function Saving({ result, disabled, text, speed }: { result: ReturnType<typeof useWriting>["result"]; disabled: boolean; text: string; speed: number }) {
  return (
    <fieldset class="saving">
      <legend>Save as</legend>
      <span class="buttons">
        {PICTURES.map(([kind, name]) => (
          <Button key={kind} disabled={disabled} onClick={() => void savePicture(kind, result!.strokes, { text, pointsPerSecond: speed })}>{name}</Button>
        ))}
      </span>
    </fieldset>
  );
}
