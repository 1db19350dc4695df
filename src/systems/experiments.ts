/** Every experiment that `unrolled experiment` knows, system by system. */
import type { Experiment } from "./experiment.js";
import { HANDWRITING_EXPERIMENTS } from "./handwriting/experiments.js";
import { TEXT_EXPERIMENTS } from "./text/experiments.js";
import { VECTOR_EXPERIMENTS } from "./vectors/experiments.js";

export const EXPERIMENTS: readonly Experiment[] = [...VECTOR_EXPERIMENTS, ...TEXT_EXPERIMENTS, ...HANDWRITING_EXPERIMENTS];
