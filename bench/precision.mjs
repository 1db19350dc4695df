/**
 * Training in bfloat16 beside float32: loss curves on the default corpus over seeds, and the time of a training step.
 *
 *   node bench/precision.mjs [--seeds 3] [--steps 400] [--hidden 128] [--no-curves | --no-speed]
 *
 * Curves: `unrolled train text` with the same settings and seeds in both precisions; at each logged step the difference of the
 * validation losses of one seed (bfloat16 less float32) beside the spread of float32 over the seeds. Speed: an LSTM of 512, batch 32, 64
 * steps, forward and backward, both in turn in one process.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { lstm } from "../dist/cell/index.js";
import { Recurrent } from "../dist/nn/index.js";
import { RandomStream, step } from "../dist/tensor/index.js";
import { loadUnrolled } from "./contestants/unrolled.mjs";
import { median } from "./statistics.mjs";

const UNROLLED = fileURLToPath(new URL("../bin/unrolled.mjs", import.meta.url));
const PRECISIONS = ["float32", "bfloat16"];
const TURNS = 9;

/** Validation losses of a run, in bits per character, by step. */
function curve(folder, { precision, seed, steps, hidden }) {
  const run = join(folder, `${precision}-${seed}`);
  const settings = ["--precision", precision, "--seed", seed, "--steps", steps, "--hidden", hidden, "--out", run];
  execFileSync(process.execPath, [UNROLLED, "train", "text", ...settings.map(String)], { stdio: ["ignore", "ignore", "inherit"] });
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  return new Map(lines.filter((line) => line.validationLoss !== undefined).map((line) => [line.step, line.validationLoss / Math.LN2]));
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function compareCurves({ seeds, steps, hidden }) {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-precision-"));
  try {
    const runs = Array.from({ length: seeds }, (_, i) =>
      PRECISIONS.map((precision) => {
        console.error(`precision: training in ${precision}, seed ${i + 1}`);
        return curve(folder, { precision, seed: i + 1, steps, hidden });
      }),
    );
    console.log("| step | float32, bits per character | its spread over seeds | bfloat16 less float32, mean | largest of a seed |");
    console.log("|---:|---:|---:|---:|---:|");
    const logged = [...runs[0][0].keys()];
    for (const at of logged.filter((_, i) => (i + 1) % Math.ceil(logged.length / 10) === 0)) {
      const exact = runs.map(([float32]) => float32.get(at));
      const differences = runs.map(([float32, bfloat16]) => bfloat16.get(at) - float32.get(at));
      const largest = differences.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);
      const numbers = [mean(exact), Math.max(...exact) - Math.min(...exact), mean(differences), largest];
      console.log(`| ${at} | ${numbers.map((number) => number.toFixed(4)).join(" | ")} |`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compareSpeed() {
  const [time, batch, size] = [64, 32, 512];
  const backend = await loadUnrolled("native", 1);
  const random = new RandomStream(1);
  const x = random.normal([time, batch, size]);
  x.requiresGrad = true;
  const dy = random.normal([time, batch, size]);
  const trainings = PRECISIONS.map((precision) => {
    const network = new Recurrent(lstm, { inputSize: size, hiddenSize: size, random, precision });
    return () => {
      network.zeroGrad();
      x.zeroGrad();
      step(() => network.forward(x).output.backward(dy));
      return backend.finish();
    };
  });
  const seconds = PRECISIONS.map(() => []);
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [i, train] of trainings.entries()) {
      const start = performance.now();
      await train();
      if (turn > 0) seconds[i].push((performance.now() - start) / 1000);
    }
  }
  const ratio = median(seconds[0].map((float32, i) => float32 / seconds[1][i]));
  console.log(
    `LSTM ${size}, batch ${batch}, ${time} steps, one thread, ${backend.isa}: float32 ${(1000 * median(seconds[0])).toFixed(0)} ms, ` +
      `bfloat16 ${(1000 * median(seconds[1])).toFixed(0)} ms; float32 / bfloat16 ${ratio.toFixed(2)}`,
  );
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    steps: { type: "string", default: "400" },
    hidden: { type: "string", default: "128" },
    "no-curves": { type: "boolean", default: false },
    "no-speed": { type: "boolean", default: false },
  },
});
if (!values["no-curves"]) compareCurves({ seeds: Number(values.seeds), steps: Number(values.steps), hidden: Number(values.hidden) });
if (!values["no-speed"]) await compareSpeed();
