/** Networks that learn from made-up lines: what the experiments on pen strokes have in common. */
import { movesOf, scaleMoves, type PenScale, type PenSequence } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { train } from "../../train/index.js";
import type { ExperimentContext } from "../experiment.js";
import { scriptOf } from "./alphabet.js";
import { createHandwritingOptimizer, createPenModel, HANDWRITING_DEFAULTS, type HandwritingConfig } from "./config.js";
import { HandwritingLearner } from "./learner.js";
import { madeUpAlphabet, madeUpLine, type MadeUpAlphabet, type MadeUpLine } from "./made-up.js";
import type { PenModel } from "./model.js";

export const GRAVES = "Graves 2013, Generating Sequences With Recurrent Neural Networks";
export const MADE_UP_DATA =
  "A made-up alphabet: 6 letters of 10 points, random walks with steps of deviation 0.6; lines of letters 3 apart, with a slant of deviation 0.3, a size of " +
  "0.85 to 1.15 and a jitter of 0.05; offsets divided by 1.2.";
export const MADE_UP_SCALE: PenScale = { mean: [0, 0], deviation: [1.2, 1.2] };

export const SMALL: HandwritingConfig = { ...HANDWRITING_DEFAULTS, components: 6, window: 4, batch: 24, lr: 3e-3, schedule: "decay", clip: 10, clipOutputs: 100 };

export interface Material {
  readonly alphabet: MadeUpAlphabet;
  readonly training: readonly MadeUpLine[];
  readonly validation: readonly MadeUpLine[];
}

export function material(seed: number, lines: number, letters = 4): Material {
  const random = new RandomStream(seed);
  const alphabet = madeUpAlphabet(random.fork("alphabet"));
  const draw = (name: string, count: number) => Array.from({ length: count }, (_, i) => madeUpLine(alphabet, random.fork(`${name} ${i}`), letters));
  return { alphabet, training: draw("training", lines), validation: draw("validation", 200) };
}

export function sequencesOf(lines: readonly MadeUpLine[]): PenSequence[] {
  return lines.map(({ name, text, strokes }) => ({ name, text, moves: scaleMoves(movesOf(strokes), MADE_UP_SCALE) }));
}

export async function trainedOn(
  { training }: Material, config: HandwritingConfig, steps: number, doing: string, { report }: ExperimentContext,
): Promise<PenModel> {
  const random = new RandomStream(config.seed).fork("handwriting");
  const sequences = sequencesOf(training);
  const model = createPenModel(config, random.fork("parameters"), config.task === "synthesis" ? scriptOf(sequences) : undefined);
  await train({
    learner: new HandwritingLearner({ model, random: random.fork("data"), training: sequences, validation: [], scale: MADE_UP_SCALE, config }),
    optimizer: createHandwritingOptimizer(config, model),
    settings: { ...config, validateEvery: steps, logEvery: steps },
    budget: { steps },
    onProgress: ({ step }) => report(`${doing}, step ${step} of ${steps}`),
  });
  return model;
}
