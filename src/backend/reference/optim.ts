/** Optimiser updates, each the equations of its comment in kernels.h. */
import type { Kernels, Pointer } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

export function optimKernels(memory: ReferenceMemory) {
  const read = (pointer: Pointer, i: number) => memory.read(pointer, i);
  /** Writes and returns a value, as the equations assign and go on. */
  const set = (pointer: Pointer, i: number, value: number) => {
    memory.write(pointer, i, value);
    return value;
  };

  return {
    sgdStep(w, velocity, g, n, lr, momentum, nesterov, decay) {
      for (let i = 0; i < n; i++) {
        const gradient = read(g, i) + decay * read(w, i);
        const v = momentum === 0 ? gradient : set(velocity, i, momentum * read(velocity, i) + gradient);
        memory.add(w, i, -lr * (nesterov ? gradient + momentum * v : v));
      }
    },

    rmspropStep(w, square, mean, velocity, g, n, lr, rho, momentum, epsilon, centered) {
      for (let i = 0; i < n; i++) {
        const gradient = read(g, i);
        const s = set(square, i, rho * read(square, i) + (1 - rho) * gradient ** 2);
        const a = centered ? set(mean, i, rho * read(mean, i) + (1 - rho) * gradient) : 0;
        const scaled = gradient / (Math.sqrt(Math.max(s - a ** 2, 0)) + epsilon);
        memory.add(w, i, -lr * set(velocity, i, momentum * read(velocity, i) + scaled));
      }
    },

    gravesRmspropStep(w, square, mean, velocity, g, n, lr, rho, momentum, epsilon) {
      for (let i = 0; i < n; i++) {
        const gradient = read(g, i);
        const s = set(square, i, rho * read(square, i) + (1 - rho) * gradient ** 2);
        const a = set(mean, i, rho * read(mean, i) + (1 - rho) * gradient);
        const scaled = gradient / Math.sqrt(Math.max(s - a ** 2, 0) + epsilon);
        memory.add(w, i, set(velocity, i, momentum * read(velocity, i) - lr * scaled));
      }
    },

    adagradStep(w, square, g, n, lr, epsilon) {
      for (let i = 0; i < n; i++) {
        const gradient = read(g, i);
        const s = set(square, i, read(square, i) + gradient ** 2);
        memory.add(w, i, (-lr * gradient) / (Math.sqrt(s) + epsilon));
      }
    },

    adamStep(
      w, mean, square, g, n, lr, beta1, beta2, epsilon, correction1, correction2, decay, decoupledDecay,
    ) {
      for (let i = 0; i < n; i++) {
        const weight = read(w, i) * (1 - lr * decoupledDecay);
        const gradient = read(g, i) + decay * weight;
        const m = set(mean, i, beta1 * read(mean, i) + (1 - beta1) * gradient);
        const s = set(square, i, beta2 * read(square, i) + (1 - beta2) * gradient ** 2);
        memory.write(w, i, weight - (lr * (m / correction1)) / (Math.sqrt(s / correction2) + epsilon));
      }
    },

    emaStep(average, w, n, decay) {
      for (let i = 0; i < n; i++) memory.write(average, i, decay * read(average, i) + (1 - decay) * read(w, i));
    },
  } satisfies Partial<Kernels>;
}
