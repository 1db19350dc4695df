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
