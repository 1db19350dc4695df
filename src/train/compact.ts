/** Runs made small: to be shipped, and to be used. */
import type { StoredTensor } from "../tensor/safetensors.js";
import type { Json } from "./json.js";
import { PARAMETERS } from "./loop.js";
import { withRowScales } from "./row-scales.js";
import { Run, RunError } from "./run.js";
import type { RunStorage } from "./storage.js";

export interface CompactOptions {
  /** Of each number of a matrix, which in 8 has a scale for each row; other arrays, which are small, have 16. @default 16 */
  readonly bits?: 8 | 16;
}

/**
 * Writes a run of the same description whose one checkpoint has the parameters of the last one, in 16 or 8 bits, and no more arrays: it is
 * opened and used as any other, but cannot be trained on.
 *
 * @param place must hold no run
 * @throws RunError if the run has no checkpoint; SafetensorsError naming a parameter too large for 16 bits
 */
export async function writeCompactRun(run: Run, place: RunStorage, { bits = 16 }: CompactOptions = {}): Promise<void> {
  const last = await run.lastCheckpoint();
  if (last === undefined) throw new RunError(`${run.location} has no checkpoint yet.`);
  const { step, tensors, state } = last.checkpoint;
  const parameters = [...tensors].filter(([name]) => name.startsWith(`${PARAMETERS}.`));
  const { format: _, ...config } = run.config;
  const compact = await Run.create(place, config);
  await compact.saveCheckpoint({
    step,
    tensors: new Map(parameters.flatMap(([name, tensor]) => (bits === 8 && tensor.shape.length > 1 ? withRowScales(name, tensor) : [[name, inHalves(tensor)]]))),
    state: { ...(state as { readonly [key: string]: Json }), parametersOnly: true },
  });
}

function inHalves({ shape, values }: StoredTensor): StoredTensor {
  return { dtype: "F16", shape, values: Float32Array.from(values) };
}
