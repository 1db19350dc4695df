import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { Adam } from "../optim/index.js";
import { setDefaultBackend, tensor, type Tensor } from "../tensor/index.js";
import { loadParameters, MemoryStorage, Run, train, writeCompactRun, type Learner } from "./index.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const config = { version: "1", kind: "test", sizes: { hidden: 3 } };
const settings = { lr: 0.05, schedule: "constant", checkpointEvery: 5 } as const;

class SquareLearner implements Learner {
  readonly parameters: Map<string, Tensor>;
  readonly #weights = tensor([3, -2, 0.1], [3], { requiresGrad: true });
  constructor() {
    this.parameters = new Map([["weights", this.#weights]]);
  }
  loss = () => ({ loss: this.#weights.square().mean(), predictions: 3, units: 3 });
  validate = async () => undefined;
  state = () => ({ json: null, tensors: new Map<string, Tensor>() });
  load() {}
}

async function trained() {
  const learner = new SquareLearner();
  const run = await Run.create(new MemoryStorage(), config);
  await train({ learner, optimizer: new Adam(learner.parameters, { lr: 0.05 }), run, settings, budget: { steps: 7 } });
  return { run, learner };
}

describe("a compact run", () => {
  it("has the description and the parameters, to eleven bits, and no other arrays", async () => {
    const { run, learner } = await trained();
    const place = new MemoryStorage();
    await writeCompactRun(run, place);
    const compact = await Run.open(place);
    expect(compact.config).toEqual(run.config);
    expect(await compact.metrics()).toEqual([]);
    const { step, tensors } = (await compact.lastCheckpoint())!.checkpoint;
    expect([step, [...tensors].map(([name, { dtype }]) => [name, dtype])]).toEqual([7, [["model.weights", "F16"]]]);
    const copy = new SquareLearner();
    loadParameters(tensors, copy.parameters);
    const [kept, exact] = [copy, learner].map(({ parameters }) => parameters.get("weights")!.dataSync());
    for (const [i, value] of exact!.entries()) expect(Math.abs(kept![i]! - value) / Math.abs(value)).toBeLessThanOrEqual(2 ** -11);
    expect(kept).not.toEqual(exact);
  });

  it("has matrices in 8 bits where that is wanted, to half a 127th of each row's greatest", async () => {
    const rows = [[3, -2, 0.1, 0.011], [0, 0, 0, 0], [-1e-6, 4e-7, 1e-9, 0]];
    const run = await Run.create(new MemoryStorage(), config);
    const values = Float32Array.from(rows.flat());
    const stored = (shape: readonly number[], values: Float32Array) => ({ dtype: "F32", shape, values }) as const;
    const parameters = new Map([["model.weights", stored([3, 4], values)], ["model.bias", stored([1], Float32Array.of(0.3))]]);
    await run.saveCheckpoint({ step: 3, tensors: parameters, state: {} });
    const place = new MemoryStorage();
    await writeCompactRun(run, place, { bits: 8 });
    const { tensors } = (await (await Run.open(place)).lastCheckpoint())!.checkpoint;
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]).sort()).toEqual([["model.bias", "F16", [1]], ["model.weights", "F32", [3, 4]]]);
    const kept = tensors.get("model.weights")!.values;
    for (const [r, row] of rows.entries()) {
      const greatest = Math.max(...row.map(Math.abs));
      for (const [i, value] of row.entries()) expect(Math.abs(kept[4 * r + i]! - value)).toBeLessThanOrEqual((greatest / 127) * 0.5001);
    }
    expect(kept[0]).toBeCloseTo(3, 6);
  });

  it("is not trained on, and says why", async () => {
    const place = new MemoryStorage();
    await writeCompactRun((await trained()).run, place);
    const run = await Run.open(place);
    const { checkpoint } = await run.resume();
    const learner = new SquareLearner();
    const more = train({ learner, optimizer: new Adam(learner.parameters, { lr: 0.05 }), run, checkpoint, settings, budget: { steps: 9 } });
    await expect(more).rejects.toThrow("Of this run only the parameters were kept: it can be used, but not trained on.");
  });

  it("cannot be made of a run without a checkpoint, or where there is a run", async () => {
    const young = await Run.create(new MemoryStorage(), config);
    await expect(writeCompactRun(young, new MemoryStorage())).rejects.toThrow("memory has no checkpoint yet.");
    const { run } = await trained();
    await expect(writeCompactRun(run, run.storage)).rejects.toThrow("memory already holds a run.");
  });
});
