import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { describeBackends, loadBackend, OutOfMemoryError, type Backend, type BackendOptions } from "./index.js";
import { expandRanges, physicalCores } from "./node-cores.js";

const run = promisify(execFile);
const BUILT = new URL("../../dist/backend/index.js", import.meta.url).href;
const described = await describeBackends();
const available = described.filter((description) => description.available).map(({ name }) => name);
const native = available.includes("native");

afterEach(() => vi.unstubAllEnvs());

/** `count` numbers in -1..1. */
function numbers(backend: Backend, count: number, seed: number): number {
  const at = backend.memory.allocate(4 * count);
  const values = backend.memory.floats(at, count);
  for (let i = 0; i < count; i++) values[i] = Math.sin(seed * 1000 + i * 0.7);
  return at;
}

/** The bits of a product large enough for threads, and of a sum over it. */
function product(backend: Backend): Float32Array {
  const [m, n, k] = [70, 90, 110];
  const [a, b] = [numbers(backend, m * k, 1), numbers(backend, k * n, 2)];
  const c = backend.memory.allocate(4 * m * n);
  backend.kernels.gemm(0, 0, m, n, k, 1, a, k, b, n, 0, c, n);
  const result = Float32Array.from(backend.memory.floats(c, m * n));
  for (const pointer of [a, b, c]) backend.memory.free(pointer);
  return result;
}

describe("loadBackend", () => {
  it("takes the fastest there is, and says why", async () => {
    const backend = await loadBackend();
    expect(backend.name).toBe(native ? "native" : "wasm");
    expect(backend.reasons).toHaveLength(3);
    expect(backend.threads).toBeGreaterThanOrEqual(1);
    await backend.finish();
  });

  it("takes what it is told, by option or environment; the option wins", async () => {
    vi.stubEnv("UNROLLED_BACKEND", "wasm");
    vi.stubEnv("UNROLLED_THREADS", "2");
    const wasm = await loadBackend();
    expect([wasm.name, wasm.isa, wasm.threads]).toEqual(["wasm", "simd128", 2]);
    expect(wasm.reasons).toEqual([
      "wasm: asked for by UNROLLED_BACKEND",
      "simd128: the vectors of WebAssembly",
      "2 threads: asked for by UNROLLED_THREADS",
    ]);
    const reference = await loadBackend({ backend: "reference", threads: 1 });
    expect(reference.name).toBe("reference");
    vi.stubEnv("UNROLLED_BACKEND", "");
    expect((await loadBackend({ isa: "simd128", threads: 1 })).name).toBe("wasm");
    vi.stubEnv("UNROLLED_ISA", "float64");
    expect((await loadBackend()).name).toBe("reference");
  });

  it("runs WebAssembly with relaxed SIMD where it is asked for and there is one", async () => {
    const relaxed = await loadBackend({ isa: "relaxed-simd", threads: 1 });
    expect([relaxed.name, relaxed.isa, relaxed.threads]).toEqual(["wasm", "relaxed-simd", 1]);
    vi.spyOn(WebAssembly, "validate").mockReturnValueOnce(false);
    await expect(loadBackend({ isa: "relaxed-simd" })).rejects.toThrow(/^relaxed-simd: WebAssembly has no relaxed SIMD here; Node 20, Chrome 114/);
  });

  it.each<[BackendOptions, RegExp]>([
    [{ backend: "cuda" as "wasm" }, /^the option backend: expected auto, native, wasm, reference, got "cuda"$/],
    [{ isa: "sse9" }, /^the option isa: expected one of avx512-bf16, avx512, avx2, .*, got "sse9"$/],
    [{ threads: 0 }, /^threads: expected an integer from 1 to 64, got 0$/],
    [{ threads: 1.5 }, /^threads: expected an integer from 1 to 64, got 1.5$/],
    [{ backend: "wasm", isa: "avx2" }, /^backend "wasm" \(asked for by the option backend\) is not available: isa "avx2" does not belong/],
  ])("explains %j", async (options, message) => {
    await expect(loadBackend(options)).rejects.toThrow(message);
  });

  it("explains settings of the environment", async () => {
    vi.stubEnv("UNROLLED_THREADS", "many");
    await expect(loadBackend()).rejects.toThrow("UNROLLED_THREADS: expected an integer from 1 to 64, got NaN");
    vi.stubEnv("UNROLLED_THREADS", "1");
    vi.stubEnv("UNROLLED_BACKEND", "fast");
    await expect(loadBackend()).rejects.toThrow('UNROLLED_BACKEND: expected auto, native, wasm, reference, got "fast"');
  });

  it.runIf(native)("names the ISAs of the machine when it lacks the one asked for", async () => {
    const missing = process.arch === "x64" ? "neon" : "avx2";
    await expect(loadBackend({ isa: missing })).rejects.toThrow(`isa "${missing}" is not built for`);
  });
});

describe("describeBackends", () => {
  it("marks the one that would be chosen", () => {
    expect(described.map(({ name }) => name)).toEqual(["native", "wasm", "reference"]);
    expect(described.filter(({ chosen }) => chosen)).toHaveLength(1);
    expect(available).toContain("wasm");
    for (const { reasons } of described) expect(reasons.length).toBeGreaterThan(0);
  });
});

describe.each(available)("memory of %s", (name) => {
  it("is aligned, grows far beyond its start and reuses what is freed", async () => {
    const { memory, kernels } = await loadBackend({ backend: name, threads: 1 });
    const before = memory.bytesInUse;
    const pointers = [4, 1000, 40 << 20].map((bytes) => memory.allocate(bytes));
    for (const pointer of pointers) expect(pointer % 64).toBe(0);
    kernels.fill(pointers[2]!, 2.5, 10 << 20);
    expect(memory.floats(pointers[2]!, 10 << 20).at(-1)).toBe(2.5);
    for (const pointer of pointers) memory.free(pointer);
    expect(memory.bytesInUse).toBe(before);
    expect(() => memory.free(pointers[0]!)).toThrow(/no allocation lives at address/);
  });

  it("holds integers and tables of addresses", async () => {
    const { memory, kernels } = await loadBackend({ backend: name, threads: 1 });
    const at = memory.allocate(12);
    kernels.fillInt(at, -7, 3);
    expect(Array.from(memory.ints(at, 3))).toEqual([-7, -7, -7]);
    const table = memory.allocate(24);
    memory.writePointers(table, [at, 0, table]);
    if (name === "reference") {
      expect(memory.floats(table, 6)[4]).toBe(table);
    } else {
      const words = Uint32Array.from(memory.ints(table, 6));
      expect([0, 1, 2].map((i) => words[2 * i]! + words[2 * i + 1]! * 2 ** 32)).toEqual([at, 0, table]);
    }
  });

  it("says how much was asked for when there is no more", async () => {
    const { memory } = await loadBackend({ backend: name, threads: 1 });
    const bytes = 2 ** 46;
    expect(() => memory.allocate(bytes)).toThrow(OutOfMemoryError);
    expect(() => memory.allocate(bytes)).toThrow(`asked for ${bytes} bytes`);
    expect(memory.allocate(64)).toBeGreaterThan(0);
  });
});

describe.each(available.filter((name) => name !== "reference"))("threads of %s", (name) => {
  it("give the same bits run after run, and nearly the same for any count", async () => {
    const backend = await loadBackend({ backend: name, threads: 4 });
    expect(backend.threads).toBe(4);
    const results = [1, 2, 3, 4].map((threads) => {
      backend.setThreads(threads);
      expect(backend.threads).toBe(threads);
      const first = product(backend);
      for (let i = 0; i < 20; i++) expect(product(backend)).toEqual(first);
      return first;
    });
    for (const result of results) result.forEach((value, i) => expect(Math.abs(value - results[0]![i]!)).toBeLessThan(1e-4));
  });

  it("work again after they have slept", async () => {
    const backend = await loadBackend({ backend: name, threads: 3 });
    const expected = product(backend);
    for (const pause of [0, 1, 5, 30]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      expect(product(backend)).toEqual(expected);
    }
  });

  it("are refused outside 1..64", async () => {
    const backend = await loadBackend({ backend: name, threads: 1 });
    expect(() => backend.setThreads(0)).toThrow(/threads: expected an integer from 1 to 64, got 0/);
    expect(() => backend.setThreads(65)).toThrow(RangeError);
    expect(backend.threads).toBe(1);
  });

  it("do not keep the process from ending", async () => {
    const script = `
      import { loadBackend } from ${JSON.stringify(BUILT)};
      const { kernels, memory, threads } = await loadBackend({ backend: "${name}", threads: 3 });
      kernels.multiplyAddPeak(memory.allocate(256), 1000);
      console.log(threads);`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { timeout: 30_000 });
    expect(stdout.trim()).toBe("3");
  });
});

describe.runIf(native)("the native addon", () => {
  it("checks its arguments", async () => {
    const { kernels } = await loadBackend({ backend: "native" });
    const call = kernels as unknown as Record<string, (...args: unknown[]) => unknown>;
    expect(() => call.fill!(1, 2)).toThrow(new TypeError("fill: expected 3 arguments, got 2"));
    expect(() => call.fill!(1, 2, 3, 4)).toThrow("fill: expected 3 arguments, got more");
    expect(() => call.fill!(0, "1", 3)).toThrow("fill: argument 2 (value): expected a number, got a string");
    expect(() => call.fill!(undefined, 1, 3)).toThrow("fill: argument 1 (y): expected a number, got undefined");
  });

  it("keeps memory of its own apart from other addresses", async () => {
    const { memory } = await loadBackend({ backend: "native" });
    const at = memory.allocate(64);
    expect(() => memory.floats(at + 2 ** 40, 1)).toThrow(/4 bytes at address \d+ do not lie in this backend's memory/);
    expect(() => memory.floats(0, 1)).toThrow(RangeError);
  });

  it("serves several JavaScript threads at once and outlives them", async () => {
    // Two rounds: in the second the addon is opened again after all workers of the first have gone.
    const script = `
      import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
      import { loadBackend } from ${JSON.stringify(BUILT)};
      const work = ${workInThread.toString()};
      if (isMainThread) {
        for (let round = 0; round < 2; round++) {
          const results = await Promise.all([1, 2, 3, 2].map((threads) => new Promise((resolve, reject) => {
            const worker = new Worker(new URL(import.meta.url), { workerData: threads });
            worker.once("message", resolve).once("error", reject);
          })));
          console.log(results.join(" "));
        }
        console.log(await work(loadBackend, 2));
      } else {
        parentPort.postMessage(await work(loadBackend, workerData));
      }`;
    const url = `data:text/javascript,${encodeURIComponent(script)}`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(url)})`], {
      timeout: 60_000,
    });
    expect(stdout.trim().split("\n")).toEqual(["ok ok ok ok", "ok ok ok ok", "ok"]);
  });
});

/** Runs in processes of their own: multiplies on `threads` threads and checks every element. */
async function workInThread(load: typeof loadBackend, threads: number): Promise<string> {
  const { kernels, memory, threads: inForce } = await load({ backend: "native", threads });
  const n = 96;
  const [a, c] = [memory.allocate(4 * n * n), memory.allocate(4 * n * n)];
  memory.floats(a, n * n).forEach((_, i, values) => (values[i] = Math.floor(i / n) === i % n ? 2 : 0));
  for (let repeat = 0; repeat < 300; repeat++) {
    kernels.fill(c, NaN, n * n);
    kernels.gemm(0, 0, n, n, n, 1, a, n, a, n, 0, c, n);
    for (const [i, value] of memory.floats(c, n * n).entries()) {
      if (value !== (Math.floor(i / n) === i % n ? 4 : 0)) return `element ${i} is ${value}`;
    }
  }
  return inForce === threads ? "ok" : `${inForce} threads`;
}

describe("physicalCores", () => {
  it("finds at least one", () => {
    expect(physicalCores().value).toBeGreaterThanOrEqual(1);
  });
  it("reads lists of processors", () => {
    expect(expandRanges("0-2,5,8-9")).toEqual([0, 1, 2, 5, 8, 9]);
  });
});
