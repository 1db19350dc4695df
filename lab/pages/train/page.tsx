/** Train here: a model of text, of a cell of one's own if wanted, trained in the page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { chosenFiles, type NamedFile } from "../../library/run-folder.js";
import { shown } from "../../numbers.js";
import { Button, NumberField, Segmented, Select, Trouble } from "../../parts/controls.js";
import { useDropped } from "../../parts/dropped.js";
import { Equation } from "../../parts/equation.js";
import { display } from "../../parts/tex.js";
import { useSettings } from "../../settings.js";
import { CellEditor } from "./cell-editor.js";
import { CELLS, OPTIMIZERS, OWN, RATES, VOCABULARIES } from "./choices.js";
import { RunButtons, RunCurves, Samples, Status, TakeAway } from "./live.js";
import { configOf, LIMITS, SCHEMA, type Settings } from "./settings.js";
import { given, grouped, TextChoice } from "./text-choice.js";
import { addTexts, begin, isUnsaved, open, phase, run, stepNow, trouble, waiting } from "./trainer.js";
import "./train.css";

const CELL_CHOICES = [...CELLS.map((cell) => [cell, cell] as const), [OWN, "one of your own"] as const];
const OPTIMIZER_TEXT = { adam: "Adam", rmsprop: "RMSprop", momentum: "Momentum", sgd: "Gradient descent" };

export default function Train() {
  const [settings, change] = useSettings(SCHEMA);
  const [asking, setAsking] = useState(false);
  const starting = phase.value === "starting";
  const held = run.value;

  // A run that was opened brings its own cell.
  useEffect(() => {
    if (held?.cellSource !== undefined) change({ cell: OWN, source: held.cellSource });
  }, [held?.name, held?.cellSource]);

  const train = (sure: boolean) => {
    if (!sure && isUnsaved()) {
      setAsking(true);
      return;
    }
    setAsking(false);
    const own = given.value;
    if (settings.text === OWN && !own) {
      trouble.value = "There is no text yet: choose a file, drop one on this page, or paste one.";
      return;
    }
    const text = settings.text === OWN ? own! : "moby-dick";
    const source = settings.cell === OWN ? settings.source : undefined;
    void begin({ name: nameOf(typeof text === "string" ? text : text.name), config: configOf(settings), steps: settings.steps, text, cell: source });
  };
  const take = async (files: Promise<readonly NamedFile[]> | readonly NamedFile[], what: string) => {
    try {
      const all = await files;
      if (waiting.value) return await addTexts(all);
      const isRun = all.length > 1 || all.some(({ path }) => /(^|\/)run\.json$|\.zip$/i.test(path));
      if (isRun) return await open(all, what);
      const [only] = all;
      if (!only) return undefined;
      given.value = { name: only.file.name, content: only.file };
      change({ text: OWN });
    } catch (error) {
      trouble.value = (error as Error).message;
    }
    return undefined;
  };
  const over = useDropped((files, what) => void take(files, what));

  return (
    <article
      class={`train${over ? " over" : ""}`}
      data-ready=""
      data-busy={phase.value === "training" || starting ? "" : undefined}
    >
      <header class="intro">
        <div>
          <h1 tabIndex={-1}>Train here</h1>
          <p class="lead">
            A network reads a text and learns to tell what comes next. Everything happens in this page: the text stays with you, and so does the model.
          </p>
        </div>
        <Equation of={display`L = -\frac{1}{T} \sum_{t=1}^{T} \log_2 p(x_{t+1} \mid x_1, \dots, x_t)`} label="The loss: the mean, over the text, of the negative binary logarithm of the probability of what comes next" />
      </header>

      <div class="bench">
        <div class="setup">
          <TextChoice value={settings.text} bytes={settings.vocabulary === "bytes"} onChange={(text) => change({ text })} />

          <section class="part" aria-labelledby="train-cell">
            <h2 id="train-cell">Cell</h2>
            <div class="toolbar"><Select label="Equations" value={settings.cell} choices={CELL_CHOICES} onChange={(cell) => change({ cell })} /></div>
            {settings.cell === OWN && <CellEditor source={settings.source} onChange={(source) => change({ source })} />}
          </section>

          <Network settings={settings} change={change} />

          <div class="buttons">
            <Button kind={held ? "plain" : "main"} disabled={starting} onClick={() => train(false)}>{held ? "Train anew" : "Train"}</Button>
            <Opening onOpen={take} />
          </div>
          {asking && (
            <div class="asking" role="alertdialog" aria-label="The run is not saved">
              <p>{held?.name} has {grouped(stepNow())} steps that were not downloaded. A new run takes its place.</p>
              <div class="buttons">
                <Button onClick={() => train(true)}>Train anew</Button>
                <Button onClick={() => setAsking(false)}>Keep it</Button>
              </div>
            </div>
          )}
        </div>

        <div class="live">
          {trouble.value && <Trouble>{trouble.value}</Trouble>}
          <Texts onTexts={take} />
          {held?.notes.map((note) => <p key={note} class="note small">{note}</p>)}
          <div class="head"><Status><RunButtons wanted={settings.steps} /></Status></div>
          <RunCurves />
          <div class="lower">
            <Samples />
            {held && <TakeAway />}
          </div>
        </div>
      </div>
    </article>
  );
}

/** Sizes, and how it learns. */
function Network({ settings, change }: { settings: Settings; change: (changes: Partial<Settings>) => void }) {
  const { hidden, layers, embedding, batch, window, optimizer, lr, clip, dropout, seed, steps, vocabulary } = settings;
  return (
    <section class="part" aria-labelledby="train-network">
      <h2 id="train-network">Network and training</h2>
      <div class="fields">
        <NumberField label="Units" value={hidden} {...LIMITS.hidden} step={1} whole onChange={(wanted) => change({ hidden: wanted })} />
        <NumberField label="Layers" value={layers} {...LIMITS.layers} step={1} whole onChange={(wanted) => change({ layers: wanted })} />
        <NumberField label="Token vector" value={embedding} {...LIMITS.embedding} step={1} whole onChange={(wanted) => change({ embedding: wanted })} />
        <NumberField label="Rows" value={batch} {...LIMITS.batch} step={1} whole onChange={(wanted) => change({ batch: wanted })} />
        <NumberField label="Tokens per step" value={window} {...LIMITS.window} step={1} whole onChange={(wanted) => change({ window: wanted })} />
        <NumberField label="Dropout" value={dropout} {...LIMITS.dropout} step={0.1} onChange={(wanted) => change({ dropout: wanted })} />
        <Select label="Optimiser" value={optimizer} choices={OPTIMIZERS.map((name) => [name, OPTIMIZER_TEXT[name]] as const)} onChange={(wanted) => change({ optimizer: wanted, lr: undefined })} />
        <NumberField label="Learning rate" value={lr ?? RATES[optimizer]} min={1e-6} max={100} step={0.001} onChange={(wanted) => change({ lr: wanted === RATES[optimizer] ? undefined : wanted })} />
        <NumberField label="Clip norm to" value={clip} {...LIMITS.clip} step={0.5} onChange={(wanted) => change({ clip: wanted })} />
        <NumberField label="Seed" value={seed} {...LIMITS.seed} step={1} whole onChange={(wanted) => change({ seed: wanted })} />
        <NumberField label="Steps" value={steps} {...LIMITS.steps} step={100} whole onChange={(wanted) => change({ steps: wanted })} />
      </div>
      <Segmented label="The text as" value={vocabulary} choices={VOCABULARIES.map((name) => [name, name] as const)} onChange={(wanted) => change({ vocabulary: wanted })} />
      <p class="small muted">
        A step reads {shown(batch)} rows of {shown(window)} {vocabulary}, {grouped(batch * window)} predictions. These are settings of <code>unrolled train text</code>; there they give the
        same numbers, on WebAssembly with as many threads.
      </p>
    </section>
  );
}

/** Asks for what a run learns from. */
function Texts({ onTexts }: { onTexts: (files: readonly NamedFile[], what: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const { value } = waiting;
  if (!value) return null;
  const { name, missing } = value;
  return (
    <div class="asking" role="alert">
      <p>{name} does not carry its text. To go on it needs {missing.length === 1 ? "this file" : `these ${missing.length} files`}, as they were; drop them here, or choose them:</p>
      <ul>{missing.slice(0, 5).map(({ name: file, bytes }) => <li key={file}>{file}, {grouped(bytes)} bytes</li>)}{missing.length > 5 && <li>…</li>}</ul>
      <div class="buttons">
        <Button onClick={() => input.current?.click()}>Choose {missing.length === 1 ? "the file" : "the files"}…</Button>
        <Button kind="quiet" onClick={() => (waiting.value = undefined)}>Leave it</Button>
      </div>
      <input ref={input} type="file" multiple hidden aria-label="Texts" onChange={({ currentTarget }) => onTexts(chosenFiles(currentTarget.files!), "The files")} />
    </div>
  );
}

/** A run's folder, or a .zip of one: browsers have an input for either. */
function Opening({ onOpen }: { onOpen: (files: readonly NamedFile[], what: string) => void }) {
  const [folder, archive] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const opened = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) => {
    const files = chosenFiles(currentTarget.files!);
    onOpen(files, files[0]?.path.split("/")[0] ?? "The folder");
    currentTarget.value = "";
  };
  return (
    <>
      <Button kind="quiet" onClick={() => folder.current?.click()}>Open a run…</Button>
      <Button kind="quiet" onClick={() => archive.current?.click()}>or a .zip…</Button>
      <input ref={folder} type="file" hidden {...{ webkitdirectory: true }} data-opens="folder" onChange={opened} />
      <input ref={archive} type="file" hidden accept=".zip" data-opens="zip" onChange={opened} />
    </>
  );
}

/** The name of a file as that of a folder. */
function nameOf(text: string): string {
  const plain = text.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  return plain === "" ? "text" : plain;
}
