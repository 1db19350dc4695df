/** The unit of work: a step's memory and tape. */
import type { Backend, Pointer } from "../backend/backend.js";
import { beginArenas, endArenas, scratch } from "./arena.js";
import { defaultBackend } from "./default-backend.js";
import { TapeError } from "./errors.js";
import { beginTape, endTape, withoutTape } from "./tape.js";
import { copyOf, type Tensor } from "./tensor.js";

/**
 * Runs `fn` with memory and a tape of its own: what is computed inside can be differentiated by `backward`, and every
 * tensor made inside dies when it ends, also by an exception. `fn` returns numbers, or tensors carried out by `keep`.
 *
 *     const loss = step(() => {
 *       const loss = crossEntropy(model.forward(x), targets);
 *       loss.backward();
 *       return loss.item();
 *     });
 *
 * @throws TapeError inside another step, and when `fn` is asynchronous.
 */
export function step<R>(fn: () => R): R {
  beginArenas();
  beginTape();
  try {
    return synchronous("step", fn());
  } finally {
    endTape();
    endArenas();
  }
}

/** Runs `fn` without recording: what is computed inside requires no gradient. */
export function noGrad<R>(fn: () => R): R {
  return withoutTape(() => synchronous("noGrad", fn()));
}

function synchronous<R>(name: string, result: R): R {
  if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
    throw new TapeError(
      `${name}: the function returned a promise; what happens inside must be synchronous. ` +
        "Await before, or return keep(tensor) and await its data() after",
    );
  }
  return result;
}

/**
 * A copy of a tensor that outlives the step, without gradient: states carried from window to window, losses to be read
 * later. Given `into`, the copy goes there and no memory is taken; a loop that carries a state does so, as finalizers run
 * only when the program yields:
 *
 *     state = step(() => keep(run(state), state));
 */
export function keep(x: Tensor, into?: Tensor): Tensor {
  return into === undefined ? copyOf("keep", x, true) : into.assign(x);
}

/**
 * Memory of the running step for tables and scratch, not cleared.
 * @throws TapeError outside a step.
 */
export function allocateScratch(bytes: number, backend: Backend = defaultBackend()): Pointer {
  return scratch(backend, bytes);
}
