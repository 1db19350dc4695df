/**
 * Questions of the quiz: the six of the notes, and fresh ones drawn from a seed. Every number is worked out twice, by the textbook's
 * formulas in float64 and by the library, and the question stands only if both agree.
 */
import { RandomStream } from "unrolled";
import { NOTES_STATEMENTS, STATEMENTS, type StatementName } from "../pages/quiz/statements.js";
import { ACTIVATIONS, type Activation, type NetworkSpec } from "./network.js";
import type { Service } from "./protocol.js";
import { textbook, textbookSlope } from "./textbook.js";
import { traceNetwork, type Trace } from "./trace.js";

export const KINDS = ["statements", "gradient", "hidden", "output", "next", "lstm", "gru"] as const;
export type Kind = (typeof KINDS)[number];

/** What becomes of a gradient over many steps. */
export type Fate = "vanishes" | "explodes" | "stays";

/** A value of a network to be worked out. */
export interface NumberQuestion {
  readonly kind: "hidden" | "output" | "next" | "lstm" | "gru";
  readonly network: NetworkSpec;
  /** Asked for: a state or the output, at a step counted from 0. */
  readonly node: "h" | "c" | "y";
  readonly step: number;
  /** By the textbook. */
  readonly answer: number;
  /** By the compiled program. */
  readonly library: number;
  readonly trace: Trace;
}

export interface GradientQuestion {
  readonly kind: "gradient";
  readonly network: NetworkSpec;
  readonly answer: Fate;
  /** dh_T/dh_1, by the library. */
  readonly slope: number;
}

export interface StatementsQuestion {
  readonly kind: "statements";
  readonly statements: readonly StatementName[];
}

/** Which of the two problems rectifiers bring about: the second question of the notes. */
export interface ReluQuestion {
  readonly kind: "relu";
}

export type Question = NumberQuestion | GradientQuestion | StatementsQuestion | ReluQuestion;

export interface QuestionRequest {
  readonly kind: Kind;
  /** Any whole number: another one gives another question. */
  readonly seed: number;
}

/** The six of the notes where `kind` is missing. */
export const question: Service<QuestionRequest | undefined, readonly Question[]> = (request) =>
  request === undefined ? notesQuestions() : [freshQuestion(request)];

/** The network of the notes: its first step leaves h = 0.34, its second gives y = 0.413. */
const NOTES: NetworkSpec = {
  cell: "elman", hidden: "relu", output: "relu", inputs: [0.4],
  weights: { hidden: [0.1, -1.3, 0.3] }, initial: { h: 0 }, readout: [2.25, -1],
};

export function notesQuestions(): Question[] {
  return [
    { kind: "statements", statements: NOTES_STATEMENTS },
    { kind: "relu" },
    checked("hidden", NOTES, "h")!,
    checked("hidden", { ...NOTES, hidden: "tanh" }, "h")!,
    checked("output", NOTES, "y")!,
    checked("next", { ...NOTES, inputs: [0.4, 7.7] }, "y")!,
  ];
}

/** The first question of the kind that a seed's stream holds and on which all agree. */
export function freshQuestion({ kind, seed }: QuestionRequest): Question {
  const random = new RandomStream(seed).fork(`quiz ${kind}`);
  for (let attempt = 0; attempt < 1000; attempt++) {
    const drawn = draw(kind, random);
    if (drawn) return drawn;
  }
  throw new Error(`no question of kind ${kind} could be made from seed ${seed}`);
}

function draw(kind: Kind, random: RandomStream): Question | undefined {
  switch (kind) {
    case "statements":
      return drawStatements(random);
    case "gradient":
      return drawGradient(random);
    case "hidden":
      return checked(kind, elmanOf(random, 1), "h");
    case "output":
      return checked(kind, elmanOf(random, 1), "y");
    case "next":
      return checked(kind, elmanOf(random, 2), "y");
    case "lstm": {
      const weights = Object.fromEntries(["forget", "input", "candidate", "output"].map((name) => [name, tenths(random, 3, 1.5)]));
      const [h, c, x] = tenths(random, 3, 1.5);
      const network: NetworkSpec = { ...PLAIN, cell: "lstm", inputs: [x!], weights, initial: { h: h! / 2, c: c! } };
      return checked(kind, rounded(network), random.integer(2) === 0 ? "c" : "h");
    }
    case "gru": {
      const of = (name: string, count: number) => [name, tenths(random, count, 1.5)] as const;
      const weights = Object.fromEntries([of("candidate_h", 2), of("reset", 3), of("candidate_x", 2), of("update", 3)]);
      const [h, x] = tenths(random, 2, 1.5);
      return checked(kind, rounded({ ...PLAIN, cell: "gru", inputs: [x!], weights, initial: { h: h! / 2 } }), "h");
    }
  }
}

const PLAIN = { hidden: "tanh", output: "identity", readout: [1, 0] } as const;

/** `count` numbers with one decimal, from -largest to largest, none of them 0. */
function tenths(random: RandomStream, count: number, largest: number): number[] {
  return Array.from({ length: count }, () => {
    const size = (1 + random.integer(Math.round(10 * largest))) / 10;
    return random.integer(2) === 0 ? -size : size;
  });
}

function rounded(network: NetworkSpec): NetworkSpec {
  const initial = Object.fromEntries(Object.entries(network.initial).map(([name, value]) => [name, Math.round(value * 10) / 10]));
  return { ...network, initial };
}

function elmanOf(random: RandomStream, steps: number): NetworkSpec {
  const pick = (): Activation => ACTIVATIONS[random.integer(3)]!;
  const [weight, recurrent, bias, before] = tenths(random, 4, 1.5);
  return rounded({
    cell: "elman", hidden: pick(), output: pick(), inputs: tenths(random, steps, 3),
    weights: { hidden: [weight!, recurrent!, bias!] }, initial: { h: before! / 2 }, readout: tenths(random, 2, 2.5),
  });
}

/** The question with its answer; undefined where the two do not agree, where rounding could decide, or where the answer says little. */
function checked(kind: NumberQuestion["kind"], network: NetworkSpec, node: NumberQuestion["node"]): NumberQuestion | undefined {
  const step = network.inputs.length - 1;
  const answer = textbook(network)[node]![step]!;
  const trace = traceNetwork({ network });
  const library = trace.nodes.find(({ key }) => key === node)!.values[step]!;
  if (Math.abs(answer - library) > 1e-5 * Math.max(1, Math.abs(answer))) return undefined;
  const remainder = Math.abs(answer * 1000) % 1;
  if (Math.abs(remainder - 0.5) < 0.02) return undefined;
  if (network !== NOTES && network.hidden === "relu" && textbook(network)["h"]!.includes(0)) return undefined;
  return { kind, network, node, step, answer, library, trace };
}

function drawStatements(random: RandomStream): StatementsQuestion | undefined {
  const names = Object.keys(STATEMENTS) as StatementName[];
  const chosen = Array.from({ length: 4 }, () => names.splice(random.integer(names.length), 1)[0]!);
  const holding = chosen.filter((name) => STATEMENTS[name].holds).length;
  return holding === 0 || holding === 4 ? undefined : { kind: "statements", statements: chosen };
}

/** Steps over which a gradient's fate is asked for. */
const LONG = 21;

function drawGradient(random: RandomStream): GradientQuestion | undefined {
  const hidden = random.integer(3) === 0 ? "tanh" : "relu";
  const weight = [0.4, 0.5, 0.6, 0.7, 1, 1.4, 1.5, 1.6, 1.8][random.integer(9)]!;
  const [first, rest] = [1, (1 + random.integer(9)) / 10];
  const inputs = Array.from({ length: LONG }, (_, t) => (t === 0 ? first : rest));
  const network: NetworkSpec = { cell: "elman", hidden, output: "identity", inputs, weights: { hidden: [1, weight, 0] }, initial: { h: 0 }, readout: [1, 0] };
  const { nodes } = traceNetwork({ network, of: { node: "h", step: LONG - 1 } });
  const slope = nodes.find(({ key }) => key === "h")!.gradients[0]!;
  const expected = textbookSlope(network);
  if (Math.abs(slope - expected) > 1e-3 * Math.abs(expected)) return undefined;
  const answer = fateOf(slope);
  return answer && { kind: "gradient", network, answer, slope };
}

/** Undefined in between, where one could argue. */
function fateOf(slope: number): Fate | undefined {
  const size = Math.abs(slope);
  return size < 1e-2 ? "vanishes" : size > 100 ? "explodes" : size > 0.5 && size < 2 ? "stays" : undefined;
}
