import { expect, test } from "vitest";
import { loadBackend } from "./index.js";

// Products that add to C show a share of the work that is done twice, or that the caller did not wait for. (In functions
// that wait, Node 20's baseline compiler loses local variables: workers ran the k-th job k times.)
test("each worker does its share of each job once, and before the caller goes on", async () => {
  const { kernels, memory, threads } = await loadBackend({ backend: "wasm", threads: 2 });
  expect(threads).toBe(2);
  const n = 130;
  const [a, b, c] = [0, 0, 0].map(() => memory.allocate(4 * n * n)) as [number, number, number];
  for (const [pointer, value] of [[a, 1], [b, 1], [c, 0]] as const) memory.floats(pointer, n * n).fill(value);
  for (let job = 1; job <= 6; job++) {
    kernels.gemm(0, 0, n, n, n, 1, a, n, b, n, 1, c, n);
    expect(new Set(memory.floats(c, n * n)), `job ${job}`).toEqual(new Set([job * n]));
    // Long enough for a worker to fall asleep, before some of the jobs.
    if (job % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
