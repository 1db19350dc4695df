import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { Linear } from "../nn/linear.js";
import { snapshot, StateDictError, type TensorSource } from "../nn/state-dict.js";
import { RandomStream, setDefaultBackend, step, tensor, zeros, type Tensor } from "../tensor/index.js";
import { AdaGrad } from "./adagrad.js";
import { Adam, AdamW } from "./adam.js";
import type { Optimizer, OptimizerState, Parameters } from "./optimizer.js";
import { Phases } from "./phases.js";
import { GravesRmsProp, RmsProp } from "./rmsprop.js";
import { constant, exponential } from "./schedules.js";
import { Sgd } from "./sgd.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));
const list = (x: Tensor) => Array.from(x.dataSync());

/** Makes `gradient` the gradient of w. */
function setGradient(w: Tensor, gradient: readonly number[]): void {
  w.zeroGrad();
  step(() => w.mul(tensor(gradient)).sum().backward());
}

/** The weights after each update. */
function trace(optimizer: Optimizer, w: Tensor, gradients: readonly (readonly number[])[]): number[][] {
  return gradients.map((gradient) => {
    setGradient(w, gradient);
    optimizer.step();
    return list(w);
  });
}

const weight = (...values: number[]) => tensor(values, undefined, { requiresGrad: true });

function expectClose(got: readonly number[][], expected: readonly number[][], digits = 12): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]![j]!, digits)));
}

describe("as PyTorch", () => {
  // import torch; O = torch.optim
  // def trace(make):
  //     w = torch.tensor([.5, -1.], dtype=torch.float64, requires_grad=True); o = make([w]); out = []
  //     for g in [[1., -2.], [.5, .25], [-.25, 3.], [0., -1.]]:
  //         w.grad = torch.tensor(g, dtype=torch.float64); o.step(); out.append(w.tolist())
  //     return out
  // and, in the order below:
  //   O.SGD(p, lr=.1, weight_decay=.01)
  //   O.SGD(p, lr=.1, momentum=.9, weight_decay=.01)
  //   O.SGD(p, lr=.1, momentum=.9, weight_decay=.01, nesterov=True)
  //   O.RMSprop(p, lr=.01)
  //   O.RMSprop(p, lr=.01, alpha=.9, momentum=.9, eps=1e-4, centered=True)
  //   O.Adagrad(p, lr=.1)
  //   O.Adagrad(p, lr=.1, initial_accumulator_value=1, eps=1e-3)
  //   O.Adam(p, lr=.01)
  //   O.Adam(p, lr=.01, betas=(.8, .99), eps=1e-3, weight_decay=.1)
  //   O.AdamW(p, lr=.01)
  //   O.AdamW(p, lr=.01, weight_decay=.5)
  const gradients = [
    [1, -2],
    [0.5, 0.25],
    [-0.25, 3],
    [0, -1],
  ];
  test.each<[string, (p: Parameters) => Optimizer, number[][]]>([
    [
      "Sgd decay",
      (p) => new Sgd(p, { lr: 0.1, decay: 0.01 }),
      [
        [0.3995, -0.799],
        [0.34910050000000004, -0.8232010000000001],
        [0.3737513995, -1.1223777990000001],
        [0.3733776481005, -1.021255421201],
      ],
    ],
    [
      "Sgd momentum",
      (p) => new Sgd(p, { lr: 0.1, momentum: 0.9, decay: 0.01 }),
      [
        [0.3995, -0.799],
        [0.2586505, -0.642301],
        [0.1566272995, -0.8006295990000001],
        [0.06464979175050001, -0.842324708501],
      ],
    ],
    [
      "Sgd nesterov",
      (p) => new Sgd(p, { lr: 0.1, momentum: 0.9, decay: 0.01, nesterov: true }),
      [
        [0.30905, -0.6181],
        [0.13205780499999997, -0.50161561],
        [0.06529206467049997, -0.943882879341],
        [-0.017302304524423988, -0.8805814983261522],
      ],
    ],
    [
      "RmsProp",
      (p) => new RmsProp(p, { lr: 0.01 }),
      [
        [0.4000000099999991, -0.9000000049999998],
        [0.3550986885255631, -0.9124649957521015],
        [0.3771091061453651, -0.9957268043749079],
        [0.3771091061453651, -0.9688587228477532],
      ],
    ],
    [
      "RmsProp centered",
      (p) => new RmsProp(p, { lr: 0.01, rho: 0.9, momentum: 0.9, epsilon: 1e-4, centered: true }),
      [
        [0.46667777407530825, -0.9666722212964506],
        [0.4205049124309616, -0.9409499943480621],
        [0.38687040843990267, -0.9451396322361653],
        [0.35659935484794963, -0.9398002014697101],
      ],
    ],
    [
      "AdaGrad",
      (p) => new AdaGrad(p, { lr: 0.1 }),
      [
        [0.40000000001, -0.900000000005],
        [0.35527864046400426, -0.9124034734633055],
        [0.3771004294856987, -0.9954092091249378],
        [0.3771004294856987, -0.9687425424589823],
      ],
    ],
    [
      "AdaGrad init",
      (p) => new AdaGrad(p, { lr: 0.1, initialAccumulator: 1, epsilon: 1e-3 }),
      [
        [0.4293392865509885, -0.910597263019461],
        [0.39602816063493257, -0.9217034380527795],
        [0.412457255659131, -1.0016821104068185],
        [0.412457255659131, -0.9759224826447519],
      ],
    ],
    [
      "Adam",
      (p) => new Adam(p, { lr: 0.01 }),
      [
        [0.4900000001, -0.99000000005],
        [0.48067820382981613, -0.9842746543328955],
        [0.475041590149633, -0.9871123775897658],
        [0.47042441921091216, -0.9878017260808769],
      ],
    ],
    [
      "Adam decay",
      (p) => new Adam(p, { lr: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-3, decay: 0.1 }),
      [
        [0.4900095147478592, -0.9900047596382675],
        [0.48079693221309955, -0.9842886398900101],
        [0.4754146743787558, -0.9876051549859266],
        [0.47102994844049434, -0.988045785126942],
      ],
    ],
    [
      "AdamW",
      (p) => new AdamW(p, { lr: 0.01 }),
      [
        [0.4899500001, -0.98990000005],
        [0.48057920882980615, -0.9840756643328905],
        [0.47489453722874003, -0.9868149800233275],
        [0.47022987683629636, -0.9874056470164363],
      ],
    ],
    [
      "AdamW decay",
      (p) => new AdamW(p, { lr: 0.01, decay: 0.5 }),
      [
        [0.4875000001, -0.98500000005],
        [0.4757407038293161, -0.9743496543326455],
        [0.46772538662998636, -0.9723156293178525],
        [0.4607695887581156, -0.9681433996623744],
      ],
    ],
  ])("%s", (_, make, expected) => {
    const w = weight(0.5, -1);
    expectClose(trace(make([w]), w, gradients), expected);
  });
});

// Graves 2013, equations 38-45, worked out in float64 for the gradients 1, 1/2, -1/4, 0.
test("Graves' RMSprop follows its golden trace", () => {
  const w = weight(0);
  const optimizer = new GravesRmsProp([w]);
  const velocities: number[] = [];
  const weights = [1, 0.5, -0.25, 0].map((gradient) => {
    trace(optimizer, w, [[gradient]]);
    velocities.push(list(optimizer.state().tensors.get("velocity.0")!)[0]!);
    return list(w)[0]!;
  });
  const expectedVelocities = [-4.583492485e-4, -6.260185287e-4, -4.587462144e-4, -4.12871593e-4];
  const expectedWeights = [-4.583492485e-4, -1.0843677773e-3, -1.5431139917e-3, -1.9559855847e-3];
  velocities.forEach((v, i) => expect(v).toBeCloseTo(expectedVelocities[i]!, 12));
  weights.forEach((w, i) => expect(w).toBeCloseTo(expectedWeights[i]!, 12));
});

// On f = w^2 / 2 from 1, momentum 0.9, rate 0.1, the textbook's look-ahead form gives w and v as below.
test("Nesterov's momentum is the textbook's look-ahead form, seen from the point ahead", () => {
  const golden = { w: [0.9, 0.729, 0.51759], v: [-0.1, -0.171, -0.21141] };
  const w = weight(1);
  const optimizer = new Sgd([w], { lr: 0.1, momentum: 0.9, nesterov: true });
  golden.w.forEach((expected, i) => {
    setGradient(w, list(w));
    optimizer.step();
    const velocity = -0.1 * list(optimizer.state().tensors.get("velocity.0")!)[0]!;
    expect(velocity).toBeCloseTo(golden.v[i]!, 12);
    expect(list(w)[0]! - 0.9 * velocity).toBeCloseTo(expected, 12);
  });
});

test("Adam follows its golden trace", () => {
  const w = weight(0);
  expectClose(
    trace(new Adam([w], { lr: 0.01 }), w, [[1], [0.5], [-0.25]]),
    [[-0.0099999999], [-0.0193217962], [-0.0249584099]],
    10,
  );
});

describe("learning rates", () => {
  test("a schedule is asked with the number of updates made", () => {
    const w = weight(0);
    const optimizer = new Sgd([w], { lr: exponential({ initial: 1, factor: 0.5 }) });
    expect(optimizer.currentLr).toBe(1);
    expectClose(trace(optimizer, w, [[1], [1], [1]]), [[-1], [-1.5], [-1.75]]);
    expect([optimizer.steps, optimizer.currentLr]).toEqual([3, 0.125]);
  });

  test("may be changed, and scaled per parameter", () => {
    const [a, b] = [weight(0), weight(0)];
    const optimizer = new Sgd(
      new Map([
        ["a", a],
        ["b", b],
      ]),
      { lr: 1, lrScale: (name) => (name === "b" ? 0.1 : 1) },
    );
    setGradient(a, [1]);
    setGradient(b, [1]);
    optimizer.step();
    optimizer.lr = 2;
    optimizer.step();
    expect([...list(a), ...list(b)]).toEqual([-3, expect.closeTo(-0.3, 12)]);
  });

  test("weights decay where asked", () => {
    for (const make of [
      (p: Parameters) => new Sgd(p, { lr: 0.1, decay: 1, decays: (name) => name === "1" }),
      (p: Parameters) => new Adam(p, { decay: 1, decays: (name) => name === "1" }),
      (p: Parameters) => new AdamW(p, { decays: (name) => name === "1" }),
    ]) {
      const [kept, decayed] = [weight(1), weight(1)];
      const optimizer = make([kept, decayed]);
      setGradient(kept, [0]);
      setGradient(decayed, [0]);
      optimizer.step();
      expect(list(kept)).toEqual([1]);
      expect(list(decayed)[0]).toBeLessThan(1);
    }
  });
});

test("parameters without gradient are left alone; zeroGrad forgets", () => {
  const [a, b] = [weight(1), weight(1)];
  const optimizer = new Adam([a, b]);
  setGradient(a, [1]);
  optimizer.step();
  expect([list(a)[0] === 1, list(b)[0] === 1]).toEqual([false, true]);
  optimizer.zeroGrad();
  expect(a.grad).toBeUndefined();
});

const kinds: [string, (p: Parameters) => Optimizer][] = [
  ["Sgd", (p) => new Sgd(p, { lr: 0.1, momentum: 0.9 })],
  ["RmsProp", (p) => new RmsProp(p, { lr: 0.01, momentum: 0.5, centered: true })],
  ["GravesRmsProp", (p) => new GravesRmsProp(p)],
  ["AdaGrad", (p) => new AdaGrad(p, { lr: 0.1, initialAccumulator: 0.1 })],
  ["Adam", (p) => new Adam(p)],
  ["AdamW", (p) => new AdamW(p, { lr: exponential({ initial: 0.1, factor: 0.9 }) })],
  [
    "Phases",
    (p) => new Phases([{ optimizer: new Adam(p), steps: 3 }, { optimizer: new Sgd(p, { lr: 0.1, momentum: 0.5 }) }]),
  ],
];

describe.each(kinds)("state of %s", (_, make) => {
  const gradients = Array.from({ length: 6 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);

  test("saved and loaded, updates continue to the same bits", async () => {
    const whole = weight(1, -1);
    const expected = trace(make([whole]), whole, gradients);

    const first = weight(1, -1);
    const before = make([first]);
    trace(before, first, gradients.slice(0, 2));
    const { kind, scalars, tensors } = before.state();
    const saved = { kind, scalars: JSON.parse(JSON.stringify(scalars)), tensors: await snapshot(tensors) };

    const second = weight(...list(first));
    const after = make([second]);
    after.load(saved);
    expect(after.steps).toBe(2);
    expect(trace(after, second, gradients.slice(2))).toEqual(expected.slice(2));
  });

  test("loads straight from another optimiser", () => {
    const w = weight(1, -1);
    const [a, b] = [make([w]), make([w])];
    trace(a, w, gradients.slice(0, 2));
    b.load(a.state());
    expect([...b.state().tensors].map(([name, t]) => [name, list(t)])).toEqual(
      [...a.state().tensors].map(([name, t]) => [name, list(t)]),
    );
  });

  test("refuses the state of another kind, of other parameters, or a broken one", () => {
    const optimizer = make([weight(1, -1)]);
    const state = optimizer.state() as OptimizerState<TensorSource>;
    expect(() => optimizer.load({ ...state, kind: "other" })).toThrow(
      `expected the state of ${state.kind}, got that of other`,
    );
    expect(() => optimizer.load(make([weight(1)]).state())).toThrow(StateDictError);
    expect(() => optimizer.load({ ...state, scalars: {} })).toThrow(
      "steps: expected a whole number of updates, got undefined",
    );
  });
});

test("state is named after the module's parameters", () => {
  const layer = new Linear(2, 1, { random: new RandomStream(1) });
  expect([...new Adam(layer).state().tensors.keys()]).toEqual([
    "mean.weight",
    "mean.bias",
    "square.weight",
    "square.bias",
  ]);
});

describe("Phases", () => {
  test("Adam, then SGD with a schedule of its own", () => {
    const [w, alone] = [weight(0), weight(0)];
    const optimizer = new Phases([
      { optimizer: new Adam([w], { lr: 0.01 }), steps: 2 },
      { optimizer: new Sgd([w], { lr: exponential({ initial: 1, factor: 0.5 }) }) },
    ]);
    const first = trace(new Adam([alone], { lr: 0.01 }), alone, [[1], [0.5]]);
    const [a, b] = first.map(([value]) => value!);
    expectClose(trace(optimizer, w, [[1], [0.5], [1], [1]]), [[a!], [b!], [b! - 1], [b! - 1.5]]);
    expect([optimizer.steps, optimizer.currentLr]).toEqual([4, 0.25]);
    optimizer.lr = constant(3);
    expect(optimizer.currentLr).toBe(3);
  });

  test("are checked", () => {
    const sgd = (w: Tensor[]) => new Sgd(w, { lr: 1 });
    const w = weight(0);
    expect(() => new Phases([])).toThrow("phases: expected at least one phase, got none");
    expect(() => new Phases([{ optimizer: sgd([w]) }, { optimizer: sgd([w]) }])).toThrow(
      "phases: phase 0: steps: expected a whole number of updates above 0, got undefined",
    );
    expect(() => new Phases([{ optimizer: sgd([w]), steps: 4 }])).toThrow("expected none in the last phase, got 4");
    expect(() => new Phases([{ optimizer: sgd([w, weight(1)]), steps: 4 }, { optimizer: sgd([w]) }])).toThrow(
      "phases: phase 1: expected the parameters of phase 0, got others",
    );
  });
});

test("bad options are named", () => {
  const w = [zeros([1])];
  expect(() => new Sgd(w, { lr: -1 })).toThrow("sgd: lr: expected a number of at least 0, got -1");
  expect(() => new Sgd(w, { lr: 1, momentum: 1 })).toThrow("sgd: momentum: expected a number from 0 to below 1, got 1");
  expect(() => new Sgd(w, { lr: 1, nesterov: true })).toThrow(
    "sgd: nesterov: expected a momentum above 0 with it, got 0",
  );
  expect(() => new Adam(w, { beta2: NaN })).toThrow("adam: beta2: expected a number from 0 to below 1, got NaN");
  expect(() => new AdamW(w, { decay: -1 })).toThrow("adamw: decay");
  expect(() => new Adam([])).toThrow("adam: parameters: expected at least one, got none");
});
