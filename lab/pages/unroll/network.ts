/** The network of this page as settings in the address: short names, a set of defaults for each cell. */
import { ACTIVATIONS, CELLS, type CellName, type NetworkSpec } from "../../library/network.js";
import { addressOf } from "../../route.js";
import { choiceOf, numbersOf, readSettings, writeSettings, type Setting } from "../../settings.js";

export const MOST_STEPS = 6;

/** One field: what it is called beside it, in a sentence, and where its number lives. */
export interface WeightField {
  /** Letter and index: ["W", "R"] is W with a subscript R. */
  readonly symbol: readonly [letter: string, index: string];
  readonly about: string;
}

/** A linear map of a cell, or the readout: a setting that holds its weights in order, then its bias. */
export interface WeightGroup {
  readonly setting: string;
  readonly linear: string;
  readonly title: string;
  readonly fields: readonly WeightField[];
  readonly fallback: readonly number[];
}

function gate(setting: string, linear: string, title: string, fallback: readonly number[]): WeightGroup {
  const fields: WeightField[] = [
    { symbol: ["W", setting], about: `${title}: weight of the input` },
    { symbol: ["U", setting], about: `${title}: weight of the state` },
    { symbol: ["b", setting], about: `${title}: bias` },
  ];
  return { setting, linear, title, fields, fallback };
}

function readout(fallback: readonly number[]): WeightGroup {
  const fields: WeightField[] = [
    { symbol: ["W", "y"], about: "Output: weight of the state" },
    { symbol: ["b", "y"], about: "Output: bias" },
  ];
  return { setting: "y", linear: "y", title: "Output", fields, fallback };
}

/** The first cell is the network of the notes, with their numbers. */
export const WEIGHTS: Readonly<Record<CellName, readonly WeightGroup[]>> = {
  elman: [
    {
      setting: "h", linear: "hidden", title: "Hidden state", fallback: [0.1, -1.3, 0.3],
      fields: [
        { symbol: ["W", "I"], about: "Hidden state: weight of the input" },
        { symbol: ["W", "R"], about: "Hidden state: weight of the state before" },
        { symbol: ["b", "h"], about: "Hidden state: bias" },
      ],
    },
    readout([2.25, -1]),
  ],
  lstm: [
    gate("f", "forget", "Forget gate", [0.4, -0.2, 1]),
    gate("i", "input", "Input gate", [0.9, 0.3, 0]),
    gate("g", "candidate", "Candidate", [1.2, -0.6, 0.1]),
    gate("o", "output", "Output gate", [-0.5, 0.7, 0.4]),
    readout([1.5, 0]),
  ],
  gru: [
    {
      setting: "nh", linear: "candidate_h", title: "Candidate, from the state", fallback: [1.1, 0],
      fields: [
        { symbol: ["U", "n"], about: "Candidate: weight of the state" },
        { symbol: ["c", "n"], about: "Candidate: bias of the state’s part" },
      ],
    },
    gate("r", "reset", "Reset gate", [0.7, -0.4, 0.2]),
    {
      setting: "nx", linear: "candidate_x", title: "Candidate, from the input", fallback: [0.8, 0.1],
      fields: [
        { symbol: ["W", "n"], about: "Candidate: weight of the input" },
        { symbol: ["b", "n"], about: "Candidate: bias" },
      ],
    },
    gate("z", "update", "Update gate", [0.6, 0.3, -0.2]),
    readout([1.5, 0]),
  ],
};

const INPUTS: Readonly<Record<CellName, readonly number[]>> = { elman: [0.4, 7.7, 11], lstm: [1, -0.5], gru: [1, -0.5] };

/** States before the first step, and the settings that hold them. */
export const STATES: Readonly<Record<CellName, readonly string[]>> = { elman: ["h"], lstm: ["h", "c"], gru: ["h"] };

/** The value whose gradient is drawn: a node and its step, counted from 1; the last output where the address does not say. */
export interface Target {
  readonly node: string;
  readonly step: number;
}

const target: Setting<Target | undefined> = {
  fallback: undefined,
  read(text) {
    const [, node, step] = /^(h|c|y)(\d)$/.exec(text) ?? [];
    return node === undefined ? undefined : { node, step: Number(step) };
  },
  write: (value) => (value === undefined ? "" : `${value.node}${value.step}`),
};

const COMMON = {
  cell: choiceOf(CELLS, "elman"),
  hidden: choiceOf(ACTIVATIONS, "relu"),
  mode: choiceOf(["forward", "backward"], "forward"),
  of: target,
};

/** All settings of the page while it shows a cell. */
export function schemaOf(cell: CellName) {
  const numbers = Object.fromEntries(
    WEIGHTS[cell].map(({ setting, fallback }) => [setting, numbersOf({ fallback, least: fallback.length, most: fallback.length })]),
  );
  const initial = Object.fromEntries(STATES[cell].map((state) => [`${state}0`, numbersOf({ fallback: [0], least: 1, most: 1 })]));
  const out = choiceOf(ACTIVATIONS, cell === "elman" ? "relu" : "identity");
  const schema = { ...COMMON, out, x: numbersOf({ fallback: INPUTS[cell], most: MOST_STEPS }) };
  return { ...schema, ...initial, ...numbers } as unknown as typeof schema & Readonly<Record<string, Setting<readonly number[]>>>;
}

export function cellIn(settings: URLSearchParams): CellName {
  return readSettings({ cell: COMMON.cell }, settings).cell;
}

/** The network that settings describe. */
export function networkOf(settings: URLSearchParams): NetworkSpec {
  const cell = cellIn(settings);
  const values = readSettings(schemaOf(cell), settings) as unknown as Readonly<Record<string, readonly number[]>> & { hidden: NetworkSpec["hidden"]; out: NetworkSpec["output"] };
  const groups = WEIGHTS[cell].map(({ linear, setting }) => [linear, values[setting]!] as const);
  return {
    cell,
    hidden: values.hidden,
    output: values.out,
    inputs: values["x"]!,
    weights: Object.fromEntries(groups.filter(([linear]) => linear !== "y")),
    initial: Object.fromEntries(STATES[cell].map((state) => [state, values[`${state}0`]![0]!])),
    readout: values["y"]!,
  };
}

/** The address of this page with a network set. */
export function unrollAddress(network: NetworkSpec, more: Readonly<Record<string, string>> = {}): string {
  const { cell, hidden, output, inputs, weights, initial, readout } = network;
  const schema = schemaOf(cell);
  const groups = WEIGHTS[cell].map(({ setting, linear }) => [setting, linear === "y" ? readout : weights[linear]!]);
  const states = STATES[cell].map((state) => [`${state}0`, [initial[state] ?? 0]]);
  const values = { cell, hidden, out: output, x: inputs, ...Object.fromEntries([...states, ...groups]) };
  return addressOf("unroll", { ...writeSettings(schema, values), ...more });
}
