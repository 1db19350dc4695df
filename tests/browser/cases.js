/**
 * What must hold in a browser: the built library, as a bundler sees it, loads its WebAssembly and computes what the reference
 * backend computes.
 */
import {
  Adam, createReferenceBackend, crossEntropy, describeBackends, fromInts, Linear, loadBackend, lstm, RandomStream, Recurrent,
  setDefaultBackend, step, zeros,
} from "../../dist/index.js";
import { MAP_TANH } from "../../dist/backend/generated/kernels.js";
import { buildWordCorpus } from "../../dist/data/index.js";
import { readVectors, trainVectors, Word2vec, writeVectors } from "../../dist/systems/vectors/index.js";

/** @returns {Promise<{ name: string, error?: string }[]>} */
export async function runCases() {
  const results = [];
  for (const [name, check] of Object.entries(CASES)) {
    try {
      await check();
      results.push({ name });
    } catch (error) {
      results.push({ name, error: String(error?.stack ?? error) });
    }
  }
  return results;
}

const CASES = {
  async "says what runs and why"() {
    const described = await describeBackends();
    const byName = Object.fromEntries(described.map((description) => [description.name, description]));
    expect(byName.native.available === false, "native is not available");
    expect(byName.native.reasons.join().includes("browser"), `native says why: ${byName.native.reasons}`);
    expect(byName.wasm.available && byName.wasm.chosen, "wasm is chosen");
    const shared = globalThis.crossOriginIsolated;
    const told = byName.wasm.reasons.some((reason) => reason.includes("not cross-origin isolated"));
    expect(shared || navigator.hardwareConcurrency === 1 || told, `a page that cannot share memory says so: ${byName.wasm.reasons}`);
  },

  async "uses threads where memory can be shared"() {
    const backend = await loadBackend({ threads: 3 });
    expect(backend.threads === (globalThis.crossOriginIsolated ? 3 : 1), `${backend.threads} threads: ${backend.reasons}`);
    backend.setThreads(1);
    expect(backend.threads === 1, "setThreads(1)");
  },

  async "multiplies matrices as the reference does"() {
    for (const threads of [1, 2, 3]) {
      const [wasm, reference] = [await loadBackend({ threads }), createReferenceBackend()];
      for (const [m, n, k] of [[1, 1, 1], [5, 7, 3], [33, 65, 129], [128, 128, 128]]) {
        const [got, wanted] = [wasm, reference].map((backend) => {
          const a = numbers(backend, m * k, 1);
          const b = numbers(backend, k * n, 2);
          const c = backend.memory.allocate(4 * m * n);
          backend.kernels.gemm(0, 0, m, n, k, 1, a, k, b, n, 0, c, n);
          return Array.from(backend.memory.floats(c, m * n));
        });
        expectClose(got, wanted, 1e-5 * Math.sqrt(k), `${m} x ${n} x ${k}, ${threads} threads`);
      }
    }
  },

  async "computes functions, sums and random numbers as the reference does"() {
    const [wasm, reference] = [await loadBackend({ threads: 2 }), createReferenceBackend()];
    const n = 100_003;
    const [got, wanted] = [wasm, reference].map((backend) => {
      const x = backend.memory.allocate(4 * n);
      const y = backend.memory.allocate(4 * n);
      const rows = backend.memory.allocate(4 * 7);
      backend.kernels.randomUniform(x, n, 1, 2, 3, 4, -4, 4);
      backend.kernels.map(MAP_TANH, y, x, n, 0);
      backend.kernels.rowSum(rows, y, 7, Math.floor(n / 7));
      return [x, y].flatMap((at) => Array.from(backend.memory.floats(at, n))).concat(Array.from(backend.memory.floats(rows, 7)));
    });
    expectClose(got, wanted, 1e-3, "values");
  },

  async "trains a recurrent network as the reference does"() {
    const [wasm, reference] = [await loadBackend({ threads: 2 }), createReferenceBackend()];
    const [got, wanted] = [wasm, reference].map((backend) => lossesOfTraining(backend, 30));
    expectClose(got, wanted, 1e-3, "losses");
    expect(got.at(-1) < 0.7 * got[0], `the loss falls: ${got[0]} to ${got.at(-1)}`);
  },

  async "trains word vectors, and finds neighbours in a file of them"() {
    setDefaultBackend(await loadBackend({ threads: 1 }));
    const random = new RandomStream(3);
    const [cities, animals] = [["paris", "rome", "oslo"], ["cat", "dog", "fox"]];
    const [streets, furs] = [["street", "square", "tram"], ["fur", "tail", "paw"]];
    const one = (words) => words[random.integer(3)];
    const sentences = Array.from({ length: 2000 }, (_, i) => (i % 2 ? `${one(streets)} ${one(cities)} ${one(streets)}.` : `${one(furs)} ${one(animals)} ${one(furs)}.`));
    const { vocabulary, corpus } = await buildWordCorpus([{ name: "text", pieces: [sentences.join(" ")] }]);
    const trainer = new Word2vec(vocabulary, corpus, { dimensions: 8, epochs: 10, subsample: 0 });
    await trainVectors(trainer);
    const url = URL.createObjectURL(new Blob([...writeVectors(await trainer.vectors(), "safetensors")]));
    const vectors = await readVectors([new Uint8Array(await (await fetch(url)).arrayBuffer())]);
    expect(vectors.words.length === 12, `12 words, not ${vectors.words.length}`);
    for (const kin of [cities, animals]) {
      const found = vectors.nearest(kin[0], { count: 2 }).map(({ word }) => word);
      expect(found.every((word) => kin.includes(word)), `the neighbours of ${kin[0]} are of its kind: ${found}`);
    }
  },

  async "grows memory beyond what it starts with, and gives it back to itself"() {
    const { memory, kernels } = await loadBackend();
    const before = memory.bytesInUse;
    const bytes = 80 << 20;
    const first = memory.allocate(bytes);
    kernels.fill(first, 1.5, bytes / 4);
    expect(memory.floats(first, bytes / 4).at(-1) === 1.5, "the last element is filled");
    memory.free(first);
    expect(memory.allocate(bytes) === first, "freed memory is used again");
    expect(memory.bytesInUse - before === bytes, "bytesInUse");
  },
};

/** Losses of an LSTM that learns to say the symbol before the last one. */
function lossesOfTraining(backend, steps) {
  setDefaultBackend(backend);
  const [time, batch, symbols, hiddenSize] = [12, 8, 3, 16];
  const random = new RandomStream(5);
  const network = new Recurrent(lstm, { inputSize: symbols, hiddenSize, random });
  const readout = new Linear(hiddenSize, symbols, { random });
  const optimizer = new Adam([...network.parameters(), ...readout.parameters()], { lr: 0.03 });
  const x = zeros([time, batch, symbols]);
  const inputs = Array.from({ length: time * batch }, () => Math.floor(random.next() * symbols));
  const values = new Float32Array(time * batch * symbols);
  inputs.forEach((symbol, i) => (values[i * symbols + symbol] = 1));
  x.set(values);
  const targets = fromInts(inputs.map((_, i) => inputs[i - 2 * batch] ?? 0));
  return Array.from({ length: steps }, () =>
    step(() => {
      const { output } = network.forward(x);
      const loss = crossEntropy(readout.forward(output.reshape(time * batch, hiddenSize)), targets);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss.item();
    }),
  );
}

/** `count` numbers in -1..1, the same on every backend. */
function numbers(backend, count, seed) {
  const at = backend.memory.allocate(4 * count);
  const values = backend.memory.floats(at, count);
  for (let i = 0; i < count; i++) values[i] = Math.fround(Math.sin(seed * 1000 + i * 0.7));
  return at;
}

function expect(condition, what) {
  if (!condition) throw new Error(`expected: ${what}`);
}

function expectClose(got, wanted, tolerance, what) {
  for (let i = 0; i < wanted.length; i++) {
    if (!(Math.abs(got[i] - wanted[i]) <= tolerance)) throw new Error(`${what}: element ${i}: expected ${wanted[i]}, got ${got[i]}`);
  }
}
