import { loadBackend, type Backend } from "../index.js";

export const MOST_THREADS = 4;

/** The best native backend, its kernels running beside JavaScript; empty where there is none. */
export async function asynchronousBackends(): Promise<Backend[]> {
  const backend = await loadBackend({ backend: "native", threads: 2, asynchronous: true }).catch(() => undefined);
  return backend ? [backend] : [];
}

/** The backends of this machine: WebAssembly in all builds, and every native instruction set that is built and runs. */
export async function presentBackends(): Promise<Backend[]> {
  const backends = [
    await loadBackend({ backend: "wasm", threads: 1 }),
    await loadBackend({ backend: "wasm", threads: MOST_THREADS }),
    await loadBackend({ backend: "wasm", isa: "relaxed-simd", threads: 1 }),
    await loadBackend({ backend: "wasm", isa: "relaxed-simd", threads: MOST_THREADS }),
  ];
  for (const isa of ["baseline", "avx2", "avx512", "avx512-bf16", "neon", "neon-dot", "wide-test"]) {
    const backend = await loadBackend({ backend: "native", isa, threads: MOST_THREADS }).catch(() => undefined);
    if (backend) backends.push(backend);
  }
  return backends;
}
