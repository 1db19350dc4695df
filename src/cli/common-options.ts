/** Options that several commands have. */
import { loadBackend, type Backend, type BackendName } from "../backend/index.js";
import { setDefaultBackend } from "../tensor/index.js";
import { choice, flag, integer } from "./command.js";

export const jsonOption = { json: flag("Write JSON for machines instead of text for people") };

export const backendOptions = {
  backend: choice(["auto", "native", "wasm", "reference"] as const, {
    help: "Who computes",
    defaultText: "the fastest that runs here, or UNROLLED_BACKEND",
  }),
  threads: integer({ min: 1, max: 64, help: "Threads to compute with", defaultText: "one per core, or UNROLLED_THREADS" }),
};

export const precisionOption = {
  precision: choice(["float32", "int8"] as const, { default: "float32", help: "What weights are held in: int8 is faster for large models, and rounds" }),
};

/** Loads a backend and makes tensors go there. */
export async function startBackend(options: {
  readonly backend?: "auto" | BackendName | undefined;
  readonly threads?: number | undefined;
  readonly isa?: string | undefined;
  /** For training: the process stays responsive. */
  readonly asynchronous?: boolean;
}): Promise<Backend> {
  const { backend, threads, isa, asynchronous = false } = options;
  const loaded = await loadBackend({
    ...(backend !== undefined && { backend }),
    ...(threads !== undefined && { threads }),
    ...(isa !== undefined && { isa }),
    asynchronous,
  });
  setDefaultBackend(loaded);
  return loaded;
}

/** "native avx2, 2 threads" */
export function backendText({ name, isa, threads }: Pick<Backend, "name" | "isa" | "threads">): string {
  return `${name} ${isa}, ${threads} thread${threads === 1 ? "" : "s"}`;
}
