/** What tests of this room and of the rooms above share. */
import { createReferenceBackend, loadBackend, type Backend, type BackendName } from "../backend/index.js";
import { tensor, type TensorOptions } from "./create.js";
import { RandomStream } from "./random.js";
import { sizeOf, type Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/**
 * Every backend of this machine, for `describe.each(await availableBackends())("$name", (backend) => ...)`. The reference
 * and WebAssembly are always there; native only where it could be built.
 */
export async function availableBackends(): Promise<Backend[]> {
  const load = (backend: BackendName) => loadBackend({ backend });
  const native = await load("native").catch(() => undefined);
  return [createReferenceBackend(), await load("wasm"), ...(native === undefined ? [] : [native])];
}

/** Repeatable values, uniform in [low, high) and exact in float32, so that every backend starts from the same ones. */
export function values(shape: Shape, { seed = 1, low = -1, high = 1 } = {}): Float32Array {
  const random = new RandomStream(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.next());
}

/** A tensor of `values`. */
export function sampleTensor(
  shape: Shape,
  { seed = 1, low = -1, high = 1, ...options }: TensorOptions & { seed?: number; low?: number; high?: number } = {},
): Tensor {
  return tensor(values(shape, { seed, low, high }), shape, options);
}

/** @throws Error naming the first element that is further from what was expected than tolerance * max(1, |expected|). */
export function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5, what = "element"): void {
  if (got.length !== expected.length) throw new Error(`${what}: expected ${expected.length} elements, got ${got.length}`);
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i]!, expected[i]!];
    const close = Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    if (!close) throw new Error(`${what} ${i}: expected ${b}, got ${a}`);
  }
}
