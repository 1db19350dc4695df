/** The groups of rows: which cases, in which mode, who takes part, and what our own time is held against besides. */
import { CELLS, flops, raggedLengths, rowName, tokens } from "./cases.mjs";
import { growthRows } from "./growth.mjs";

/**
 * @typedef {object} Group
 * @property {string} name for --group
 * @property {string} title
 * @property {readonly Row[]} rows
 * @property {readonly string[]} contestants the first is the measure of the others: results are compared with its, times divided by its
 * @property {(cores: number) => readonly number[]} [threads] counts to try, where they are not the ones that suit every group
 * @property {string} [secondBase] another contestant that times are divided by
 * @property {Yardstick} [yardstick]
 * @property {number} [budgetSeconds] for an entrant's turns of a row, where an iteration takes seconds
 * @property {readonly string[]} [details] contestants that are asked for more than times (`details` in serve.mjs)
 *
 * @typedef {{ case: import("./cases.mjs").Case, mode: import("./cases.mjs").Mode }} Row
 *
 * @typedef {object} Yardstick something that takes turns with the contestants, to hold the first one's time against
 * @property {string} label
 * @property {(ratio: number, testCase: import("./cases.mjs").Case, mode: string) => number} figure from the first contestant's time
 * over the yardstick's
 * @property {"times" | "share"} unit
 */

const SIZES = [
  { batch: 1, hiddenSize: 128 },
  { batch: 16, hiddenSize: 128 },
  { batch: 32, hiddenSize: 256 },
  { batch: 64, hiddenSize: 256 },
  { batch: 32, hiddenSize: 512 },
  { batch: 64, hiddenSize: 1024 },
];
const LIBRARY_CELLS = ["lstm", "gru", "elman"];

/** @returns {import("./cases.mjs").Case} */
function layers(cell, { batch, hiddenSize, timeSteps = 64, ...rest }) {
  return { kind: "layers", cell, timeSteps, batch, inputSize: hiddenSize, hiddenSize, ...rest };
}

const rowsOf = (cells, sizes, mode) => cells.flatMap((cell) => sizes.map((size) => ({ case: layers(cell, size), mode })));

function stream(cell, hiddenSize) {
  return { case: { kind: "stream", cell, timeSteps: 64, batch: 1, inputSize: hiddenSize, hiddenSize }, mode: "step" };
}

function ragged(cell, timeSteps) {
  return { case: layers(cell, { batch: 32, hiddenSize: 256, timeSteps, lengths: raggedLengths(32, timeSteps) }), mode: "train" };
}

/** @type {readonly Group[]} */
export const GROUPS = [
  {
    name: "training",
    title: "Training step",
    rows: [
      ...rowsOf(LIBRARY_CELLS, SIZES, "train"),
      ...rowsOf(["lstm", "gru"], [{ batch: 1, hiddenSize: 256, timeSteps: 100 }], "train"),
    ],
    contestants: ["native", "pytorch"],
  },
  {
    name: "forward",
    title: "Forward",
    rows: rowsOf(LIBRARY_CELLS, SIZES, "forward"),
    contestants: ["native", "pytorch", "onnxruntime"],
  },
  {
    name: "own-cells",
    title: "Training step of cells that are in no library",
    rows: rowsOf(
      Object.keys(CELLS).filter((cell) => !LIBRARY_CELLS.includes(cell)),
      [SIZES[1], SIZES[2], SIZES[4]],
      "train",
    ),
    contestants: ["native", "pytorch", "torch-compile"],
    yardstick: {
      label: "our LSTM, per multiply-add",
      figure: (ratio, testCase, mode) => (ratio * flops({ ...testCase, cell: "lstm" }, mode)) / flops(testCase, mode),
      unit: "times",
    },
  },
  {
    name: "streaming",
    title: "One step of a stream, batch 1",
    rows: ["lstm", "gru"].flatMap((cell) => [128, 256, 512, 1024].map((hiddenSize) => stream(cell, hiddenSize))),
    contestants: ["native", "wasm-1", "pytorch", "pytorch-cell", "onnxruntime"],
    yardstick: { label: "reading the weights", figure: (ratio) => ratio, unit: "times" },
    details: ["native", "wasm-1"],
  },
  {
    name: "ragged",
    title: "Training step, lengths uniform in 1..T",
    rows: ["lstm", "gru"].flatMap((cell) => [64, 512].map((timeSteps) => ragged(cell, timeSteps))),
    contestants: ["native", "pytorch", "pytorch-padded"],
    yardstick: {
      label: "full batch, per token",
      figure: (ratio, testCase) => (ratio * testCase.timeSteps * testCase.batch) / tokens(testCase),
      unit: "times",
    },
  },
  {
    name: "wasm",
    title: "WebAssembly",
    rows: ["train", "forward"].flatMap((mode) => rowsOf(LIBRARY_CELLS, SIZES, mode)),
    contestants: ["wasm-1", "wasm-relaxed", "wasm-2", "native", "tfjs", "jax-js"],
    secondBase: "native",
  },
  {
    name: "text",
    title: "Whole training step of a character model",
    rows: [
      {
        case: {
          kind: "text", cell: "lstm", timeSteps: 64, batch: 32, inputSize: 64, hiddenSize: 256, layers: 2, vocabulary: 96,
        },
        mode: "update",
      },
    ],
    contestants: ["native", "wasm-1", "pytorch"],
    yardstick: { label: "outside matrix products", figure: (ratio) => 1 - 1 / ratio, unit: "share" },
    details: ["native"],
  },
  {
    name: "memory",
    title: "Training step of handwriting synthesis, a window over the text",
    rows: [
      {
        case: {
          kind: "synthesis", cell: "peephole-lstm", timeSteps: 512, batch: 32, inputSize: 3, hiddenSize: 400, layers: 3, gaussians: 10,
          positions: 50, features: 57,
        },
        mode: "train",
      },
    ],
    contestants: ["native", "pytorch", "pytorch-plain"],
    budgetSeconds: 60,
  },
  {
    name: "growth",
    title: "Growth",
    rows: growthRows((row) => rowName(row.case, row.mode)),
    contestants: ["native", "pytorch"],
    threads: (cores) => [...new Set([1, cores, 2 * cores])],
  },
];

export function groupNamed(name) {
  return GROUPS.find((group) => group.name === name);
}
