/** The pool of threads: in processes of their own, which are ended where a thread gone wrong would hang them. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
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

describe("WebAssembly", () => {
  it("makes an error in a thread one of the caller, and goes on", async () => {
    // The second half of what is to be filled, the share of thread 1, lies behind the end of memory.
    const output = await runModule(`
      const { kernels, memory } = await loadBackend({ backend: "wasm", threads: 2 });
      const n = 400_000;
      const inside = memory.allocate(4 * n);
      const end = memory.floats(inside, 1).buffer.byteLength;
      for (let repeat = 1; repeat <= 3; repeat++) {
        try {
          kernels.fill(end - 2 * n, 0, n);
        } catch (error) {
          console.log(error instanceof WebAssembly.RuntimeError, error.message);
        }
        kernels.fill(inside, repeat, n);
        console.log(memory.floats(inside, n).every((value) => value === repeat));
      }`);
    const lines = output.split("\n");
    expect(lines).toHaveLength(6);
    for (let i = 0; i < 6; i += 2) {
      expect(lines[i]).toMatch(/^true .*out of bounds.* \(in thread 1 of a kernel\)$/);
      expect(lines[i + 1]).toBe("true");
    }
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
