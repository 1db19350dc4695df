/** Kernels that run beside JavaScript: their order with what JavaScript writes and reads, and the life of what they work on. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "./backend.js";
import { describeBackends, loadBackend } from "./index.js";

const BUILT = new URL("../../dist/backend/index.js", import.meta.url).href;
const native = (await describeBackends()).some(({ name, available }) => name === "native" && available);

it("is what the option allows, not what it demands", async () => {
  expect((await loadBackend({ backend: "wasm", threads: 1, asynchronous: true })).asynchronous).toBe(false);
  expect((await loadBackend({ backend: "reference", asynchronous: true })).asynchronous).toBe(false);
  if (native) expect((await loadBackend({ backend: "native" })).asynchronous).toBe(false);
});

describe.runIf(native)("kernels beside JavaScript", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await loadBackend({ backend: "native", threads: 2, asynchronous: true });
  });

  /** Something that takes long enough for JavaScript to be ahead of it. */
  function work(rounds = 100): void {
    const n = 1 << 18;
    const at = backend.memory.allocate(4 * n);
    for (let i = 0; i < rounds; i++) backend.kernels.fill(at, i, n);
    // What still is at work may be freed: whoever gets it comes later.
    backend.memory.free(at);
  }

  it("says so", () => {
    expect([backend.name, backend.asynchronous, backend.threads]).toEqual(["native", true, 2]);
    expect(backend.reasons.at(-1)).toMatch(/^asynchronous: /);
  });

  it("run in order with writes, whose values are taken at once, and are waited for by who looks", () => {
    const { kernels, memory } = backend;
    const [a, b] = [memory.allocate(64), memory.allocate(64)];
    work();
    const values = Float32Array.of(1, 2, 3);
    memory.writeFloats(a, values);
    values.fill(99);
    kernels.map(0, b, a, 3, 0);
    memory.writeFloats(a, [4, 5, 6]);
    kernels.axpy(a, 10, b, 3);
    memory.writeInts(b + 16, [7, -8]);
    memory.writePointers(b + 32, [2 ** 40 + 1]);
    expect([...memory.floats(a, 3), ...memory.floats(b, 3)]).toEqual([14, 25, 36, 1, 2, 3]);
    expect([...memory.ints(b + 16, 2), ...memory.ints(b + 32, 2)]).toEqual([7, -8, 1, 256]);
  });

  it("wait where JavaScript is too far ahead, or writes more than can wait", () => {
    const { kernels, memory } = backend;
    for (const length of [1 << 19, 1 << 21]) {
      const at = memory.allocate(4 * length);
      work(5);
      kernels.fill(at, 1, length);
      memory.writeFloats(at, new Float32Array(length).fill(2));
      kernels.fill(at, 3, 1);
      const values = memory.floats(at, length);
      expect([values[0], values[1], values[length - 1]]).toEqual([3, 2, 2]);
      memory.free(at);
    }
    const at = memory.allocate(64);
    kernels.fill(at, 0, 2);
    const one = memory.allocate(64);
    kernels.fill(one, 1, 2);
    for (let i = 0; i < 200_000; i++) kernels.axpy(at, 1, one, 2);
    expect([...memory.floats(at, 2)]).toEqual([200_000, 200_000]);
  });

  it("finish in a later turn of the event loop, in order", async () => {
    const order: string[] = [];
    work();
    const first = backend.finish().then(() => order.push("first"));
    work();
    const second = backend.finish().then(() => order.push("second"));
    await Promise.resolve();
    expect(order).toEqual([]);
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
    // Also when there is nothing to wait for.
    setImmediate(() => order.push("turned"));
    for (let i = 0; i < 3; i++) await backend.finish();
    expect(order).toContain("turned");
  });

  it("check their arguments when they are called, and addresses when they are written to", () => {
    const call = backend.kernels as unknown as Record<string, (...args: unknown[]) => unknown>;
    expect(() => call["fill"]!(1, 2)).toThrow(new TypeError("fill: expected 3 arguments, got 2"));
    expect(() => call["fill"]!(0, "1", 3)).toThrow("fill: argument 2 (value): expected a number, got a string");
    for (const busy of [false, true]) {
      if (busy) work();
      expect(() => backend.memory.writeFloats(8, [1])).toThrow(/4 bytes at address 8 do not lie in this backend's memory/);
      expect(() => backend.memory.writePointers(8, [1])).toThrow(RangeError);
    }
  });

  it("have a thread count of their own", async () => {
    const other = await loadBackend({ backend: "native", threads: 1 });
    const three = await loadBackend({ backend: "native", threads: 3, asynchronous: true });
    expect([other.threads, three.threads]).toEqual([1, 3]);
    // Each thread leaves one sum.
    const sums = three.memory.allocate(256);
    three.kernels.fill(sums, -1, 64);
    three.kernels.multiplyAddPeak(sums, 1);
    expect([...three.memory.floats(sums, 64)].filter((value) => value !== -1)).toHaveLength(3);
    const single = other.memory.allocate(256);
    other.kernels.fill(single, -1, 64);
    other.kernels.multiplyAddPeak(single, 1);
    expect([...other.memory.floats(single, 64)].filter((value) => value !== -1)).toHaveLength(1);
  });
});

describe.runIf(native)("processes with kernels beside JavaScript", () => {
  async function runModule(text: string, ...flags: readonly string[]): Promise<string[]> {
    const script = `import { loadBackend } from ${JSON.stringify(BUILT)};
      const load = () => loadBackend({ backend: "native", threads: 2, asynchronous: true });
      const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      ${text}`;
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--input-type=module", "-e", script], { timeout: 50_000 });
    return stdout.trim().split("\n");
  }

  it("stay alive for a promise, and end while there is work that nobody waits for", async () => {
    const output = await runModule(`
      const { kernels, memory, finish } = await load();
      const n = 1 << 20;
      const at = memory.allocate(4 * n);
      for (let i = 0; i < 100; i++) kernels.fill(at, i, n);
      await finish();
      console.log(memory.floats(at, n)[n - 1]);
      // Many seconds of work.
      for (let i = 0; i < 30_000; i++) kernels.fill(at, i, n);
      console.log("the end");`);
    expect(output).toEqual(["99", "the end"]);
  });

  it("keep what dropped backends still work on, and free it and their threads after", async () => {
    const output = await runModule(
      `
      import { readdirSync } from "node:fs";
      const tasks = () => process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
      let before;
      for (let round = 0; round < 60; round++) {
        await (async () => {
          const { kernels, memory, finish } = await load();
          const at = memory.allocate(4 << 20);
          for (let i = 0; i < 10; i++) kernels.fill(at, i, 1 << 20);
          if (round % 3 === 0) finish().then(() => { if (round % 30 === 0) console.log("finished", round); });
        })();
        before ??= tasks();
        if (round % 10 === 0) globalThis.gc();
      }
      for (let wait = 0; wait < 200 && tasks() > before; wait++) {
        await pause(10);
        globalThis.gc();
      }
      console.log(tasks() <= before);`,
      "--expose-gc",
    );
    expect(output).toEqual(["finished 0", "finished 30", "true"]);
  });

  it("end JavaScript threads in the middle of work", async () => {
    const output = await runModule(`
      import { Worker } from "node:worker_threads";
      const work = \`
        import { loadBackend } from ${JSON.stringify(BUILT)};
        import { parentPort } from "node:worker_threads";
        const { kernels, memory, finish } = await loadBackend({ backend: "native", threads: 2, asynchronous: true });
        const at = memory.allocate(4 << 20);
        for (let i = 0; i < 20_000; i++) kernels.fill(at, i, 1 << 20);
        const finished = finish();
        parentPort.postMessage("at work");
        await finished;\`;
      for (let round = 0; round < 4; round++) {
        const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(work)));
        await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
        await worker.terminate();
      }
      const { kernels, memory } = await load();
      const at = memory.allocate(64);
      kernels.fill(at, 5, 1);
      console.log(memory.floats(at, 1)[0]);`);
    expect(output).toEqual(["5"]);
  });
});
