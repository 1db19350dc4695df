/** Streams with quantised weights beside streams in float32. */
import { describe, expect, it } from "vitest";
import { cells } from "../cell/index.js";
import { RandomStream, withBackend } from "../tensor/index.js";
import { availableBackends, values } from "../tensor/testing.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";

const backends = await availableBackends();

/** How far outputs are off over some steps: the root of the mean square, relative to that of the outputs. */
function errorOf(net: Recurrent, batch: number, steps: number): number {
  const [exact, quick] = [net.stream(batch), net.stream(batch, { precision: "int8" })];
  let [error, power] = [0, 0];
  for (let t = 0; t < steps; t++) {
    const x = values([batch, net.inputSize], { seed: t + 1, low: -1, high: 1 });
    const expected = exact.step(x).dataSync();
    quick.step(x).dataSync().forEach((value, i) => {
      error += (value - expected[i]!) ** 2;
      power += expected[i]! ** 2;
    });
  }
  return Math.sqrt(error / power);
}

const network = (cell: string, options: Partial<RecurrentOptions> = {}) =>
  new Recurrent(cells.get(cell)!, { inputSize: 19, hiddenSize: 19, random: new RandomStream(3), ...options }).eval();

describe.each(backends)("an int8 stream on $name $isa", (backend) => {
  it.each([...cells.keys()])("of %s stays close to float32, and is not float32", (name) => {
    withBackend(backend, () => {
      for (const batch of [1, 3]) {
        const error = errorOf(network(name, { layers: 2 }), batch, 12);
        expect(error).toBeGreaterThan(1e-4);
        expect(error).toBeLessThan(name === "layer-norm-lstm" ? 0.15 : 0.03);
      }
    });
  });

  it.each([{ residual: true }, { skip: true }, { zoneout: 0.2 }, { inspect: ["h"] }])("knows the network's options: %j", (options) => {
    withBackend(backend, () => {
      expect(errorOf(network("gru", { layers: 3, ...options }), 2, 8)).toBeLessThan(0.03);
    });
  });

  it("is what a network with rounded weights gives, but for the rounding of what it reads", () => {
    withBackend(backend, () => {
      const net = network("lstm");
      const error = errorOf(net, 1, 12);
      // Weights that are already whole numbers times a step lose nothing.
      for (const [name, parameter] of net.namedParameters()) {
        if (name.endsWith("bias")) continue;
        const columns = parameter.shape[1]!;
        const weights = Array.from(parameter.dataSync());
        const rounded = weights.map((_, i) => {
          const row = weights.slice(i - (i % columns), i - (i % columns) + columns);
          const step = Math.max(...row.map(Math.abs)) / 127;
          return Math.round(weights[i]! / step) * step;
        });
        parameter.set(rounded);
      }
      expect(errorOf(net, 1, 12)).toBeLessThan(error);
    });
  });

  it("goes on from given states, and spoils what is not a number", () => {
    withBackend(backend, () => {
      const stream = network("lstm").stream(1, { precision: "int8" });
      const x = values([1, 19], { seed: 1, low: -1, high: 1 });
      const first = [stream.step(x).dataSync(), stream.step(x).dataSync()];
      stream.reset();
      expect(stream.step(x).dataSync()).toEqual(first[0]);
      const states = stream.states.map((layer) => ({ ...layer }));
      stream.reset(states);
      expect(stream.step(x).dataSync()).toEqual(first[1]);
      expect(stream.step(new Array<number>(19).fill(NaN)).dataSync().every(Number.isNaN)).toBe(true);
    });
  });
});
