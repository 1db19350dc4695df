import { describe, expect, it } from "vitest";
import { cells, gru, layerNormLstm, lstm, peepholeLstm } from "../cell/index.js";
import { createReferenceBackend } from "../backend/index.js";
import { concat, flip, gradCheck, keep, mul, RandomStream, setDefaultBackend, slice, step, sum, type Tensor, withBackend, zeros } from "../tensor/index.js";
import { availableBackends, expectClose, sampleTensor } from "../tensor/testing.js";
import { Linear } from "./linear.js";
import { Recurrent, type RecurrentOptions, type States } from "./recurrent.js";

const backends = await availableBackends();
setDefaultBackend(createReferenceBackend());

const random = () => new RandomStream(5);
const network = (options: Partial<RecurrentOptions> = {}, cell = lstm) =>
  new Recurrent(cell, { inputSize: 3, hiddenSize: 4, random: random(), ...options });

describe("wiring: weight counts of the networks in Graves 2013", () => {
  const graves = (layers: number, hiddenSize: number, inputSize: number, outputSize: number) => {
    const initialInput = (shape: readonly number[]) => zeros(shape);
    const net = new Recurrent(peepholeLstm, {
      inputSize, hiddenSize, layers, skip: true, random: random(), initialInput, initialRecurrent: initialInput,
    });
    const output = new Linear(net.outputSize, outputSize, { random: random(), initialWeight: initialInput });
    return net.parameterCount + output.parameterCount;
  };
  it("characters of Penn Treebank, 1x1000, 49 in and out", () => expect(graves(1, 1000, 49, 49)).toBe(4_252_049));
  it("handwriting prediction, 3x400", () => expect(graves(3, 400, 3, 121)).toBe(3_368_121));
  it("handwriting prediction, 1x900", () => expect(graves(1, 900, 3, 121)).toBe(3_366_121));
  it("Wikipedia by bytes, 5x700", () => expect(graves(5, 700, 205, 205)).toBe(21_252_205));
});

describe("layers and directions", () => {
  const x = sampleTensor([5, 3, 3]);

  it("names its parameters by layer and direction", () => {
    const names = [...network({ layers: 2, bidirectional: true }).namedParameters().keys()];
    expect(names.slice(0, 4)).toEqual(["layer0.forward.x", "layer0.forward.h", "layer0.forward.bias", "layer0.backward.x"]);
    expect(names).toHaveLength(12);
  });

  it("says what it is", () => {
    expect(String(network({ layers: 2 })).split("\n")[0]).toBe(
      "Recurrent lstm {input: 3, hidden: 4, layers: 2, parameters: 272}",
    );
  });

  it("starts the forget gate open", () => {
    const bias = [...network().namedParameters().get("layer0.forward.bias")!.dataSync()];
    expect(bias).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("bidirectional: the second half is the first network's on the reversed sequence", () => {
    const both = network({ bidirectional: true });
    const one = network();
    const state = both.stateDict();
    one.loadStateDict(new Map(["x", "h", "bias"].map((name) => [`layer0.forward.${name}`, state.get(`layer0.backward.${name}`)!])));
    const backward = slice(both.forward(x).output, 2, 4, 8);
    expectClose(backward.dataSync(), flip(one.forward(flip(x, 0)).output, 0).dataSync(), 1e-12);
  });

  it("rows of unequal lengths come out as if each ran alone", () => {
    const net = network({ layers: 2, bidirectional: true });
    const lengths = [2, 5, 0];
    const { output, final } = net.forward(x, { lengths });
    lengths.forEach((length, row) => {
      const alone = slice(slice(x, 1, row, row + 1), 0, 0, length);
      const mine = slice(output, 1, row, row + 1);
      if (length > 0) {
        const expected = net.forward(alone);
        expectClose(slice(mine, 0, 0, length).dataSync(), expected.output.dataSync(), 1e-12, `row ${row}`);
        final.forEach((states, i) => {
          for (const [name, state] of Object.entries(states)) {
            expectClose(slice(state, 0, row, row + 1).dataSync(), expected.final[i]![name]!.dataSync(), 1e-12, `final ${name}`);
          }
        });
      }
      expect([...slice(mine, 0, length, 5).dataSync()].every((value) => value === 0)).toBe(true);
    });
  });

  it("windows with carried states equal one long pass", () => {
    const net = network({ layers: 2 }, gru);
    const whole = net.forward(x);
    const outputs = [];
    let initial: States | undefined;
    for (const [from, to] of [[0, 2], [2, 3], [3, 5]] as const) {
      const { output, final } = net.forward(slice(x, 0, from, to), initial ? { initial } : {});
      outputs.push(output);
      initial = final.map((states) => Object.fromEntries(Object.entries(states).map(([name, state]) => [name, keep(state)])));
    }
    expectClose(concat(outputs, 0).dataSync(), whole.output.dataSync(), 1e-12);
  });

  it("residual connections add what went in; skip connections show every layer", () => {
    const residual = network({ layers: 2, residual: true });
    for (const [name, parameter] of residual.namedParameters()) if (name.startsWith("layer1")) parameter.set(new Float64Array(parameter.size));
    const plain = network();
    plain.loadStateDict(new Map([...residual.stateDict()].filter(([name]) => name.startsWith("layer0"))));
    // A layer of zero weights gives zero, so the network gives its first layer's output.
    expectClose(residual.forward(x).output.dataSync(), plain.forward(x).output.dataSync(), 1e-12);
    const skip = network({ layers: 3, skip: true });
    expect(skip.outputSize).toBe(12);
    expect(skip.forward(x).output.shape).toEqual([5, 3, 12]);
    expect(skip.namedParameters().get("layer1.forward.x")!.shape).toEqual([16, 7]);
  });

  it.each([
    ["two layers, both directions", { layers: 2, bidirectional: true }],
    ["residual", { layers: 3, residual: true }],
    ["skip", { layers: 2, skip: true }],
  ] as const)("gradients: %s, ragged", (_, options) => {
    const net = network({ ...options, hiddenSize: 3 });
    const input = sampleTensor([4, 2, 3], { requiresGrad: true });
    const weights = sampleTensor([4, 2, net.outputSize], { seed: 9 });
    gradCheck(() => sum(mul(net.forward(input, { lengths: [4, 2] }).output, weights)), [input, ...net.parameters()], { sample: 12 });
  });

  it("computes segments again: the same gradients, masks included", () => {
    const wiring = { layers: 2, bidirectional: true, dropout: 0.2, zoneout: 0.2, recurrentDropout: 0.2, inspect: ["c"] };
    const train = (recompute?: number | "sqrt") => {
      const net = network({ ...wiring, ...(recompute !== undefined && { recompute }) });
      return step(() => {
        const { output, inspected } = net.forward(sampleTensor([7, 3, 3]), { lengths: [7, 2, 5] });
        sum(mul(output, output)).backward();
        return [output, inspected[0]!["c"]!.at(0), ...net.parameters().map(({ grad }) => grad!)].map((tensor) => tensor.dataSync());
      });
    };
    const kept = train();
    for (const recompute of [1, 3, 7, "sqrt"] as const) {
      train(recompute).forEach((values, i) => expectClose(values, kept[i]!, 1e-12, `${recompute}, ${i}`));
    }
    expect(() => train(0)).toThrow("recompute: expected a whole number of steps from 1 on");
  });

  it("records what inspect asks for, where it stands", () => {
    const { inspected, output } = network({ inspect: ["forget", "h"] }).forward(x);
    expect(inspected[0]!["forget"]!.shape).toEqual([5, 3, 4]);
    expect([...inspected[0]!["forget"]!.dataSync()].every((gate) => gate > 0 && gate < 1)).toBe(true);
    expect([...inspected[0]!["h"]!.dataSync()]).toEqual([...output.dataSync()]);
  });

  it("records the gradients that reach values, layer by layer and in both directions", () => {
    const net = network({ layers: 2, bidirectional: true, inspectGradients: ["h", "forget"] });
    const weights = sampleTensor([5, 3, 8]);
    step(() => {
      const { output, inspectedGradients } = net.forward(x, { lengths: [5, 2, 0] });
      expect(inspectedGradients).toHaveLength(4);
      sum(mul(output, weights)).backward();
      const last = (tensor: Tensor, t: number, row: number) => slice(slice(tensor, 0, t, t + 1), 1, row, row + 1).dataSync();
      // Nothing follows the last step of a direction: what reaches its h comes from outside.
      expectClose(last(inspectedGradients[2]!["h"]!, 1, 1), last(slice(weights, 2, 0, 4), 1, 1), 1e-12);
      expectClose(last(inspectedGradients[3]!["h"]!, 0, 1), last(slice(weights, 2, 4, 8), 0, 1), 1e-12);
      expect(last(inspectedGradients[0]!["forget"]!, 1, 1).every((value) => value !== 0)).toBe(true);
      for (const { h } of inspectedGradients) expect([...last(h!, 2, 1), ...last(h!, 0, 2)]).toEqual(new Array(8).fill(0));
    });
    expect(network().forward(x).inspectedGradients).toEqual([{}]);
    expect(() => network({ inspectGradients: ["mood"] })).toThrow('inspectGradients: there is no value "mood"');
  });

  it("refuses what does not fit, by name", () => {
    expect(() => network().forward(zeros([5, 3, 2]))).toThrow("Recurrent: x: expected [time, batch, 3], got [5, 3, 2]");
    expect(() => network({ layers: 2 }).forward(x, { initial: [{}] })).toThrow("initial: expected 2 records of states");
    expect(() => network({ layers: 0 })).toThrow("Recurrent: layers: expected a whole number from 1 on, got 0");
    expect(() => network({ residual: true, skip: true })).toThrow("expected one of them, got both");
    expect(() => network({ zoneout: 1 })).toThrow("zoneout: expected 0 up to, not including, 1, got 1");
  });
});

describe("noise in training only", () => {
  const x = sampleTensor([6, 8, 3]);
  const runs = (options: Partial<RecurrentOptions>) => {
    const net = network({ hiddenSize: 16, layers: 2, ...options });
    const draw = () => [...net.forward(x).output.dataSync()];
    const [first, second] = [draw(), draw()];
    net.eval();
    return { first, second, quiet: draw(), again: draw() };
  };
  it.each([["dropout", { dropout: 0.5 }], ["variational dropout", { dropout: 0.5, variational: true }],
    ["recurrent dropout", { recurrentDropout: 0.5 }], ["zoneout", { zoneout: 0.3 }]] as const)("%s", (_, options) => {
    const { first, second, quiet, again } = runs(options);
    expect(first).not.toEqual(second);
    expect(quiet).toEqual(again);
  });

  it("zoneout keeps about its share of units, exactly", () => {
    const net = network({ hiddenSize: 64, zoneout: { c: 0.4 }, inspect: ["c"] });
    const values = net.forward(sampleTensor([40, 4, 3])).inspected[0]!["c"]!;
    let kept = 0;
    for (let t = 1; t < 40; t++) {
      const [before, now] = [slice(values, 0, t - 1, t).dataSync(), slice(values, 0, t, t + 1).dataSync()];
      now.forEach((value, i) => (kept += Math.abs(value - before[i]!) < 1e-12 ? 1 : 0));
    }
    const drawn = 39 * 4 * 64;
    expect(Math.abs(kept / drawn - 0.4)).toBeLessThan(4 * Math.sqrt((0.4 * 0.6) / drawn));
  });
});

describe.each(backends)("stream on $name", (backend) => {
  it.each([...cells.keys()])("%s: step by step is the whole pass", (name) => {
    withBackend(backend, () => {
      const cell = cells.get(name)!;
      for (const batch of [1, 3]) {
        const net = new Recurrent(cell, { inputSize: 9, hiddenSize: 9, layers: 2, random: random() });
        const x = sampleTensor([5, batch, 9]);
        const whole = net.forward(x);
        const stream = net.stream(batch);
        for (let run = 0; run < 2; run++) {
          for (let t = 0; t < 5; t++) {
            const output = stream.step(x.at(t));
            expectClose(output.dataSync(), slice(whole.output, 0, t, t + 1).dataSync(), 1e-5, `step ${t}`);
          }
          expectClose(stream.states[1]!["h"]!.dataSync(), whole.final[1]!["h"]!.dataSync(), 1e-5);
          stream.reset();
        }
      }
    });
  });

  const wirings = [{ residual: true }, { skip: true }];
  const others = [
    {}, { dropout: 0.3 }, { dropout: 0.3, variational: true }, { recurrentDropout: 0.4 }, { zoneout: 0.2 }, { inspect: ["h"] },
    { clipPreactivations: 1, zoneout: 0.1 },
  ];
  const combinations = wirings.flatMap((wiring) => others.map((other) => ({ ...wiring, ...other })));
  it.each(combinations)("step by step is the whole pass: %j", (options) => {
    withBackend(backend, () => {
      for (const [layers, batch] of [[1, 2], [2, 1], [3, 3]] as const) {
        const net = new Recurrent(gru, { inputSize: 4, hiddenSize: 5, layers, random: random(), ...options });
        net.eval();
        const x = sampleTensor([4, batch, 4]);
        const initial = Array.from({ length: layers }, (_, layer) => ({ h: sampleTensor([batch, 5], { seed: layer }) }));
        const whole = net.forward(x, { initial });
        const stream = net.stream(batch);
        stream.reset(initial);
        const outputs = [stream.step(x.at(0)), stream.step(x.at(1))];
        // Both are still there, and the next two take their places.
        outputs.push(...outputs.splice(0).map((output) => keep(output)), keep(stream.step(x.at(2))), stream.step(x.at(3)));
        expectClose(concat(outputs, 0).dataSync(), whole.output.dataSync(), 1e-5, `${layers} layers, ${batch} rows`);
        expect(outputs[3]!.shape).toEqual([batch, net.outputSize]);
        stream.states.forEach((states, layer) => expectClose(states["h"]!.dataSync(), whole.final[layer]!["h"]!.dataSync(), 1e-5));
      }
    });
  });

  it.each([{}, { layers: 3, residual: true }, { layers: 3, skip: true }])("takes no memory: %j", (options) => {
    withBackend(backend, () => {
      const stream = new Recurrent(layerNormLstm, { inputSize: 4, hiddenSize: 5, random: random(), ...options }).stream();
      stream.step([1, 2, 3, 4]);
      const before = backend.memory.bytesInUse;
      for (let i = 0; i < 100; i++) stream.step([1, 2, 3, 4]);
      expect(backend.memory.bytesInUse).toBe(before);
    });
  });

  it("trains in steps of flat memory", () => {
    withBackend(backend, () => {
      const net = new Recurrent(lstm, { inputSize: 4, hiddenSize: 5, random: random() });
      const x = sampleTensor([3, 2, 4]);
      const train = () => step(() => void sum(net.forward(x, { lengths: [3, 1] }).output).backward());
      for (let i = 0; i < 10; i++) train();
      const before = backend.memory.bytesInUse;
      for (let i = 0; i < 200; i++) train();
      expect(backend.memory.bytesInUse).toBe(before);
    });
  });
});

it("a stream of a network that cannot be streamed says why", () => {
  expect(() => network({ bidirectional: true }).stream()).toThrow("stream: network: expected one direction");
});
