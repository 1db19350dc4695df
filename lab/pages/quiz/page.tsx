/** Quiz: the notes' six questions, and fresh ones of each kind. */
import { useState } from "preact/hooks";
import { useAnswer } from "../../library/client.js";
import type { Kind } from "../../library/question.js";
import { Button, Select, Trouble } from "../../parts/controls.js";
import { choiceOf, numberOf, useSettings } from "../../settings.js";
import { QuestionCard } from "./question-card.js";
import "./quiz.css";

const KINDS: readonly (readonly [Kind, string])[] = [
  ["hidden", "A hidden state"],
  ["output", "An output"],
  ["next", "The step after"],
  ["lstm", "A step of an LSTM"],
  ["gru", "A step of a GRU"],
  ["gradient", "The fate of a gradient"],
  ["statements", "What holds"],
];

const SCHEMA = {
  kind: choiceOf(["statements", "gradient", "hidden", "output", "next", "lstm", "gru"], "lstm"),
  seed: numberOf({ fallback: 1, min: 0, max: 1e9, whole: true }),
};

export default function Quiz() {
  const [{ kind, seed }, change] = useSettings(SCHEMA);
  const notes = useAnswer("question", undefined);
  const fresh = useAnswer("question", { kind, seed });
  const [right, setRight] = useState<ReadonlySet<number>>(new Set());
  const shown = fresh.request?.kind === kind && fresh.request.seed === seed ? fresh.result?.[0] : undefined;
  const total = notes.result?.length ?? 6;
  return (
    <article class="quiz" data-ready={notes.result && shown ? "" : undefined}>
      <header>
        <h1 tabIndex={-1}>Quiz</h1>
        <p class="lead">
          Pencil and paper, then the library’s opinion. Numbers count to three decimals: 0.327 is right where 0.33 is not.
        </p>
        <p class="score" role="status">{right.size} of {total} right</p>
      </header>
      {(notes.error ?? fresh.error) && <Trouble>{notes.error ?? fresh.error}</Trouble>}
      <ol class="questions">
        {Array.from({ length: total }, (_, i) => (
          <li key={i}>
            {notes.result?.[i] && (
              <QuestionCard id={`q${i + 1}`} title={`Question ${i + 1}`} question={notes.result[i]} onRight={() => setRight((before) => new Set([...before, i]))} />
            )}
          </li>
        ))}
      </ol>
      <section class="fresh" aria-labelledby="fresh">
        <h2 id="fresh">Fresh questions</h2>
        <p class="muted">As many as you like. Each is worked out twice, by the textbook’s formula and by the library, before it is put to you.</p>
        <div class="toolbar">
          <Select label="About" value={kind} choices={KINDS} onChange={(kind) => change({ kind })} />
          <Button kind="main" onClick={() => change({ seed: seed + 1 })}>Another</Button>
        </div>
        <div class="one">{shown && <QuestionCard key={`${kind} ${seed}`} id="fresh-question" title={`Number ${seed}`} question={shown} />}</div>
      </section>
    </article>
  );
}
