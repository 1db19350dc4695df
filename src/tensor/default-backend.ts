import type { Backend } from "../backend/backend.js";

let current: Backend | undefined;

/** Chooses where tensors are made when nothing else says so. Tensors that exist already stay where they are. */
export function setDefaultBackend(backend: Backend): void {
  current = backend;
}

/** @throws Error when none was set. */
export function defaultBackend(): Backend {
  if (current === undefined) {
    throw new Error("no backend is set; call setDefaultBackend(await loadBackend()) before making tensors");
  }
  return current;
}

/** Runs `fn` with another default backend. */
export function withBackend<R>(backend: Backend, fn: () => R): R {
  const before = current;
  current = backend;
  try {
    return fn();
  } finally {
    current = before;
  }
}
