import { beforeAll, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { setDefaultBackend } from "../../tensor/index.js";
import { judge } from "../experiment.js";
import { VECTOR_EXPERIMENTS } from "./experiments.js";

beforeAll(async () => {
  setDefaultBackend(await loadBackend({ threads: 1 }));
});

it.each(VECTOR_EXPERIMENTS.map((each) => [each.name, each] as const))("%s shows what it claims, over three seeds", async (_, experiment) => {
  const context = { quick: true, report: () => undefined };
  const measured = [];
  for (const seed of [1, 2, 3]) measured.push(await experiment.run(seed, context));
  for (const { claim, shown, margins } of judge(experiment, measured)) expect(shown, `${claim}: ${margins.join(", ")} of ${JSON.stringify(measured)}`).toBe(true);
  expect(Object.keys(measured[0]!).sort()).toEqual(Object.keys(experiment.figures).sort());
}, 60_000);

it("gives the same figures for the same seed", async () => {
  const experiment = VECTOR_EXPERIMENTS.find(({ name }) => name === "glove-rank")!;
  const context = { quick: true, report: () => undefined };
  expect(await experiment.run(1, context)).toEqual(await experiment.run(1, context));
}, 60_000);
