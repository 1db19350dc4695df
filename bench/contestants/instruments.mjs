/** What is asked of Unrolled beside times. */

/** Floats per thread that are read to see whether a cache is shared with a neighbour: more than the first level, less than the second. */
const CACHED_FLOATS = 64 * 1024;

/** What all threads do together, per second: floating-point operations of multiply-adds in registers, bytes read from a cache. */
export async function measurePeak(backend, seconds) {
  const { kernels, memory, threads } = backend;
  const sink = memory.allocate(4 * 64);
  const floats = CACHED_FLOATS * threads;
  const a = memory.allocate(4 * floats);
  kernels.fill(a, 1, floats);
  const multiplyAdds = await pace(backend, seconds / 2, (rounds) => kernels.multiplyAddPeak(sink, rounds));
  const reads = await pace(backend, seconds / 2, (rounds) => kernels.readPace(sink, a, floats, rounds));
  memory.free(a);
  memory.free(sink);
  return { flops: 2 * kernels.multiplyAddsPerRound() * threads * multiplyAdds, bytes: 4 * floats * reads };
}

/** Rounds per second. */
async function pace(backend, seconds, run) {
  const timed = async (rounds) => {
    const start = performance.now();
    run(rounds);
    await backend.finish();
    return (performance.now() - start) / 1000;
  };
  let rounds = 8;
  let elapsed = await timed(rounds);
  // The first guess is too short to be trusted: lengthen it until it fills a good part of the time, then measure.
  for (; elapsed < seconds / 8; elapsed = await timed(rounds)) rounds *= 4;
  rounds = Math.ceil((rounds * seconds) / elapsed);
  return rounds / (await timed(rounds));
}

/**
 * Bytes that one call leaves on JavaScript's heap, garbage included. Needs `node --expose-gc`. Few calls a sample: V8 collects after a
 * megabyte, and what it has collected cannot be counted.
 */
export function bytesPerCall(run, calls = 6) {
  for (let i = 0; i < 64; i++) run();
  const samples = Array.from({ length: 9 }, () => {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i++) run();
    return Math.max(0, process.memoryUsage().heapUsed - before - ASKING_BYTES);
  });
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] / calls;
}

/** What `process.memoryUsage()` itself leaves behind. */
const ASKING_BYTES = (() => {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  return process.memoryUsage().heapUsed - before;
})();

/** Shares of the time of one call by kernel, and what passed outside of them. The backend runs a kernel when it is called. */
export async function timeByKernel(backend, run, calls = 5) {
  const { kernels } = backend;
  const spent = new Map();
  const originals = Object.entries(kernels);
  for (const [name, kernel] of originals) {
    kernels[name] = (...args) => {
      const start = performance.now();
      const result = kernel(...args);
      spent.set(name, (spent.get(name) ?? 0) + performance.now() - start);
      return result;
    };
  }
  const start = performance.now();
  for (let i = 0; i < calls; i++) await run();
  const total = performance.now() - start;
  for (const [name, kernel] of originals) kernels[name] = kernel;
  const inKernels = [...spent.values()].reduce((a, b) => a + b, 0);
  const shares = Object.fromEntries([...spent, ["outside of kernels", total - inKernels]].map(([name, ms]) => [name, ms / total]));
  return { "time by kernel": shares };
}
