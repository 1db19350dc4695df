/** What Graves 2013 claims of networks that write a given text, on a made-up alphabet. */
import { MOVE_WIDTH, penBatch, type PenPoint, type PenSequence, type Stroke } from "../../data/index.js";
import { mixtureMean, mixtureOf } from "../../nn/index.js";
import { noGrad, RandomStream, step, tensor } from "../../tensor/index.js";
import { defineExperiment, type ExperimentContext } from "../experiment.js";
import { writeText, type WrittenMove } from "./generate.js";
import { GRAVES, MADE_UP_DATA, MADE_UP_SCALE, material, sequencesOf, SMALL, trainedOn, type Material } from "./made-up-training.js";
import { readMadeUp, type MadeUpAlphabet } from "./made-up.js";
import { measurePen, natsPerSequence, squaredErrorPerPoint } from "./measure.js";
import type { PenModel } from "./model.js";
import { SynthesisModel } from "./synthesis-model.js";

const NETWORK = "A peephole LSTM of two layers of 64 with skip connections and 6 Gaussians, for synthesis with a window of 4; Adam at 6e-3, falling in the last third";
/** A limit on the norm of the gradient would be reached at every step, and slows these networks down much. */
const UNCLIPPED = { ...SMALL, clip: 0, lr: 6e-3 };
const LETTERS = 4;
const WRITTEN = 60;

/** The mean squared error of the movements that lead to a letter's first point. */
function errorAtFirstPoints(model: PenModel, sequences: readonly PenSequence[], points: number): number {
  let [errors, count] = [0, 0];
  eachMovement(model, sequences, (_, t, raw, target) => {
    if ((t + 1) % points !== 0) return;
    const [x, y] = mixtureMean(mixtureOf(raw));
    errors += (target[0]! - x) ** 2 + (target[1]! - y) ** 2;
    count++;
  });
  return errors / count;
}

function eachMovement(
  model: PenModel, sequences: readonly PenSequence[], see: (row: number, t: number, raw: ArrayLike<number>, target: ArrayLike<number>) => void,
): void {
  const batch = penBatch(sequences);
  const raw = step(() => noGrad(() => model.predict(batch).dataSync()));
  const columns = raw.length / (batch.timeSteps * sequences.length);
  for (const [row, length] of batch.lengths.entries()) {
    for (let t = 0; t < length; t++) {
      const at = t * sequences.length + row;
      see(row, t, raw.subarray(at * columns, (at + 1) * columns), batch.targets.subarray(at * MOVE_WIDTH, (at + 1) * MOVE_WIDTH));
    }
  }
}

/** How often most of the window is on the letter that is being written. */
function windowOnLetter(model: SynthesisModel, sequences: readonly PenSequence[], points: number): number {
  const { inputs, timeSteps, lengths } = penBatch(sequences);
  const memory = model.alphabet.memory(sequences.map(({ text = "" }) => text));
  const { phi, positions } = step(() => noGrad(() => {
    const { window } = model.forward(tensor(inputs, [timeSteps, sequences.length, MOVE_WIDTH]), { memory, lengths });
    return { phi: window.dataSync(), positions: window.shape[2]! };
  }));
  let [right, count] = [0, 0];
  for (const [row, length] of lengths.entries()) {
    for (let t = 0; t < length; t++) {
      const from = (t * sequences.length + row) * positions;
      const here = phi.subarray(from, from + positions);
      if (here.indexOf(Math.max(...here)) === Math.floor((t + 1) / points)) right++;
      count++;
    }
  }
  return right / count;
}

/** The points of each letter of what was written, in their order. @param from where the pen set out, if that is a letter's first point */
function lettersOf(moves: readonly WrittenMove[], { glyphs }: MadeUpAlphabet, from?: PenPoint): Stroke[] {
  let [x, y] = from ?? [0, 0];
  const points = [...(from === undefined ? [] : [from]), ...moves.map((move): PenPoint => [(x += move.x), (y += move.y)])];
  const each = glyphs[0]!.length;
  return Array.from({ length: Math.ceil(points.length / each) }, (_, l) => points.slice(l * each, (l + 1) * each));
}

interface Writing {
  /** Of the letters that were to be written, those that can be read in their places. */
  readonly letters: number;
  readonly stopped: number;
  readonly movements: readonly number[];
}

function written(model: SynthesisModel, { alphabet, validation }: Material, bias: number, seed: number, { report }: ExperimentContext): Writing {
  let [letters, stopped] = [0, 0];
  const movements: number[] = [];
  for (const [i, { text }] of validation.slice(0, WRITTEN).entries()) {
    report(`writing with a bias of ${bias}, line ${i + 1}`);
    const moves = [...writeText(model, text, { scale: MADE_UP_SCALE, bias, random: new RandomStream(seed).fork(`write ${bias} ${i}`) })];
    const drawn = lettersOf(moves, alphabet, [0, 0]);
    letters += Array.from(text).filter((letter, l) => readMadeUp(alphabet, drawn[l] ?? [])?.letter === letter).length;
    if (moves.at(-1)!.done) stopped++;
    movements.push(moves.length);
  }
  return { letters: letters / (WRITTEN * LETTERS), stopped: stopped / WRITTEN, movements: movements.sort((a, b) => a - b) };
}

export const synthesis = defineExperiment({
  name: "pen-synthesis",
  paper: `${GRAVES}, section 5`,
  claim: "A network that reads the text predicts its strokes better, finds by itself where in the text it is, writes it letter by letter, neater under a bias, and knows when to stop.",
  setup:
    `${MADE_UP_DATA} Lines of ${LETTERS} letters. ${NETWORK}, 700 steps of 24 lines; measured on 200 other lines, written ${WRITTEN} of their texts under each bias. The ` +
    "window is right where most of it is on the letter that the next point belongs to. A letter counts as written if its ten points in their place are closest to that letter, slanted and sized.",
  caution: "The paper's figures are of handwriting on a whiteboard, 700 points a line: they say which way the effect goes. Those of the squared error are at all points.",
  figures: {
    prediction: { title: "nats per line without the text", published: "-1041.0" },
    synthesis: { title: "nats per line with the text", published: "-1096.9" },
    predictionError: { title: "squared error per point without the text", published: "0.41" },
    synthesisError: { title: "squared error per point with the text", published: "0.23" },
    predictionFirst: { title: "the same at a letter's first point, without" },
    synthesisFirst: { title: "the same at a letter's first point, with" },
    window: { title: "window on the right letter", form: "share" },
    unbiased: { title: "letters written, no bias", form: "share" },
    biased: { title: "letters written, bias 1", form: "share" },
    strongly: { title: "letters written, bias 3", form: "share" },
    stopped: { title: "samples that stop", form: "share" },
    steps: { title: `movements of a sample, the median; ${10 * LETTERS - 1} in the data`, form: "whole" },
  },
  checks: [
    { claim: "The text lowers the nats", margin: ({ prediction, synthesis }) => prediction - synthesis },
    { claim: "and the squared error,", margin: ({ predictionError, synthesisError }) => predictionError - synthesisError },
    {
      claim: "most of all where a letter begins",
      margin: ({ predictionError, synthesisError, predictionFirst, synthesisFirst }) => predictionFirst - synthesisFirst - (predictionError - synthesisError),
    },
    { claim: "The window is on the right letter at 90 % of the points or more", margin: ({ window }) => window - 0.9, seeds: "median" },
    { claim: "More bias, no fewer letters", margin: ({ unbiased, biased, strongly }) => Math.min(biased - unbiased, strongly - biased) + 1e-9, seeds: "median" },
    { claim: "Every sample stops", margin: ({ stopped }) => stopped - 1 + 1e-9 },
    { claim: "within 2 movements of the text's end, by the median of a seed", margin: ({ steps }) => 2.5 - Math.abs(steps - (10 * LETTERS - 1)) },
  ],
  async run(seed, context) {
    const data = material(seed, context.quick ? 600 : 2400);
    const steps = context.quick ? 250 : 700;
    const points = data.alphabet.glyphs[0]!.length;
    const sequences = sequencesOf(data.validation);
    const network = { ...UNCLIPPED, layers: 2, hidden: 64, seed };
    const measured = (model: PenModel) => {
      const measure = measurePen(model, sequences);
      return [natsPerSequence(measure), squaredErrorPerPoint(measure), errorAtFirstPoints(model, sequences, points)] as const;
    };
    const [prediction, predictionError, predictionFirst] = measured(await trainedOn(data, { ...network, task: "prediction" }, steps, "without the text", context));
    const model = (await trainedOn(data, { ...network, task: "synthesis" }, steps, "with the text", context)) as SynthesisModel;
    const [synthesis, synthesisError, synthesisFirst] = measured(model);
    const [unbiased, biased, strongly] = [0, 1, 3].map((bias) => written(model, data, bias, seed, context)) as [Writing, Writing, Writing];
    const all = [unbiased, biased, strongly];
    return {
      prediction, synthesis, predictionError, synthesisError, predictionFirst, synthesisFirst,
      window: windowOnLetter(model, sequences, points),
      unbiased: unbiased.letters, biased: biased.letters, strongly: strongly.letters,
      stopped: Math.min(...all.map(({ stopped }) => stopped)),
      steps: biased.movements[biased.movements.length >> 1]!,
    };
  },
});

export const priming = defineExperiment({
  name: "pen-priming",
  paper: `${GRAVES}, section 5.5`,
  claim: "A network that has read somebody's strokes, and what they say, goes on in their style.",
  setup:
    `${MADE_UP_DATA} Lines of ${2 * LETTERS} letters. ${NETWORK}, 1,000 steps of 24 lines. It reads the first half of each of 100 other lines and writes the text of the ` +
    "second half, bias 1. The slant of a letter is that by which the letter of the text comes closest to its ten points; r is the correlation, over the lines, of the slant read with the mean of what was written.",
  figures: {
    slant: { title: "correlation of slants, r" },
    others: { title: "the same with another line's slant" },
    letters: { title: "letters written that can be measured", form: "share" },
  },
  checks: [
    { claim: "The slant goes on: r above 0.7", margin: ({ slant }) => slant - 0.7 },
    { claim: "It comes from the strokes that were read", margin: ({ slant, others }) => slant - Math.abs(others) },
  ],
  async run(seed, context) {
    const data = material(seed, 2400, 2 * LETTERS);
    const steps = context.quick ? 700 : 1000;
    const model = (await trainedOn(data, { ...UNCLIPPED, task: "synthesis", layers: 2, hidden: 64, seed }, steps, "training", context)) as SynthesisModel;
    const { alphabet, validation } = data;
    const [pairs, others] = [[], []] as [[number, number][], [number, number][]];
    let letters = 0;
    const lines = validation.slice(0, 100);
    for (const [i, { strokes, text, slant }] of lines.entries()) {
      context.report(`writing, line ${i + 1}`);
      const prime = { strokes: strokes.slice(0, LETTERS), text: text.slice(0, LETTERS) };
      const asked = text.slice(LETTERS);
      const moves = [...writeText(model, asked, { scale: MADE_UP_SCALE, bias: 1, prime, random: new RandomStream(seed).fork(`write ${i}`) })];
      const drawn = lettersOf(moves, alphabet);
      const slants = Array.from(asked).flatMap((letter, l) => readMadeUp(alphabet, drawn[l] ?? [], letter)?.slant ?? []);
      letters += slants.length;
      if (slants.length === 0) continue;
      const mean = slants.reduce((sum, each) => sum + each, 0) / slants.length;
      pairs.push([slant, mean]);
      others.push([lines[(i + 1) % lines.length]!.slant, mean]);
    }
    return { slant: correlation(pairs), others: correlation(others), letters: letters / (lines.length * LETTERS) };
  },
});

/** Pearson's. */
function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[of], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  const moment = (of: (x: number, y: number) => number) => pairs.reduce((sum, [x, y]) => sum + of(x - a, y - b), 0);
  return moment((x, y) => x * y) / Math.sqrt(moment((x) => x * x) * moment((_, y) => y * y));
}
