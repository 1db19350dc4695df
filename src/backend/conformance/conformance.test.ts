/**
 * Every kernel on every backend that is here, judged by the reference backend: results, guards around every buffer, inputs
 * untouched, the same bits on a second run from other addresses and with other numbers of threads.
 */
import { describe, expect, it } from "vitest";
import type { Backend } from "../backend.js";
import { KERNEL_SIGNATURES, type KernelName } from "../generated/kernels.js";
import { createReferenceBackend } from "../reference/index.js";
import { asynchronousBackends, presentBackends } from "./backends.js";
import { disagreement, runCase, type Case, type Conformance, type Tolerance } from "./bench.js";
import { ctcCases } from "./cases/ctc.js";
import { embeddingCases } from "./cases/embedding.js";
import { libraryCases } from "./cases/library.js";
import { matrixCases } from "./cases/matrix.js";
import { mixtureDensityCases } from "./cases/mixture-density.js";
import { optimCases } from "./cases/optim.js";
import { pointwiseCases } from "./cases/pointwise.js";
import { quantizedCases } from "./cases/quantized.js";
import { randomCases } from "./cases/random.js";
import { reduceKernelCases } from "./cases/reduce.js";
import { rowCases } from "./cases/rows.js";
import { sequenceCases } from "./cases/sequence.js";
import { wordVectorCases } from "./cases/word-vectors.js";

/** A kernel without cases is an error of type here, and of the test below. */
const suite: Readonly<Record<KernelName, Conformance>> = {
  ...libraryCases,
  ...pointwiseCases,
  ...reduceKernelCases,
  ...rowCases,
  ...mixtureDensityCases,
  ...ctcCases,
  ...embeddingCases,
  ...matrixCases,
  ...quantizedCases,
  ...randomCases,
  ...optimCases,
  ...sequenceCases,
  ...wordVectorCases,
};
const kernels = Object.entries(suite) as [KernelName, Conformance][];

const AS_FLOAT32: Tolerance = { relative: 0, absolute: 0 };

const reference = createReferenceBackend();
const expectations = new Map<string, Float64Array[]>();
function expectationOf(kernel: KernelName, test: Case): Float64Array[] {
  const key = `${kernel} ${test[0]}`;
  const known = expectations.get(key);
  if (known) return known;
  const results = runCase(reference, test, 0);
  expectations.set(key, results);
  return results;
}

const backends = [...(await presentBackends()), ...(await asynchronousBackends())];

it("has cases for every kernel, under names of their own", () => {
  expect(kernels.map(([name]) => name).sort()).toEqual(Object.keys(KERNEL_SIGNATURES).sort());
  for (const [, { cases }] of kernels) {
    const names = [...cases()].map(([name]) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names).toEqual([...new Set(names)]);
  }
});

const nameOf = ({ name, isa, asynchronous, threads }: Backend) =>
  `${name} ${isa}${asynchronous ? " beside JavaScript" : ""}, up to ${threads} threads`;

describe.each(backends.map((backend) => [nameOf(backend), backend] as const))(
  "%s",
  (_name, backend) => {
    const most = backend.threads;

    it.each(kernels)("%s agrees with the reference", (kernel, { cases, tolerance = AS_FLOAT32, roundsByThreads = false }) => {
      const failures: string[] = [];
      for (const test of cases()) {
        const complain = (what: string) => failures.push(`${test[0]}: ${what}`);
        try {
          backend.setThreads(1);
          const results = runCase(backend, test, 0);
          const wrong = disagreement(results, expectationOf(kernel, test), tolerance);
          if (wrong !== undefined) complain(wrong);
          const again = disagreement(runCase(backend, test, 1), results, AS_FLOAT32);
          if (again !== undefined) complain(`from other addresses: ${again}`);
          for (let threads = 2; threads <= most; threads++) {
            backend.setThreads(threads);
            const different = disagreement(runCase(backend, test, 5), results, roundsByThreads ? tolerance : AS_FLOAT32);
            if (different !== undefined) complain(`${threads} threads beside 1: ${different}`);
          }
        } catch (error) {
          complain(error instanceof Error ? error.message : String(error));
        }
      }
      expect(failures).toEqual([]);
    });
  },
);
