/** What Graves 2013 claims of text, on text whose structure is known. */
import { buildVocabulary, encodeDocuments, wholeDocuments, type Document, type TokenRow } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { train } from "../../train/index.js";
import { defineExperiment, type Experiment, type ExperimentContext } from "../experiment.js";
import { createNoise, createOptimizer, createTextModel, TEXT_DEFAULTS, type TextConfig } from "./config.js";
import { measureDynamic } from "./dynamic.js";
import { TextLearner } from "./learner.js";
import { madeUpText } from "./made-up.js";
import { addMeasures, bitsPerUnit, measure, type Measure } from "./measure.js";

const GRAVES = "Graves 2013, Generating Sequences With Recurrent Neural Networks";

const bits = (measures: readonly Measure[]) => bitsPerUnit(addMeasures(measures));

interface Trial {
  readonly training: readonly Document[];
  readonly validation: readonly Document[];
  readonly config: TextConfig;
  readonly steps: number;
  readonly validateEvery: number;
  readonly doing: string;
}

/** Trains a model on some documents and measures it on others all the while: bits per character at every validation. */
async function trial({ training, validation, config, steps, validateEvery, doing }: Trial, { report }: ExperimentContext) {
  const vocabulary = buildVocabulary("characters", [...training, ...validation]);
  const [known, unseen] = [training, validation].map((documents) => encodeDocuments(documents, vocabulary));
  const random = new RandomStream(config.seed).fork("text model");
  const model = createTextModel(config, vocabulary.size, random);
  const learner = new TextLearner({ model, random, training: known!, validation: unseen!, config });
  const noise = createNoise(config, model, known!.tokens.length, random.fork("weight noise"));
  const curve: number[] = [];
  await train({
    learner,
    optimizer: createOptimizer(config, model, noise),
    noise,
    settings: { ...config, validateEvery, logEvery: validateEvery },
    budget: { steps },
    onProgress: ({ step, logged }) => {
      report(`${doing}, step ${step} of ${steps}`);
      if (logged?.["validationLoss"] !== undefined) curve.push(logged["validationLoss"] / Math.LN2);
    },
  });
  return { model, vocabulary, unseen: unseen!, curve };
}

const dynamicEvaluation = defineExperiment({
  name: "dynamic-evaluation",
  paper: `${GRAVES}, section 3; Mikolov, Karafiat, Burget, Cernocky & Khudanpur 2010, Recurrent neural network based language model`,
  claim: "A network that goes on learning from the text it is tested on predicts it better than one that does not.",
  setup:
    "Documents of 300 made-up words; 60 words are common to all, and each document has 5 words of its own, 40 % of what it says. A character LSTM of " +
    "64 units learns from 60 such documents (Adam, 400 steps of 16 rows by 50 characters) and is measured on 8 others, whose own words it never saw, " +
    "and on 8 that have only the common words. Dynamic: gradient descent at 0.01 on the sum over chunks of 25 characters, each measured before it is " +
    "learnt from, every document from the trained weights.",
  caution:
    "The paper's figures are of Wikipedia's markup by bytes, after four epochs of 96 MB. There, too, what helps is what a text says again and again; here that is " +
    "planted.",
  figures: {
    fixed: { title: "bits per character, static", published: "1.67" },
    dynamic: { title: "the same, dynamic", published: "1.33" },
    fixedCommon: { title: "common words only, static" },
    dynamicCommon: { title: "common words only, dynamic" },
  },
  checks: [
    { claim: "Dynamic evaluation needs fewer bits where documents have words of their own", margin: ({ fixed, dynamic }) => fixed - dynamic },
    {
      claim: "and gains more there than where they have none",
      margin: ({ fixed, dynamic, fixedCommon, dynamicCommon }) => fixed - dynamic - (fixedCommon - dynamicCommon),
    },
  ],
  async run(seed, context) {
    const [known, unseen] = context.quick ? [30, 4] : [60, 8];
    const steps = context.quick ? 160 : 400;
    // The same stream draws the same common words.
    const draw = (own: number) => madeUpText(new RandomStream(seed).fork("documents"), { documents: known + unseen, words: 300, common: 60, own });
    const documents = draw(5);
    const config: TextConfig = { ...TEXT_DEFAULTS, hidden: 64, embedding: 16, batch: 16, window: 50, back: 50, lr: 0.01, seed };
    const [training, validation] = [documents.slice(0, known), documents.slice(known)];
    const { model, vocabulary, unseen: special } = await trial({ training, validation, config, steps, validateEvery: steps, doing: "training" }, context);
    const common = encodeDocuments(draw(0).slice(known), vocabulary);
    const measured = async (row: TokenRow, dynamic: boolean) => {
      context.report(dynamic ? "measuring while learning" : "measuring");
      if (!dynamic) return bits(await measure(model, row, wholeDocuments(row)));
      const measures: Measure[] = [];
      for (const document of row.documents) measures.push(...(await measureDynamic(model, { ...row, documents: [document] }, { lr: 0.01, window: 25 })));
      return bits(measures);
    };
    return {
      fixed: await measured(special, false),
      dynamic: await measured(special, true),
      fixedCommon: await measured(common, false),
      dynamicCommon: await measured(common, true),
    };
  },
});

const weightNoise = defineExperiment({
  name: "weight-noise",
  paper: `${GRAVES}, section 3.1; Graves 2011, Practical Variational Inference for Neural Networks`,
  claim: "Noise on the weights keeps a network from over-fitting; noise that every weight adapts needs no early stopping.",
  setup:
    "Sentences of 50 made-up words: 640 words to learn from, 3,860 to be measured on. A character LSTM of 64 units, Adam at 0.01, 1,200 steps of 8 rows by 40 " +
    "characters, some 110 epochs: without noise, with fixed noise of 0.075, and with adaptive noise from 0.075 on. Validation every 60 steps.",
  caution:
    "The paper's figures are of the Penn Treebank by characters, where each run starts from the best weights of the one before; here all start anew. Best is what early " +
    "stopping would give, at the price of a validation set. On so little text the shortest description of text and weights is a simple model, hence the bits of adaptive noise.",
  figures: {
    none: { title: "bits per character, no noise, at the end", published: "1.32 (early stopping)" },
    noneBest: { title: "no noise, best" },
    fixed: { title: "fixed noise, at the end", published: "1.27 (early stopping)" },
    fixedBest: { title: "fixed noise, best" },
    adaptive: { title: "adaptive noise, at the end", published: "1.26" },
    adaptiveBest: { title: "adaptive noise, best" },
  },
  checks: [
    { claim: "Without noise the network over-fits: it ends 0.1 bits above its best", margin: ({ none, noneBest }) => none - noneBest - 0.1 },
    { claim: "Fixed noise ends better", margin: ({ none, fixed }) => none - fixed },
    { claim: "Adaptive noise ends better", margin: ({ none, adaptive }) => none - adaptive },
    {
      claim: "and loses less than a tenth of what no noise loses by not stopping early",
      margin: ({ none, noneBest, adaptive, adaptiveBest }) => 0.1 * (none - noneBest) - (adaptive - adaptiveBest),
    },
  ],
  async run(seed, context) {
    const steps = 1200;
    const hidden = context.quick ? 40 : 64;
    const [text] = madeUpText(new RandomStream(seed).fork("words"), { documents: 1, words: 4500, common: 50 });
    const sentences = (text!.content as string).split(". ");
    const known = Math.round(sentences.length / 7);
    const part = (name: string, from: number, to?: number): Document[] => [{ name, content: sentences.slice(from, to).join(". ") }];
    const end = async (doing: string, noise: Partial<TextConfig>) => {
      const config: TextConfig = { ...TEXT_DEFAULTS, hidden, embedding: 16, batch: 8, window: 40, back: 40, lr: 0.01, schedule: "constant", seed, ...noise };
      const { curve } = await trial(
        { training: part("known", 0, known), validation: part("unseen", known), config, steps, validateEvery: 60, doing }, context,
      );
      return [curve.at(-1)!, Math.min(...curve)] as const;
    };
    const [none, noneBest] = await end("no noise", {});
    const [fixed, fixedBest] = await end("fixed noise", { weightNoise: 0.075 });
    const [adaptive, adaptiveBest] = await end("adaptive noise", { adaptiveNoise: 0.075 });
    return { none, noneBest, fixed, fixedBest, adaptive, adaptiveBest };
  },
});

export const TEXT_EXPERIMENTS: readonly Experiment[] = [dynamicEvaluation, weightNoise];
