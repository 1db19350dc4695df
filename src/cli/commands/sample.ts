import { generate } from "../../systems/text/index.js";
import { RandomStream } from "../../tensor/index.js";
import { backendOptions, jsonOption, precisionOption, startBackend } from "../common-options.js";
import { defineCommand, integer, number, text } from "../command.js";
import type { Context } from "../context.js";
import { printJson, warn } from "../messages.js";
import { loadTextModel, openRun } from "../text-run.js";

export const sample = defineCommand({
  name: "sample",
  summary: "Writes text with a trained model, as it comes.",
  positionals: { usage: "RUN", min: 1, max: 1, help: "the folder of the run" },
  options: {
    length: integer({ min: 1, default: 500, help: "How many characters, words or bytes" }),
    temperature: number({ min: 0, default: 0.8, help: "Below 1 safer, above 1 bolder, 0 always the likeliest" }),
    "top-k": integer({ min: 1, defaultText: "all", help: "Choose among the K likeliest only" }),
    "top-p": number({ above: 0, max: 1, default: 1, help: "Choose among the likeliest that together have this probability" }),
    prime: text({ default: "", defaultText: "nothing", help: "Text to go on from" }),
    seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 1, help: "Another number gives another text" }),
    ...precisionOption,
    ...backendOptions,
    ...jsonOption,
  },
  examples: [
    ["unrolled sample runs/moby-dick", "500 characters"],
    ["unrolled sample runs/moby-dick --prime 'The whale ' --seed 2", "go on from a beginning"],
    ["unrolled sample runs/moby-dick --length 5000 > chapter.txt", "a whole chapter"],
    ["unrolled sample runs/moby-dick --temperature 1 --top-p 0.9", "bolder, without the improbable"],
  ],
  async run({ values, positionals: [folder = ""] }, context: Context) {
    const { run, config } = await openRun(folder);
    await startBackend(values);
    const { model, vocabulary, notes } = await loadTextModel(run, config);
    for (const note of notes) warn(context, note);
    const unseen = [...new Set(vocabulary.encode(values.prime))].includes(vocabulary.unknown ?? -1);
    if (unseen) warn(context, `The model does not know every ${vocabulary.unit} of the prime text; it reads <unk> there.`);
    const pieces = generate(model, vocabulary, {
      length: values.length,
      temperature: values.temperature,
      topP: values["top-p"],
      ...(values["top-k"] !== undefined && { topK: values["top-k"] }),
      prime: values.prime,
      precision: values.precision,
      random: new RandomStream(values.seed).fork("sample"),
    });
    const { terminal } = context;
    if (values.json) {
      const bytes = [...pieces].flatMap((piece) => [...piece]);
      const written = new TextDecoder().decode(Uint8Array.from(bytes));
      printJson(context, { run: folder, seed: values.seed, temperature: values.temperature, prime: values.prime, text: written });
      return 0;
    }
    terminal.write(terminal.style("bold", values.prime));
    let last = 10;
    for (const piece of pieces) {
      terminal.write(piece);
      last = piece.at(-1) ?? last;
    }
    if (last !== 10) terminal.write("\n");
    return 0;
  },
});
