/** The tape: what backward does with fan-out, several outputs, leaves, and mistakes. */
import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import {
  add, exp, fromInts, keep, matmul, mul, noGrad, record, relu, reshape, scale, setDefaultBackend, slice, square, step,
  StaleTensorError, stopGradient, sum, tensor, zeros, type Tensor,
} from "./index.js";
import { empty } from "./create.js";

const list = (x: Tensor | undefined) => (x === undefined ? undefined : [...x.dataSync()]);
const leaf = (...values: number[]) => tensor(values, [values.length], { requiresGrad: true });

beforeAll(() => setDefaultBackend(createReferenceBackend()));

describe("leaves", () => {
  test("gradients add up until zeroGrad, in one buffer", () => {
    const w = leaf(1, 2);
    expect(w.grad).toBeUndefined();
    const run = () => step(() => sum(square(w)).backward());
    run();
    const buffer = w.grad!.pointer;
    expect(list(w.grad)).toEqual([2, 4]);
    run();
    expect(list(w.grad)).toEqual([4, 8]);
    w.zeroGrad();
    expect(w.grad).toBeUndefined();
    run();
    expect(list(w.grad)).toEqual([2, 4]);
    expect(w.grad!.pointer).toBe(buffer);
  });

  test("a gradient can be set", () => {
    const w = leaf(1, 2);
    w.grad = tensor([5, 6]);
    expect(list(w.grad)).toEqual([5, 6]);
    w.grad = undefined;
    expect(w.grad).toBeUndefined();
    expect(() => (w.grad = zeros([3]))).toThrow("grad: gradient: expected [2], got [3]");
    expect(() => (zeros([2]).grad = zeros([2]))).toThrow("set requiresGrad first");
  });

  test("a leaf made inside the step", () => {
    step(() => {
      const x = leaf(3);
      sum(square(x)).backward();
      expect(list(x.grad)).toEqual([6]);
    });
  });

  test("the loss itself may be a leaf", () => {
    const w = leaf(3);
    step(() => w.backward());
    expect(list(w.grad)).toEqual([1]);
  });

  test("two leaves of a sum do not share a buffer", () => {
    const [a, b] = [leaf(1), leaf(1)];
    step(() => add(a, b).backward());
    expect(a.grad!.pointer).not.toBe(b.grad!.pointer);
  });

  test("integers have no gradient", () => {
    const indices = fromInts([1]);
    expect(() => (indices.requiresGrad = true)).toThrow("requiresGrad: tensor: expected float32, got int32");
    const w = leaf(1, 2);
    step(() => expect(keep(w).requiresGrad).toBe(false));
  });

  test("what is not reached gets none", () => {
    const [used, unused] = [leaf(1), leaf(1)];
    step(() => {
      square(unused);
      sum(square(used)).backward();
    });
    expect(unused.grad).toBeUndefined();
  });
});

describe("backward", () => {
  test("a shared gradient is copied before anybody adds to it", () => {
    const [a, b] = [leaf(1, 2), leaf(3, 4)];
    step(() => {
      const [x, y] = [scale(a, 1), scale(b, 1)];
      // dz reaches x and y as the same tensor; x then gets a second and a third share.
      const z = add(x, y);
      sum(add(add(z, mul(x, x)), relu(x))).backward();
    });
    expect(list(a.grad)).toEqual([4, 6]);
    expect(list(b.grad)).toEqual([1, 1]);
  });

  test("several losses in one step, in any order", () => {
    const w = leaf(1, 2);
    step(() => {
      const y = square(w);
      const first = sum(y);
      const second = sum(exp(scale(y, 0)));
      second.backward();
      first.backward();
      first.backward();
    });
    expect(list(w.grad)).toEqual([4, 8]);
  });

  test("from a given gradient", () => {
    const w = leaf(1, 2, 3);
    step(() => square(w).backward(tensor([1, 0, -1])));
    expect(list(w.grad)).toEqual([2, 0, -6]);
  });

  test("through views of a view", () => {
    const w = leaf(1, 2, 3, 4, 5, 6);
    step(() => sum(square(slice(reshape(w, [3, 2]), 0, 1, 2))).backward());
    expect(list(w.grad)).toEqual([0, 0, 6, 8, 0, 0]);
  });

  test("stopGradient and noGrad", () => {
    const w = leaf(3);
    step(() => sum(mul(w, stopGradient(square(w)))).backward());
    expect(list(w.grad)).toEqual([9]);
    w.zeroGrad();
    step(() => sum(mul(w, noGrad(() => square(w)))).backward());
    expect(list(w.grad)).toEqual([9]);
  });

  test("takes nothing from frozen parameters", () => {
    const [w, frozen] = [leaf(2), leaf(5)];
    frozen.requiresGrad = false;
    step(() => sum(mul(w, frozen)).backward());
    expect(list(w.grad)).toEqual([5]);
    expect(frozen.grad).toBeUndefined();
  });

  test("mistakes", () => {
    const w = leaf(1, 2);
    expect(() => sum(w).backward()).toThrow("compute the loss and call backward inside step");
    step(() => {
      expect(() => square(w).backward()).toThrow(
        "backward: loss: expected one element (or a gradient of its shape), got shape [2]",
      );
      expect(() => square(w).backward(zeros([3]))).toThrow("backward: gradient: expected [2], got [3]");
      expect(() => sum(zeros([2])).backward()).toThrow("does not depend on any tensor that requires a gradient");
      expect(() => noGrad(() => sum(w)).backward()).toThrow("noGrad");
    });
  });

  test("a view of a parameter made in an earlier step is refused", () => {
    const w = leaf(1, 2);
    const view = step(() => reshape(w, [2, 1]));
    expect(() => step(() => square(view))).toThrow(StaleTensorError);
  });

  test("an exception inside step leaves a clean slate", () => {
    const w = leaf(1, 2);
    const broken = () =>
      step(() => {
        noGrad(() => {
          square(w);
          throw new Error("by the user");
        });
      });
    expect(broken).toThrow("by the user");
    step(() => sum(square(w)).backward());
    expect(list(w.grad)).toEqual([2, 4]);
  });

  test("an exception inside a rule leaves no half gradients behind", () => {
    const w = leaf(1, 2);
    step(() => {
      const y = square(w);
      const z = noGrad(() => scale(y, 1));
      let fail = true;
      record("fragile", [y], [z], (g) => {
        if (fail) throw new Error("rule");
        g.add(0, g.output(0)!);
      });
      const loss = sum(add(y, z));
      expect(() => loss.backward()).toThrow("rule");
      fail = false;
      w.zeroGrad();
      loss.backward();
    });
    expect(list(w.grad)).toEqual([4, 8]);
  });
});

describe("record", () => {
  /** Minimum and maximum of two scalars' sum and product: two outputs, one rule. */
  function sumAndProduct(a: Tensor, b: Tensor, seen: boolean[][] = []): [Tensor, Tensor] {
    const [total, product] = noGrad(() => [add(a, b), mul(a, b)] as const);
    record("sumAndProduct", [a, b], [total, product], (g) => {
      seen.push([g.output(0) !== undefined, g.output(1) !== undefined]);
      [b, a].forEach((other, i) => {
        if (!g.wants(i)) return;
        const dTotal = g.output(0);
        if (dTotal !== undefined) g.add(i, dTotal);
        const dProduct = g.output(1);
        if (dProduct !== undefined) g.add(i, mul(dProduct, other));
      });
    });
    return [total, product];
  }

  test("several outputs, some without a gradient", () => {
    const [a, b] = [leaf(2), leaf(5)];
    const seen: boolean[][] = [];
    step(() => {
      const [total, product] = sumAndProduct(a, b, seen);
      sum(product).backward();
      sum(add(total, product)).backward();
    });
    expect(seen).toEqual([[false, true], [true, true]]);
    expect(list(a.grad)).toEqual([5 + 1 + 5]);
    expect(list(b.grad)).toEqual([2 + 1 + 2]);
  });

  test("does nothing outside a step, inside noGrad, or without an input that wants a gradient", () => {
    const a = leaf(2);
    expect(sumAndProduct(a, a)[0].requiresGrad).toBe(false);
    step(() => {
      expect(noGrad(() => sumAndProduct(a, a))[0].requiresGrad).toBe(false);
      expect(sumAndProduct(tensor([1]), tensor([1]))[0].requiresGrad).toBe(false);
      expect(sumAndProduct(tensor([1]), a).every((y) => y.requiresGrad)).toBe(true);
    });
  });

  test("into is cleared once, overwrite only while untouched", () => {
    const w = leaf(1, 2);
    const custom = (x: Tensor) => {
      const y = noGrad(() => scale(x, 1));
      record("custom", [x], [y], (g) => {
        expect(g.untouched(0)).toBe(true);
        const buffer = g.overwrite(0);
        buffer.assign(g.output(0)!);
        expect(g.untouched(0)).toBe(false);
        expect(g.into(0)).toBe(buffer);
        expect(() => g.overwrite(0)).toThrow("custom: overwrite(0): the gradient of input 0 holds something already");
      });
      return y;
    };
    step(() => sum(custom(w)).backward());
    expect(list(w.grad)).toEqual([1, 1]);
  });

  test("mistakes in a rule", () => {
    const rule = (body: Parameters<typeof record>[3]) => () => {
      const [x, plain] = [leaf(1, 2), zeros([2])];
      step(() => {
        const y = empty([2]).assign(x);
        record("mine", [x, plain], [y], body);
        sum(y).backward();
      });
    };
    expect(rule((g) => void g.into(1))).toThrow("mine: input 1 does not want a gradient; ask wants(1) first");
    expect(rule((g) => void g.into(2))).toThrow("mine: there is no input 2");
    expect(rule((g) => g.add(0, zeros([3])))).toThrow("mine: gradient of input 0: contribution: expected [2], got [3]");
    expect(rule((g) => g.add(1, zeros([2])))).not.toThrow();
    const twice = (w: Tensor) => record("twice", [w], [square(w)], () => {});
    expect(() => step(() => twice(leaf(1)))).toThrow("twice: an output requires a gradient already; compute outputs inside");
  });

  test("rules record nothing", () => {
    const w = leaf(2);
    step(() => {
      const y = noGrad(() => square(w));
      record("square", [w], [y], (g) => {
        const dw = mul(g.output(0)!, scale(w, 2));
        expect(dw.requiresGrad).toBe(false);
        g.add(0, dw);
      });
      sum(y).backward();
    });
    expect(list(w.grad)).toEqual([4]);
  });
});

test("gradients of a product go straight to parameters, without clearing first", () => {
  const w = tensor([[1, 2], [3, 4]], undefined, { requiresGrad: true });
  const run = () => step(() => sum(matmul(tensor([[1, 10]]), w)).backward());
  run();
  // Whatever the buffer held does not matter once the gradient is forgotten.
  w.grad!.set([NaN, NaN, NaN, NaN]);
  w.zeroGrad();
  run();
  run();
  expect(list(w.grad)).toEqual([2, 2, 20, 20]);
});
