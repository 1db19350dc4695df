import { setFlagsFromString } from "node:v8";
import { loadBackend, type Backend } from "../index.js";

export const MOST_THREADS = 4;

/** The best native backend, its kernels running beside JavaScript; empty where there is none. */
export async function asynchronousBackends(): Promise<Backend[]> {
  const backend = await loadBackend({ backend: "native", threads: 2, asynchronous: true }).catch(() => undefined);
  return backend ? [backend] : [];
}

/** WebAssembly with relaxed SIMD, which Node 20 only has behind a flag. */
export function relaxedBackend(threads: number): Promise<Backend> {
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return loadBackend({ backend: "wasm", isa: "relaxed-simd", threads });
}

/** The backends of this machine: WebAssembly in all builds, and every native instruction set that is built and runs. */
export async function presentBackends(): Promise<Backend[]> {
  const backends = [
    await loadBackend({ backend: "wasm", threads: 1 }),
    await loadBackend({ backend: "wasm", threads: MOST_THREADS }),
    await relaxedBackend(1),
    await relaxedBackend(MOST_THREADS),
  ];
  for (const isa of ["baseline", "avx2", "avx512", "neon", "wide-test"]) {
    const backend = await loadBackend({ backend: "native", isa, threads: MOST_THREADS }).catch(() => undefined);
    if (backend) backends.push(backend);
  }
  return backends;
}
