/** The pool of threads: in processes of their own, which are ended where a thread gone wrong would hang them. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { MAP_TANH } from "./generated/kernels.js";
import { describeBackends } from "./index.js";

const STRESS = fileURLToPath(new URL("../../tests/threads/stress.mjs", import.meta.url));
const BUILT = new URL("../../dist/backend/index.js", import.meta.url).href;
const native = (await describeBackends()).some(({ name, available }) => name === "native" && available);

async function inProcess(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
  return stdout.trim();
}

/** Runs the text of a module that may use `loadBackend`. */
function runModule(text: string, ...flags: readonly string[]): Promise<string> {
  return inProcess(...flags, "--input-type=module", "-e", `import { loadBackend } from ${JSON.stringify(BUILT)};\n${text}`);
}

describe.each([["wasm"], ...(native ? [["native"], ["native", "baseline"]] : [])])("%s %s", (...backend) => {
  it("does every share of thousands of small jobs once", async () => {
    expect(await inProcess(STRESS, "4000", ...backend)).toBe("ok");
  });
});

/** Kernels that four threads share, and a thread for them where they run beside JavaScript. */
const AT_WORK = `
  const n = 96;
  async function work(asynchronous, threads, rounds) {
    const { kernels, memory, finish } = await loadBackend({ backend: "native", threads, asynchronous });
    const [a, b, c] = [1, 2, 3].map(() => memory.allocate(4 * n * n));
    for (const [i, at] of [a, b].entries()) {
      memory.writeFloats(at, Float32Array.from({ length: n * n }, (_, j) => Math.sin(j * (i + 0.7))));
    }
    kernels.fill(c, 0, n * n);
    for (let round = 0; round < rounds; round++) {
      kernels.gemm(0, 0, n, n, n, 0.01, a, n, b, n, 0.5, c, n);
      kernels.map(${MAP_TANH}, c, c, n * n, 0);
    }
    await finish();
    return memory.floats(c, n * n).slice();
  }`;

describe.runIf(native)("native threads", () => {
  it.each([false, true])("use no processor time once their work is done (beside JavaScript: %s)", async (asynchronous) => {
    const output = await runModule(`${AT_WORK}
      await work(${asynchronous}, 4, 50);
      // They spin a little before they sleep.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { user, system } = process.cpuUsage(before);
      console.log((user + system) / 1000);`);
    // Milliseconds. One spinning thread alone would use hundreds.
    expect(Number(output)).toBeLessThan(60);
  });

  it("finish with the same results on a machine that has fewer cores and is busy with something else", async () => {
    const output = await runModule(`${AT_WORK}
      import { spawn } from "node:child_process";
      import { availableParallelism } from "node:os";
      const threads = Math.min(64, 3 * availableParallelism());
      const calm = await work(false, threads, 300);
      const others = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", "for (const end = Date.now() + 20000; Date.now() < end;);"]));
      try {
        for (const asynchronous of [false, true]) {
          const busy = await work(asynchronous, threads, 300);
          console.log(busy.every((value, i) => value === calm[i]) && calm[1] !== 0);
        }
      } finally {
        for (const other of others) other.kill("SIGKILL");
      }`);
    expect(output).toBe("true\ntrue");
  });
});

describe("WebAssembly", () => {
  it("makes an error in a thread one of the caller, and goes on", async () => {
    // The second half of what is to be filled lies behind the end of memory. It falls to thread 1, unless the caller is done with the
    // first before that is awake.
    const output = await runModule(`
      const { kernels, memory } = await loadBackend({ backend: "wasm", threads: 2 });
      const n = 4_000_000;
      const inside = memory.allocate(4 * n);
      const end = memory.floats(inside, 1).buffer.byteLength;
      let inThread = 0;
      for (let repeat = 1; repeat <= 100 && inThread < 3; repeat++) {
        try {
          kernels.fill(end - 2 * n, 0, n);
          console.log("no error");
        } catch (error) {
          if (!(error instanceof WebAssembly.RuntimeError && /out of bounds/.test(error.message))) throw error;
          if (error.message.endsWith(" (in thread 1 of a kernel)")) inThread++;
        }
        kernels.fill(inside, repeat, n);
        if (!memory.floats(inside, n).every((value) => value === repeat)) console.log("not filled");
      }
      console.log(inThread);`);
    expect(output).toBe("3");
  });

  it("goes on after an error in the caller's own share, while threads are still at theirs", async () => {
    // All of it lies behind the end of memory.
    const output = await runModule(`
      const { kernels, memory } = await loadBackend({ backend: "wasm", threads: 3 });
      const n = 400_000;
      const inside = memory.allocate(4 * n);
      const end = memory.floats(inside, 1).buffer.byteLength;
      for (let repeat = 1; repeat <= 100; repeat++) {
        try {
          kernels.fill(end, 0, n);
          console.log("no error");
        } catch {
          kernels.fill(inside, repeat, n);
          if (!memory.floats(inside, n).every((value) => value === repeat)) console.log("not filled");
        }
      }
      console.log("done");`);
    expect(output).toBe("done");
  });

  it("keeps the threads of a kernel that is still held when its backend no longer is", async () => {
    const output = await runModule(
      `
      const { fill, allocate, floats } = await (async () => {
        const { kernels: { fill }, memory } = await loadBackend({ backend: "wasm", threads: 2 });
        return { fill, allocate: (bytes) => memory.allocate(bytes), floats: (at, n) => memory.floats(at, n) };
      })();
      const n = 400_000;
      const at = allocate(4 * n);
      for (let repeat = 0; repeat < 10; repeat++) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
        fill(at, repeat, n);
      }
      console.log(floats(at, n).every((value) => value === 9));`,
      "--expose-gc",
    );
    expect(output).toBe("true");
  });
});
