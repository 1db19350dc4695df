/** Runs made small: to be shipped, and to be used. */
import type { Json } from "./json.js";
import { PARAMETERS } from "./loop.js";
import { Run, RunError } from "./run.js";
import type { RunStorage } from "./storage.js";

/**
 * Writes a run of the same description whose one checkpoint has the parameters of the last one, in 16 bits, and no more arrays: it is
 * opened and used as any other, but cannot be trained on.
 *
 * @param place must hold no run
 * @throws RunError if the run has no checkpoint; SafetensorsError naming a parameter too large for 16 bits
 */
export async function writeCompactRun(run: Run, place: RunStorage): Promise<void> {
  const last = await run.lastCheckpoint();
  if (last === undefined) throw new RunError(`${run.location} has no checkpoint yet.`);
  const { step, tensors, state } = last.checkpoint;
  const parameters = [...tensors].filter(([name]) => name.startsWith(`${PARAMETERS}.`));
  const { format: _, ...config } = run.config;
  const compact = await Run.create(place, config);
  await compact.saveCheckpoint({
    step,
    tensors: new Map(parameters.map(([name, { shape, values }]) => [name, { dtype: "F16", shape, values: Float32Array.from(values) }])),
    state: { ...(state as { readonly [key: string]: Json }), parametersOnly: true },
  });
}
