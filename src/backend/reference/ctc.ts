/** Connectionist temporal classification: Graves et al. 2006, the sums over paths as they are printed, in logarithms. */
import { CTC_MOST_LABELS } from "../generated/kernels.js";
import type { Kernels } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

const logSumExp = (values: readonly number[]) => {
  const largest = Math.max(...values);
  return largest === -Infinity ? largest : largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
};

export function ctcKernels(memory: ReferenceMemory) {
  return {
    ctcWorkColumns: (most) => Math.ceil((2 * most + 1) / 16) * 16,

    ctc(loss, gradient, _work, logProbabilities, lengths, targets, targetLengths, time, batch, classes, most, blank) {
      for (let b = 0; b < batch; b++) {
        const length = Math.min(time, Math.max(0, memory.read(lengths, b)));
        const count = memory.read(targetLengths, b);
        const at = (t: number, c: number) => (t * batch + b) * classes + c;
        const y = Array.from({ length }, (_, t) => Array.from({ length: classes }, (_, c) => memory.read(logProbabilities, at(t, c))));
        const labels = Array.from({ length: Math.max(0, Math.min(count, most)) }, (_, u) => memory.read(targets, b * most + u));
        const repeats = labels.filter((label, u) => u > 0 && label === labels[u - 1]).length;
        const possible =
          count >= 0 && count <= Math.min(most, CTC_MOST_LABELS) && count + repeats <= length &&
          labels.every((label) => label >= 0 && label < classes && label !== blank);

        // Labels with blanks around and between them; `from` are the states that a path comes to a state from.
        const states = [blank, ...labels.flatMap((label) => [label, blank])];
        const from = states.map((k, s) => [s, s - 1, ...(k !== blank && k !== states[s - 2] ? [s - 2] : [])].filter((before) => before >= 0));
        const alpha: number[][] = [];
        for (let t = 0; t < length; t++) {
          const arriving = (s: number) => (t === 0 ? (s < 2 ? 0 : -Infinity) : logSumExp(from[s]!.map((before) => alpha[t - 1]![before]!)));
          alpha.push(states.map((k, s) => arriving(s) + y[t]![k]!));
        }
        const ends = (s: number) => s >= states.length - 2;
        const likelihood = !possible ? -Infinity : length === 0 ? 0 : logSumExp(alpha.at(-1)!.filter((_, s) => ends(s)));
        memory.write(loss, b, -likelihood);
        if (gradient === 0) continue;

        for (let t = 0; t < time; t++) for (let c = 0; c < classes; c++) memory.write(gradient, at(t, c), 0);
        if (likelihood === -Infinity) continue;
        // What is still to come after a step: its own emission is left out.
        let beta = states.map((_, s) => (ends(s) ? 0 : -Infinity));
        for (let t = length - 1; t >= 0; t--) {
          for (let c = 0; c < classes; c++) memory.write(gradient, at(t, c), Math.exp(y[t]![c]!));
          states.forEach((k, s) => memory.add(gradient, at(t, k), -Math.exp(alpha[t]![s]! + beta[s]! - likelihood)));
          const leaving = beta.map((value, s) => value + y[t]![states[s]!]!);
          beta = states.map((_, s) => logSumExp(leaving.filter((_, to) => from[to]!.includes(s))));
        }
      }
    },
  } satisfies Partial<Kernels>;
}
