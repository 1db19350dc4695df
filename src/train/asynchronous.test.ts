/** Training on a backend whose kernels run beside JavaScript: the same bits, and an event loop that goes on turning. */
import { describe, expect, it } from "vitest";
import { describeBackends, loadBackend, type Backend } from "../backend/index.js";
import { lstm } from "../cell/index.js";
import { crossEntropy, Embedding, Linear, Recurrent } from "../nn/index.js";
import { Adam } from "../optim/index.js";
import { fromInts, RandomStream, setDefaultBackend, type Tensor } from "../tensor/index.js";
import type { Learner } from "./learner.js";
import { train } from "./loop.js";

const native = (await describeBackends()).some(({ name, available }) => name === "native" && available);

interface Sizes {
  readonly timeSteps: number;
  readonly batch: number;
  readonly hiddenSize: number;
  /** Whether rows have lengths of their own. */
  readonly ragged: boolean;
}

/** Predicts the next of random tokens: every step uploads tokens, and lists of rows where they are ragged. */
class TokenLearner implements Learner {
  readonly #random = new RandomStream(1);
  readonly #embedding = new Embedding(17, 24, { random: this.#random });
  readonly #recurrent: Recurrent;
  readonly #readout: Linear;
  readonly parameters: ReadonlyMap<string, Tensor>;

  constructor(readonly sizes: Sizes) {
    const { hiddenSize } = sizes;
    this.#recurrent = new Recurrent(lstm, { inputSize: 24, hiddenSize, random: this.#random });
    this.#readout = new Linear(hiddenSize, 17, { random: this.#random });
    const parts = { embedding: this.#embedding, recurrent: this.#recurrent, readout: this.#readout };
    this.parameters = new Map(
      Object.entries(parts).flatMap(([part, module]) => [...module.namedParameters()].map(([name, each]) => [`${part}.${name}`, each] as const)),
    );
  }

  loss() {
    const { timeSteps, batch, ragged } = this.sizes;
    const tokens = () => fromInts(Array.from({ length: timeSteps * batch }, () => this.#random.integer(17)), [timeSteps, batch]);
    const lengths = ragged ? Array.from({ length: batch }, () => this.#random.integer(timeSteps + 1)) : undefined;
    const { output } = this.#recurrent.forward(this.#embedding.forward(tokens()), lengths ? { lengths } : {});
    return { loss: crossEntropy(this.#readout.forward(output), tokens()), predictions: timeSteps * batch, units: timeSteps * batch };
  }

  async validate() {
    return undefined;
  }

  state() {
    return { json: null, tensors: new Map() };
  }

  load() {}
}

async function trained(backend: Backend, sizes: Sizes, steps: number, onProgress?: (loss: number) => void) {
  setDefaultBackend(backend);
  const learner = new TokenLearner(sizes);
  await train({
    learner,
    optimizer: new Adam(learner.parameters),
    settings: { lr: 0.01, schedule: "constant", clip: 1 },
    budget: { steps },
    onProgress: ({ trainingLoss }) => onProgress?.(trainingLoss),
  });
  const values: (readonly [string, ArrayLike<number>])[] = [];
  for (const [name, tensor] of learner.parameters) values.push([name, await tensor.data()]);
  return new Map(values);
}

/** How an interval timer of 5 ms does while something runs. */
async function watched(run: () => Promise<unknown>): Promise<{ took: number; ticks: number; medianGap: number; longestGap: number }> {
  const began = performance.now();
  const ticks = [began];
  const timer = setInterval(() => ticks.push(performance.now()), 5);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  const ended = performance.now();
  const gaps = [...ticks.slice(1), ended].map((tick, i) => tick - ticks[i]!).sort((a, b) => a - b);
  return { took: ended - began, ticks: ticks.length - 1, medianGap: gaps[gaps.length >> 1]!, longestGap: gaps.at(-1)! };
}

describe.runIf(native)("training beside JavaScript", () => {
  it.each([false, true])("gives the same bits as at once, ragged: %s", async (ragged) => {
    const sizes = { timeSteps: 9, batch: 7, hiddenSize: 33, ragged };
    const results = [];
    for (const asynchronous of [false, true]) {
      const losses: number[] = [];
      const values = await trained(await loadBackend({ backend: "native", threads: 2, asynchronous }), sizes, 12, (loss) => losses.push(loss));
      results.push({ losses, values });
    }
    // One per step and one at the end.
    expect(results[0]!.losses).toHaveLength(13);
    expect(results[1]).toEqual(results[0]);
  });

  it("leaves the event loop free", async () => {
    // Long steps: each would block for tens of milliseconds.
    const sizes = { timeSteps: 64, batch: 32, hiddenSize: 256, ragged: false };
    const steps = 10;
    const [atOnce, beside] = await Promise.all([false, true].map((asynchronous) => loadBackend({ backend: "native", threads: 2, asynchronous })));
    await trained(beside!, sizes, 1);
    const blocked = await watched(() => trained(atOnce!, sizes, steps));
    const free = await watched(() => trained(beside!, sizes, steps));
    const what = JSON.stringify({ blocked, free });
    // At once, a timer has its turn between steps at best.
    expect(blocked.ticks, what).toBeLessThanOrEqual(steps + 2);
    // Beside, several times within each; how often depends on how busy the machine is. No wait is longer than a part of the whole.
    expect(free.ticks, what).toBeGreaterThan(2 * steps);
    expect(free.medianGap, what).toBeLessThan(blocked.medianGap / 2);
    expect(free.longestGap, what).toBeLessThan(free.took / 3);
  });
});
