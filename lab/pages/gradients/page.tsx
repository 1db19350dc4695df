/** Gradients: two trainings side by side, and how far back the gradient reaches in each. */
import { computed } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import { STORIES, type Story } from "../../library/stories.js";
import { Button, NumberField, Segmented, Select } from "../../parts/controls.js";
import { Equation, M } from "../../parts/equation.js";
import { display, tex } from "../../parts/tex.js";
import { addressOf, changeSettings, route } from "../../route.js";
import { writeSettings } from "../../settings.js";
import { Curves } from "./curves.js";
import { inWords, LIMITS, MAPS, pageSettings, PACES, SIDES, TASKS, type SideName } from "./settings.js";
import { Side } from "./side.js";
import { useTraining, type Track } from "./track.js";
import "./gradients.css";

const TASK_TEXT = {
  recall: "The first of a row of symbols is asked for at the end; those in between mean nothing.",
  adding: "Two numbers in a long row are marked, one in each half; their sum is asked for at the end.",
  copy: "Three symbols, silence, and at a sign the same symbols again.",
};

export default function Gradients() {
  const { settings } = route.value;
  const { story, schema, configs, slow, map, asTold } = useMemo(() => pageSettings(settings), [settings]);
  const [paused, setPaused] = useState(false);
  const [again, setAgain] = useState(0);
  const left = useTraining(configs.left, { slow, paused, again });
  const right = useTraining(configs.right, { slow, paused, again });
  const tracks = { left, right };
  const change = (changes: Readonly<Record<string, unknown>>) => changeSettings(writeSettings(schema, changes as never));
  const { task, lag, hidden, batch, steps, seed } = configs.left;
  const labels = asTold
    ? { left: story.left.label, right: story.right.label }
    : { left: `left: ${inWords(configs.left)}`, right: `right: ${inWords(configs.right)}` };
  const short = asTold ? labels : { left: "left", right: "right" };
  // Of what changes with every step the page itself takes no notice.
  const ready = useMemo(() => computed(() => left.started && right.started), [left, right]).value;
  const going = useMemo(() => computed(() => left.state === "training" || right.state === "training"), [left, right]).value;
  const timeSteps = task === "adding" ? 2 * lag : task === "copy" ? lag + 3 : lag + 1;
  return (
    <article class="gradients" data-ready={ready ? "" : undefined} data-busy={going ? "" : undefined}>
      <header class="intro">
        <div>
          <h1 tabIndex={-1}>Gradients</h1>
          <p class="lead">
            To learn what mattered long ago, the gradient has to come back through every step in between. At each it is multiplied again, so it shrinks to
            nothing or grows beyond all bounds; and there are remedies.
          </p>
        </div>
        <div class="equations">
          <div class="pair">
            <Equation of={display`\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_T} \prod_{k=t+1}^{T} \frac{\partial h_k}{\partial h_{k-1}}`} label="The gradient by an earlier state is that by the last, times one matrix per step in between" />
            <Equation of={display`\frac{\partial h_k}{\partial h_{k-1}} = \mathrm{diag}\big(g'(a_k)\big)\, W_R`} label="The matrix of a step: the slopes of the activations times the recurrent weights" />
          </div>
          <p>
            Of an Elman network. With tanh and a spectral radius of <M of={tex`W_R`} /> (the size of its largest eigenvalue) well below 1 the
            product fades away; above 1 it can explode.
          </p>
        </div>
      </header>

      <nav class="presets" aria-label="Stories">
        <ul>
          {STORIES.map(({ name, title }) => (
            <li key={name}><a href={addressOf("gradients", { story: name })} aria-current={name === story.name ? "true" : undefined}>{title}</a></li>
          ))}
        </ul>
      </nav>

      <Telling story={story} asTold={asTold} tracks={tracks} />

      <div class="toolbar">
        <Select label="Task" value={task} choices={TASKS} onChange={(wanted) => change({ task: wanted })} />
        <NumberField label="Lag (steps)" value={lag} {...LIMITS.lag} step={1} whole onChange={(wanted) => change({ lag: wanted })} />
        <NumberField label="Units" value={hidden} {...LIMITS.hidden} step={1} whole onChange={(wanted) => change({ hidden: wanted })} />
        <NumberField label="Sequences per step" value={batch} {...LIMITS.batch} step={1} whole onChange={(wanted) => change({ batch: wanted })} />
        <NumberField label="Training steps" value={steps} {...LIMITS.steps} step={10} whole onChange={(wanted) => change({ steps: wanted })} />
        <NumberField label="Seed" value={seed} {...LIMITS.seed} step={1} whole onChange={(wanted) => change({ seed: wanted })} />
        <Segmented label="Pace" value={slow ? "slow" : "full"} choices={PACES} onChange={(pace) => change({ pace })} />
        <div class="buttons">
          <Button kind="main" disabled={!going} onClick={() => setPaused(!paused)}>{paused && going ? "Go on" : "Pause"}</Button>
          <Button onClick={() => (setPaused(false), setAgain(again + 1))}>Train again</Button>
        </div>
      </div>
      <div class="toolbar lower">
        <p class="task">{TASK_TEXT[task]} Both sides read the same sequences.</p>
        <Segmented label="Norm of the gradient in the maps" value={map} choices={MAPS} onChange={(wanted) => change({ map: wanted })} />
      </div>

      <div class="sides">
        {SIDES.map((side) => (
          <Side
            key={side} side={side} label={labels[side]} config={configs[side]} other={configs[side === "left" ? "right" : "left"]}
            track={tracks[side]} timeSteps={timeSteps} map={map}
            onChange={(changes) => change(Object.fromEntries(Object.entries(changes).map(([name, value]) => [`${side}.${name}`, value])))}
          />
        ))}
      </div>

      <Curves
        tracks={tracks} labels={short} configs={configs}
        chance={task === "adding" ? 1 / 6 : Math.log(4)} unit={task === "adding" ? "squared error" : "nats per symbol"}
      />

      <section class="prose">
        <h2>Reading the maps</h2>
        <p>
          Each column is one training step, each row one step of the sequence, the first on top. The colour is <M of={tex`\|\partial L / \partial h_t\|`} />, the
          norm of what reaches the state there, by powers of ten. What is asked for is at the bottom and what it depends on is at the top: where the colour fades on
          the way up, the network cannot know what it should have remembered. As the loss falls the whole map fades; the share of the last step’s norm
          does not.
        </p>
        <p>
          Clipping shortens the step that is taken, not the gradient that is shown. Of an LSTM or a GRU the spectral radius is that of the matrix of
          the candidate; their gradient has another way, past it.
        </p>
      </section>
    </article>
  );
}

/** What a story says must come out, and whether it did. */
function Telling({ story, asTold, tracks }: { story: Story; asTold: boolean; tracks: Readonly<Record<SideName, Track>> }) {
  const [a, b] = SIDES.map((side) => (tracks[side].state === "done" ? tracks[side].summary : undefined));
  const judged = asTold && a && b;
  const came = judged ? story.claims.map(({ holds }) => holds(a, b)) : undefined;
  return (
    <section class="telling" aria-label={story.title}>
      <div>
        <h2>{story.title}</h2>
        <p>{story.text}</p>
        <p class="small muted">{story.source}</p>
      </div>
      <div>
        <h3>{asTold ? "What must come out" : "What comes out with the story’s own settings"}</h3>
        <ul class="claims" aria-live="polite">
          {story.claims.map(({ says }, i) => {
            const outcome = came === undefined ? "open" : came[i] ? "so" : "not-so";
            return <li key={says} class={outcome}>{says}<span class="unseen">{outcome === "so" ? ": so it did" : outcome === "not-so" ? ": it did not" : ""}</span></li>;
          })}
        </ul>
        {!asTold && <p class="small"><a href={addressOf("gradients", { story: story.name })}>Back to the story’s settings</a></p>}
      </div>
    </section>
  );
}
