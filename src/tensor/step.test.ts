/** Lifetimes and memory: steps, kept tensors, the collector, flat use over many steps. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeEach, describe, expect, test } from "vitest";
import { createReferenceBackend, type Backend } from "../backend/index.js";
import { currentArena, temporarily } from "./arena.js";
import {
  add, allocateScratch, crossEntropy, fromInts, gather, keep, matmul, mean, mul, noGrad, RandomStream, reshape,
  setDefaultBackend, slice, StaleTensorError, step, tanh, tensor, zeros, type Tensor,
} from "./index.js";
import { availableBackends } from "./testing.js";

let backend: Backend;
beforeEach(() => setDefaultBackend((backend = createReferenceBackend())));

describe("step", () => {
  test("returns what the function returns", () => expect(step(() => 7)).toBe(7));

  test("cannot be nested, and the outer step goes on", () => {
    step(() => {
      const x = zeros([2]);
      expect(() => step(() => 0)).toThrow("step: a step is already running and steps cannot be nested");
      expect([...x.dataSync()]).toEqual([0, 0]);
    });
  });

  test("refuses asynchronous functions", () => {
    expect(() => step(async () => 0)).toThrow("step: the function returned a promise");
    expect(() => noGrad(async () => 0)).toThrow("noGrad: the function returned a promise");
    expect(step(() => 1)).toBe(1);
  });

  test("what was made inside is refused outside, views included", () => {
    const made = step(() => {
      const x = tensor([[1, 2], [3, 4]]);
      return { x, sum: add(x, x), view: slice(x, 0, 1), reshaped: reshape(x, [4]) };
    });
    const message = (by: string, shape: string) => `the result of ${by}, shape ${shape}, was used after its step ended`;
    expect(() => made.x.item()).toThrow("item: tensor");
    expect(() => made.x.dataSync()).toThrow(message("tensor", "[2, 2]"));
    expect(() => made.sum.pointer).toThrow(message("add", "[2, 2]"));
    expect(() => add(made.view, 1)).toThrow(StaleTensorError);
    expect(() => made.reshaped.set([1, 2, 3, 4])).toThrow(message("tensor", "[4]"));
    // Not even inside the next step, whose tensors lie at the same addresses.
    step(() => {
      zeros([2, 2]);
      expect(() => mul(made.sum, 2)).toThrow(StaleTensorError);
      expect(() => keep(made.sum)).toThrow(StaleTensorError);
    });
  });

  test("rejects late reading too, but reading begun in the step completes", async () => {
    const x = step(() => tensor([1]));
    await expect(x.data()).rejects.toThrow(StaleTensorError);
    let reading: Promise<ArrayLike<number>> | undefined;
    step(() => void (reading = tensor([5]).add(1).data()));
    step(() => void zeros([64]));
    expect([...(await reading!) as Float64Array]).toEqual([6]);
  });

  test("scratch memory lives inside steps only", () => {
    expect(() => allocateScratch(64)).toThrow("allocateScratch: scratch memory exists only inside step");
    step(() => {
      const [first, second] = [allocateScratch(10), allocateScratch(10)];
      expect(first % 64).toBe(0);
      expect(second - first).toBe(64);
    });
  });

  test("tensors outside keep their place while steps come and go", () => {
    const outside = tensor([1, 2]);
    for (let i = 0; i < 5; i++) step(() => void zeros([1000]).add(1));
    expect([...outside.dataSync()]).toEqual([1, 2]);
  });

  test("an empty tensor has an address", () => {
    step(() => expect(zeros([0]).pointer).toBeGreaterThan(0));
    expect(zeros([0]).pointer).toBeGreaterThan(0);
  });
});

describe("memory", () => {
  test("a step of changing size ends in one chunk of the largest size", () => {
    for (const size of [1000, 300_000, 10, 500_000, 10]) step(() => void zeros([size]).add(1).add(1));
    const largest = backend.memory.bytesInUse;
    for (const size of [400_000, 1, 500_000, 250_000]) {
      step(() => void zeros([size]).add(1).add(1));
      expect(backend.memory.bytesInUse).toBeLessThanOrEqual(largest);
    }
    // Three tensors of 500,000 floats, and little besides.
    expect(largest).toBeLessThan(3 * 2_000_000 + 100_000);
  });

  test("a part of a step gives its memory back early, and its tensors are refused from then on", () => {
    const work = () =>
      step(() => {
        const total = zeros([100]);
        const arena = currentArena(backend)!;
        const before = arena.used;
        for (let i = 0; i < 50; i++) {
          const part = temporarily(backend, () => {
            const x = add(total, 1);
            const inner = temporarily(backend, () => zeros([200_000]));
            expect(() => inner.pointer).toThrow(StaleTensorError);
            total.assign(x);
            return x;
          });
          expect(() => part.dataSync()).toThrow(StaleTensorError);
          expect(arena.used).toBe(before);
        }
        expect(() => temporarily(backend, () => add(zeros([500_000]), tensor([1, 2])))).toThrow("add");
        expect(arena.used).toBe(before);
        expect(arena.peak).toBeGreaterThan(2_000_000);
        expect(total.at(99).item()).toBe(50);
        return arena.peak;
      });
    const peak = work();
    work();
    const held = backend.memory.bytesInUse;
    expect(held).toBeLessThan(peak + 100_000);
    for (let i = 0; i < 10; i++) work();
    expect(backend.memory.bytesInUse).toBe(held);
  });

  test("memory is given back after an exception", () => {
    const work = () => step(() => void zeros([1000]).add(1));
    work();
    const before = backend.memory.bytesInUse;
    for (let i = 0; i < 100; i++) {
      expect(() =>
        step(() => {
          zeros([1000]);
          throw new Error("broken");
        }),
      ).toThrow("broken");
    }
    work();
    expect(backend.memory.bytesInUse).toBe(before);
  });

  test("keep into a tensor takes nothing", () => {
    let state = zeros([100]);
    const advance = () => (state = step(() => keep(state.add(1), state)));
    advance();
    const before = backend.memory.bytesInUse;
    for (let i = 0; i < 100; i++) advance();
    expect(backend.memory.bytesInUse).toBe(before);
    expect(state.at(99).item()).toBe(101);
    expect(() => keep(zeros([2]), state)).toThrow("assign: source: expected float32 [100], got float32 [2]");
  });

  test("a tensor outside steps is freed when the collector drops it, with its last view", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const before = backend.memory.bytesInUse;
    let view: Tensor | undefined = slice(zeros([1000]), 0, 10, 20);
    (() => void Array.from({ length: 50 }, () => zeros([1000])))();
    const until = async (done: () => boolean) => {
      for (let i = 0; i < 100 && !done(); i++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await until(() => backend.memory.bytesInUse < before + 8000);
    expect(backend.memory.bytesInUse).toBe(before + 4032);
    expect(view.at(0).item()).toBe(0);
    view = undefined;
    await until(() => backend.memory.bytesInUse === before);
    expect(backend.memory.bytesInUse).toBe(before);
  });
});

/** A small language model's step: embedding, a layer, a loss, a gradient step by hand. */
function trainer() {
  const random = new RandomStream(3);
  const parameters = [random.uniform([11, 8], -0.5, 0.5), random.uniform([8, 11], -0.5, 0.5), zeros([11])];
  for (const parameter of parameters) parameter.requiresGrad = true;
  const [table, weight, bias] = parameters as [Tensor, Tensor, Tensor];
  return () =>
    step(() => {
      const symbols = Array.from({ length: 5 }, () => random.integer(11));
      const logits = add(matmul(tanh(gather(table, fromInts(symbols.slice(0, 4)))), weight), bias);
      const loss = mean(crossEntropy(logits, fromInts(symbols.slice(1)), { reduction: "none" }));
      for (const parameter of parameters) parameter.zeroGrad();
      loss.backward();
      for (const parameter of parameters) {
        parameter.backend.kernels.axpy(parameter.pointer, -0.1, parameter.grad!.pointer, parameter.size);
      }
      return loss.item();
    });
}

describe.each(await availableBackends())("$name", (backend) => {
  test("memory use is the same after 10 steps and after 10,000", () => {
    setDefaultBackend(backend);
    const train = trainer();
    for (let i = 0; i < 10; i++) train();
    const before = backend.memory.bytesInUse;
    let loss = 0;
    for (let i = 10; i < 10_000; i++) loss = train();
    expect(loss).toBeGreaterThan(0);
    expect(backend.memory.bytesInUse).toBe(before);
  });
});
