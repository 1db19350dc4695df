/** One question: what is asked, the field or the choices, the verdict, the worked solution. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Fate, GradientQuestion, NumberQuestion, Question, StatementsQuestion } from "../../library/question.js";
import { Button } from "../../parts/controls.js";
import { shown } from "../../numbers.js";
import { gradeChoice, gradeNumber, type Verdict } from "./grading.js";
import { Givens, Prompt } from "./prompt.js";
import { GradientSolution, NumberSolution, ReluSolution, StatementsSolution } from "./solution.js";
import { STATEMENTS } from "./statements.js";

interface CardProps<Q> {
  readonly id: string;
  readonly title: string;
  readonly question: Q;
  readonly onRight?: () => void;
}

export function QuestionCard({ question, ...rest }: CardProps<Question>) {
  switch (question.kind) {
    case "statements":
      return <StatementsCard question={question} {...rest} />;
    case "relu":
      return <ReluCard {...rest} />;
    case "gradient":
      return <GradientCard question={question} {...rest} />;
    default:
      return <NumberCard question={question} {...rest} />;
  }
}

function NumberCard({ id, title, question, onRight }: CardProps<NumberQuestion>) {
  const [text, setText] = useState("");
  const [verdict, setVerdict] = useState<Verdict>();
  const check = () => {
    const given = gradeNumber(text, question.answer);
    setVerdict(given);
    if (given === "right") onRight?.();
  };
  const message =
    verdict === "right" ? `Right: ${shown(question.answer)}.`
    : verdict === "wrong" ? (roundsTo(text, question.answer) ? "Nearly: the answer is wanted to three decimals." : "Not yet. Check the signs, and apply the function last.")
    : "That is not a number. Write it like 0.327 or −1.5.";
  return (
    <Frame id={id} title={title} prompt={<Prompt question={question} />} verdict={verdict} message={message} solution={<NumberSolution question={question} />}>
      <Givens question={question} />
      <form class="answer" onSubmit={(event) => (event.preventDefault(), check())}>
        <label class="field number">
          <span>Your answer</span>
          <input
            inputMode="decimal" autocomplete="off" value={text} aria-describedby={`${id}-verdict`}
            onInput={(event) => (setText(event.currentTarget.value), setVerdict(undefined))}
          />
        </label>
        <button type="submit" class="button main">Check</button>
      </form>
    </Frame>
  );
}

/** Whether the answer is right as far as it goes: 0.33 for 0.327. */
function roundsTo(text: string, exact: number): boolean {
  const decimals = /[.,](\d*)$/.exec(text.trim())?.[1]?.length ?? 0;
  return decimals < 3 && Number(text.replace(",", ".").replace("−", "-")) === Number(exact.toFixed(decimals)) && decimals > 0;
}

function StatementsCard({ id, title, question, onRight }: CardProps<StatementsQuestion>) {
  const holding = question.statements.filter((name) => STATEMENTS[name].holds);
  const options = question.statements.map((name) => [name, STATEMENTS[name].text] as const);
  return (
    <ChoiceCard
      id={id} title={title} prompt="Which of these hold?" many options={options} right={holding} onRight={onRight}
      wrong="Not yet. Ask of each: what is left in the network from one input to the next?"
      solution={<StatementsSolution question={question} />}
    />
  );
}

function ReluCard({ id, title, onRight }: Omit<CardProps<undefined>, "question">) {
  const options = [["vanishing", "Vanishing gradients"], ["exploding", "Exploding gradients"], ["both", "Both"], ["neither", "Neither"]] as const;
  return (
    <ChoiceCard
      id={id} title={title} prompt="Hidden units are switched from tanh to ReLU. Which problem becomes more frequent?" options={options} right={["exploding"]} onRight={onRight}
      wrong="Not yet. How large can the slope of tanh be, and how large is that of ReLU where it is active?" solution={<ReluSolution />}
    />
  );
}

const FATES: readonly (readonly [Fate, string])[] = [
  ["vanishes", "It vanishes: below 0.01"],
  ["stays", "It stays near 1"],
  ["explodes", "It explodes: above 100"],
];

function GradientCard({ id, title, question, onRight }: CardProps<GradientQuestion>) {
  return (
    <ChoiceCard
      id={id} title={title} prompt={<Prompt question={question} />} options={FATES} right={[question.answer]} onRight={onRight}
      wrong="Not yet. By how much does each of the twenty steps multiply it?" solution={<GradientSolution question={question} />}
    >
      <Givens question={question} />
    </ChoiceCard>
  );
}

function ChoiceCard<T extends string>({ id, title, prompt, many = false, options, right, wrong, solution, onRight, children }: {
  id: string; title: string; prompt: ComponentChildren; many?: boolean; options: readonly (readonly [T, string])[]; right: readonly T[];
  wrong: string; solution: ComponentChildren; onRight?: (() => void) | undefined; children?: ComponentChildren;
}) {
  const [chosen, setChosen] = useState<ReadonlySet<T>>(new Set());
  const [verdict, setVerdict] = useState<Verdict>();
  const choose = (option: T, on: boolean) => {
    setVerdict(undefined);
    setChosen((before) => new Set(many ? [...before].filter((other) => other !== option).concat(on ? option : []) : [option]));
  };
  const check = () => {
    const given = gradeChoice(chosen, right);
    setVerdict(given);
    if (given === "right") onRight?.();
  };
  return (
    <Frame id={id} title={title} prompt={prompt} verdict={verdict} message={verdict === "right" ? "Right." : wrong} solution={solution}>
      {children}
      <form class="choices" onSubmit={(event) => (event.preventDefault(), check())}>
        <fieldset aria-labelledby={`${id}-prompt`}>
          {options.map(([option, text]) => (
            <label key={option}>
              <input type={many ? "checkbox" : "radio"} name={id} checked={chosen.has(option)} onChange={(event) => choose(option, event.currentTarget.checked)} />
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
        <button type="submit" class="button main">Check</button>
      </form>
    </Frame>
  );
}

function Frame({ id, title, prompt, verdict, message, solution, children }: {
  id: string; title: string; prompt: ComponentChildren; verdict: Verdict | undefined; message: string; solution: ComponentChildren; children: ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  return (
    <section class="question" id={id} aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{title}</h3>
      <p class="prompt" id={`${id}-prompt`}>{prompt}</p>
      {children}
      <p class={`verdict ${verdict === "right" ? "right" : "wrong"}`} id={`${id}-verdict`} role="status">{verdict && message}</p>
      <Button kind="quiet" onClick={() => setOpen(!open)}>{open ? "Hide the solution" : "Show the solution"}</Button>
      {open && <div class="solution">{solution}</div>}
    </section>
  );
}
