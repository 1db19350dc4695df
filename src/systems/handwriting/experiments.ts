/** What Graves 2013 claims of pen strokes, on a made-up alphabet. */
import { defineExperiment, type Experiment } from "../experiment.js";
import { GRAVES, MADE_UP_DATA, material, sequencesOf, SMALL, trainedOn } from "./made-up-training.js";
import { measurePen, natsPerSequence, squaredErrorPerPoint } from "./measure.js";
import { priming, synthesis } from "./synthesis-experiments.js";

const depth = defineExperiment({
  name: "pen-depth",
  paper: `${GRAVES}, section 4.2`,
  claim: "Three layers with skip connections predict a pen better than one layer with as many weights.",
  setup:
    `${MADE_UP_DATA} Lines of 4 letters. Peephole LSTMs with skip connections, 6 Gaussians: one layer of 92 (39,045 weights) and three of ` +
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
      const model = await trainedOn(data, { ...SMALL, layers, hidden, seed }, steps, `${layers} layer${layers === 1 ? "" : "s"}`, context);
      return measurePen(model, sequencesOf(data.validation));
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

export const HANDWRITING_EXPERIMENTS: readonly Experiment[] = [depth, synthesis, priming];
