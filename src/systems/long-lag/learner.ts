/** A recurrent network that learns a long-lag task, and lets itself be watched: how much of the gradient reaches which step. */
import { Linear, Recurrent, type States } from "../../nn/index.js";
import { add, concat, keep, RandomStream, slice, sqrt, square, sum, tensor, type RandomState, type Tensor } from "../../tensor/index.js";
import type { Json, Learner, StepLoss } from "../../train/index.js";
import { carryingMap, checkLongLagConfig, initialRecurrent, longLagCell, type LongLagConfig } from "./config.js";
import { spectralRadius } from "./eigenvalues.js";
import { longLagTask, type LongLagTask } from "./tasks.js";

export class LongLagLearner implements Learner {
  readonly task: LongLagTask;
  readonly network: Recurrent;
  readonly readout: Linear;
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly #config: LongLagConfig;
  readonly #data: RandomStream;
  /** Kept from step to step, in the same memory. */
  #reach: Tensor | undefined;

  /** @throws RangeError naming the setting that does not fit */
  constructor(config: LongLagConfig) {
    checkLongLagConfig(config);
    this.#config = config;
    this.task = longLagTask(config.task, config.lag);
    const { inputSize, outputSize } = this.task;
    const random = new RandomStream(config.seed);
    this.#data = random.fork("data");
    this.network = new Recurrent(longLagCell(config), {
      inputSize, hiddenSize: config.hidden, random: random.fork("network"), initialRecurrent: initialRecurrent(config), inspectGradients: ["h"],
    });
    this.readout = new Linear(config.hidden, outputSize, { random: random.fork("readout") });
    this.parameters = new Map([
      ...[...this.network.namedParameters()].map(([name, each]) => [`network.${name}`, each] as const),
      ...[...this.readout.namedParameters()].map(([name, each]) => [`readout.${name}`, each] as const),
    ]);
    if (config.cell === "lstm") this.#setForgetBias(config.forgetBias);
  }

  /** Fresh sequences at every step: what is reported was never seen before. */
  loss(): StepLoss {
    const { task } = this;
    const { batch: rows, truncate } = this.#config;
    const batch = task.draw(this.#data, rows);
    const x = tensor(batch.inputs, [task.timeSteps, rows, task.inputSize]);
    const window = truncate === 0 ? task.timeSteps : truncate;
    let initial: States | undefined;
    let loss: Tensor | undefined;
    const gradients: Tensor[] = [];
    for (let from = 0; from < task.timeSteps; from += window) {
      const to = Math.min(from + window, task.timeSteps);
      const { output, final, inspectedGradients } = this.network.forward(slice(x, 0, from, to), initial && { initial });
      // Values go on to the next window, gradients do not come back from it.
      initial = final.map((states) => Object.fromEntries(Object.entries(states).map(([name, state]) => [name, state.stopGradient()])));
      gradients.push(inspectedGradients[0]!["h"]!);
      const part = task.loss(this.readout.forward(output), batch, from);
      if (part) loss = loss ? add(loss, part) : part;
    }
    return {
      loss: loss!,
      predictions: rows,
      units: rows,
      afterBackward: () => {
        this.#reach = keep(sqrt(sum(square(concat(gradients, 0)), [1, 2])), this.#reach);
      },
    };
  }

  /** ||dL/dh_t|| of the last training step, over all rows and units: [time]. */
  reach(): Float32Array {
    return Float32Array.from(this.#reach?.dataSync() ?? new Float32Array(this.task.timeSteps));
  }

  /** Of the matrix that carries the state (for LSTM and GRU that of the candidate): above 1 it can make gradients grow, below 1 they shrink. */
  spectralRadius(): number {
    const { hidden } = this.#config;
    const { linears } = this.network.layer(0).compiled(false).matrices.find(({ name }) => name === "h")!;
    const block = linears.indexOf(carryingMap(this.#config));
    const matrix = this.parameters.get("network.layer0.forward.h")!.dataSync();
    return spectralRadius(matrix.subarray(block * hidden * hidden, (block + 1) * hidden * hidden), hidden);
  }

  async validate(): Promise<undefined> {
    return undefined;
  }

  state(): { json: Json; tensors: Map<string, Tensor> } {
    return { json: this.#data.state() as unknown as Json, tensors: new Map() };
  }

  load({ json }: { json: Json }): void {
    this.#data.restore(json as unknown as RandomState);
  }

  #setForgetBias(value: number): void {
    const bias = this.parameters.get("network.layer0.forward.bias")!;
    const { hidden } = this.#config;
    const from = this.network.layer(0).compiled(false).biases.indexOf("forget") * hidden;
    bias.set(Float64Array.from(bias.dataSync(), (before, i) => (i >= from && i < from + hidden ? value : before)));
  }
}
