/** Runs: curves, settings and samples of training runs side by side, followed while they are trained. */
import { useRef, useState } from "preact/hooks";
import { chosenFiles, type NamedFile } from "../../library/run-folder.js";
import { Button, Segmented, Trouble } from "../../parts/controls.js";
import { useDropped } from "../../parts/dropped.js";
import { shown } from "../../numbers.js";
import { useSettings } from "../../settings.js";
import { AXIS_LABELS, axesOf, CURVE_LABELS, Curves, type ShownRun } from "./curves.js";
import { Differences, Samples, Swatch } from "./details.js";
import { useFollowed, useServed, type Followed } from "./follow.js";
import { runsAmong, type Found } from "./places.js";
import { AXES, CURVES, MOST_SHOWN, SCHEMA } from "./settings.js";
import "./runs.css";

export default function Runs() {
  const [settings, change] = useSettings(SCHEMA);
  const { served, error: serverError } = useServed();
  const [opened, setOpened] = useState<readonly Found[]>([]);
  const [refused, setRefused] = useState<string>();
  const all = [...opened, ...(served ?? []).filter(({ name }) => !opened.some((other) => other.name === name))];
  const wanted = settings.runs ?? all.slice(0, MOST_SHOWN).map(({ name }) => name);
  const chosen = wanted.flatMap((name) => all.find((run) => run.name === name) ?? []);
  const missing = served === undefined ? [] : wanted.filter((name) => !all.some((run) => run.name === name));
  const followed = useFollowed(chosen);
  const runs = chosen.flatMap((run, i): ShownRun[] => {
    const reading = followed.get(run)?.reading;
    return reading ? [{ name: run.name, colour: (i + 1) as ShownRun["colour"], reading }] : [];
  });
  const axes = axesOf(runs, AXES);
  const axis = axes.includes(settings.axis) ? settings.axis : "step";
  const read = served !== undefined && chosen.every((run) => followed.has(run));

  const open = async (files: Promise<readonly NamedFile[]> | readonly NamedFile[], what: string) => {
    try {
      const found = runsAmong(await files, what);
      setRefused(undefined);
      setOpened((before) => [...found, ...before.filter(({ name }) => !found.some((run) => run.name === name))]);
      change({ runs: found.slice(0, MOST_SHOWN).map(({ name }) => name) });
    } catch (error) {
      setRefused((error as Error).message);
    }
  };
  const over = useDropped((files, what) => void open(files, what));
  const choose = (name: string, on: boolean) => {
    const present = wanted.filter((other) => other !== name && !missing.includes(other));
    change({ runs: on ? [...present, name] : present });
  };

  return (
    <article
      class={`runs${over ? " over" : ""}`}
      data-ready={read ? "" : undefined}
    >
      <header>
        <h1 tabIndex={-1}>Runs</h1>
        <p class="lead">
          Every training leaves a folder: what was asked for, and what the loss did. Here they lie side by side, those that are still
          being trained too.
        </p>
      </header>

      {served !== undefined && <div class="bench">
        <div class="choice">
          {all.length > 0 && (
            <fieldset>
              <legend>{all.length === 1 ? "One run" : `${all.length} runs`}{all.length > MOST_SHOWN && `, up to ${MOST_SHOWN} at once`}</legend>
              <ul>
                {all.map((run) => {
                  const place = chosen.indexOf(run);
                  return (
                    <li key={run.name}>
                      <label class={place < 0 ? "" : "on"}>
                        <input type="checkbox" checked={place >= 0} disabled={place < 0 && chosen.length >= MOST_SHOWN} onChange={(event) => choose(run.name, event.currentTarget.checked)} />
                        <span>
                          {run.name}{place >= 0 && <Swatch colour={(place + 1) as ShownRun["colour"]} />}
                          {place >= 0 && <small>{stateOf(followed.get(run))}</small>}
                        </span>
                      </label>
                    </li>
                  );
                })}
              </ul>
            </fieldset>
          )}
          <Opening onOpen={open} />
          {all.length === 0 && (
            <p class="muted small">
              Or start the Lab with a folder of runs, and they are followed while they are trained: <code>unrolled lab runs</code>
            </p>
          )}
          {opened.length > 0 && <p class="muted small">What was opened here stays as it was when it was opened; it does not leave this browser.</p>}
        </div>

        <div class="shown">
          {refused && <Trouble>{refused}</Trouble>}
          {serverError && <Trouble>{serverError}</Trouble>}
          {missing.length > 0 && <Trouble>Not here: {missing.join(", ")}. {opened.length === 0 && served === null ? "Open the folder that holds them." : "Choose among those that are."}</Trouble>}
          {chosen.map((run) => {
            const { error, reading } = followed.get(run) ?? {};
            return [error, ...(reading?.notes ?? [])].map((text) => text && <Trouble key={`${run.name} ${text}`}>{text}</Trouble>);
          })}
          {runs.length > 0 ? (
            <>
              <div class="toolbar">
                <Segmented label="Curve" value={settings.curve} choices={CURVES.map((curve) => [curve, CURVE_LABELS[curve]] as const)} onChange={(curve) => change({ curve })} />
                {axes.length > 1 && (
                  <Segmented label="Over" value={axis} choices={axes.map((one) => [one, SHORT_AXES[one]] as const)} onChange={(wanted) => change({ axis: wanted })} />
                )}
              </div>
              <Curves runs={runs} axis={axis} curve={settings.curve} />
              <Differences runs={runs} />
              <Samples runs={runs} />
            </>
          ) : (
            read && <p class="empty">{all.length === 0 ? "Open a folder, or drop one on this page: one run, or many." : chosen.length === 0 ? "Choose a run." : "None of the chosen runs can be read."}</p>
          )}
        </div>
      </div>}
    </article>
  );
}

const SHORT_AXES: Readonly<Record<keyof typeof AXIS_LABELS, string>> = { step: "Steps", predictions: "Predictions", elapsed: "Time" };

/** In a line below its name: how far it is, and how well it does. */
function stateOf(run: Followed | undefined): string {
  if (!run) return "reading…";
  if (!run.reading) return "cannot be read";
  const { metrics, unit, kind } = run.reading;
  const last = metrics.at(-1);
  if (!last) return `${kind}, no step logged yet`;
  const [key, name] = metrics.some((line) => line["validationLoss"] !== undefined) ? (["validationLoss", "validation"] as const) : (["trainingLoss", "training"] as const);
  const loss = metrics.findLast((line) => line[key] !== undefined)?.[key];
  return `${run.growing ? "growing, " : ""}step ${last.step}${loss === undefined ? "" : `, ${name} ${shown(loss)} ${unit}`}`;
}

/** Browsers open a folder by an input of files; a button stands for it. */
function Opening({ onOpen }: { onOpen: (files: readonly NamedFile[], what: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div>
      <Button onClick={() => input.current?.click()}>Open a folder…</Button>
      <input
        ref={input} type="file" hidden {...{ webkitdirectory: true }}
        onChange={({ currentTarget }) => {
          const files = chosenFiles(currentTarget.files!);
          onOpen(files, files[0]?.path.split("/")[0] ?? "The folder");
          currentTarget.value = "";
        }}
      />
    </div>
  );
}
