import type { Conformance } from "../bench.js";

/** Settings and measurements: nothing to compare but that they can be called and keep to their memory. */
export const libraryCases = {
  setThreads: {
    *cases() {
      yield ["one thread, and back", ({ kernels, threads }) => {
        kernels.setThreads(1);
        kernels.setThreads(threads);
      }];
    },
  },
  vectorWidth: {
    *cases() {
      yield ["is a width", ({ kernels }) => {
        if (![1, 4, 8, 16].includes(kernels.vectorWidth())) throw new Error(`width ${kernels.vectorWidth()}`);
      }];
    },
  },
  multiplyAddPeak: {
    *cases() {
      yield ["ten rounds", (b) => b.kernels.multiplyAddPeak(b.scratch(64), 10)];
    },
  },
  readPace: {
    *cases() {
      for (const n of [0, 1, 7, 1031]) yield [`${n} floats`, (b) => b.kernels.readPace(b.scratch(64), b.input(Array<number>(n).fill(1)), n, 3)];
    },
  },
  multiplyAddsPerRound: {
    *cases() {
      yield ["is a number", ({ kernels }) => {
        if (!(kernels.multiplyAddsPerRound() > 0)) throw new Error("no multiply-adds");
      }];
    },
  },
} satisfies Record<string, Conformance>;
