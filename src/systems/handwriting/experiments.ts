/** What Graves 2013 claims of pen strokes, on a made-up alphabet. */
import { movesOf, scaleMoves, type PenScale, type PenSequence } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { train } from "../../train/index.js";
import { defineExperiment, type Experiment, type ExperimentContext } from "../experiment.js";
import { createHandwritingModel, createHandwritingOptimizer, HANDWRITING_DEFAULTS, type HandwritingConfig } from "./config.js";
import { HandwritingLearner } from "./learner.js";
import { madeUpAlphabet, madeUpLine, type MadeUpLine } from "./made-up.js";
import { measurePen, natsPerSequence, squaredErrorPerPoint } from "./measure.js";
import type { HandwritingModel } from "./model.js";

const GRAVES = "Graves 2013, Generating Sequences With Recurrent Neural Networks";
const SCALE: PenScale = { mean: [0, 0], deviation: [1.2, 1.2] };

const SMALL: HandwritingConfig = { ...HANDWRITING_DEFAULTS, components: 6, batch: 24, lr: 3e-3, schedule: "decay", clip: 10, clipOutputs: 100 };

interface Material {
  readonly training: readonly MadeUpLine[];
  readonly validation: readonly MadeUpLine[];
}

function material(seed: number, lines: number): Material {
  const random = new RandomStream(seed);
  const alphabet = madeUpAlphabet(random.fork("alphabet"));
  const draw = (name: string, count: number) => Array.from({ length: count }, (_, i) => madeUpLine(alphabet, random.fork(`${name} ${i}`)));
  return { training: draw("training", lines), validation: draw("validation", 200) };
}

function sequences(lines: readonly MadeUpLine[]): PenSequence[] {
  return lines.map(({ name, text, strokes }) => ({ name, text, moves: scaleMoves(movesOf(strokes), SCALE) }));
}

async function trained(config: HandwritingConfig, { training }: Material, steps: number, doing: string, { report }: ExperimentContext): Promise<HandwritingModel> {
  const random = new RandomStream(config.seed).fork("handwriting");
  const model = createHandwritingModel(config, random.fork("parameters"));
  await train({
    learner: new HandwritingLearner({ model, random: random.fork("data"), training: sequences(training), validation: [], scale: SCALE, config }),
    optimizer: createHandwritingOptimizer(config, model),
    settings: { ...config, validateEvery: steps, logEvery: steps },
    budget: { steps },
    onProgress: ({ step }) => report(`${doing}, step ${step} of ${steps}`),
  });
  return model;
}

const depth = defineExperiment({
  name: "pen-depth",
  paper: `${GRAVES}, section 4.2`,
  claim: "Three layers with skip connections predict a pen better than one layer with as many weights.",
  setup:
    "A made-up alphabet: 6 letters of 10 points, random walks with steps of deviation 0.6; lines of 4 letters, 3 apart, with a slant of deviation 0.3, a size of " +
    "0.85 to 1.15 and a jitter of 0.05; offsets divided by 1.2. Peephole LSTMs with skip connections, 6 Gaussians: one layer of 92 (39,045 weights) and three of " +
    "40 (38,757). Adam at 3e-3, falling in the last third, gradient norm at most 10, 700 steps of 24 lines; measured on 200 other lines.",
  caution: "The paper's figures are of handwriting on a whiteboard, 700 points a line: they say which way the effect goes.",
  figures: {
    one: { title: "nats per line, one layer", published: "-1025.7" },
    three: { title: "nats per line, three layers", published: "-1041.0" },
    oneError: { title: "squared error per point, one layer", published: "0.40" },
    threeError: { title: "squared error per point, three layers", published: "0.41" },
  },
  checks: [{ claim: "Three layers need fewer nats", margin: ({ one, three }) => one - three, seeds: "median" }],
  async run(seed, context) {
    const data = material(seed, context.quick ? 600 : 2400);
    const steps = context.quick ? 150 : 700;
    const measured = async (layers: number, hidden: number) => {
      const model = await trained({ ...SMALL, layers, hidden, seed }, data, steps, `${layers} layer${layers === 1 ? "" : "s"}`, context);
      return measurePen(model, sequences(data.validation));
    };
    const [one, three] = [await measured(1, 92), await measured(3, 40)];
    return {
      one: natsPerSequence(one),
      three: natsPerSequence(three),
      oneError: squaredErrorPerPoint(one),
      threeError: squaredErrorPerPoint(three),
    };
  },
});

export const HANDWRITING_EXPERIMENTS: readonly Experiment[] = [depth];
