import { beforeAll, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { judge } from "../experiment.js";
import { TEXT_EXPERIMENTS } from "./experiments.js";
import { madeUpText } from "./made-up.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ threads: 1 })));

// The command does every experiment over three seeds; over-fitting takes too long for that here.
it.each([["dynamic-evaluation", [1, 2, 3]], ["weight-noise", [1]]] as const)("%s shows what it claims", async (name, seeds) => {
  const experiment = TEXT_EXPERIMENTS.find((each) => each.name === name)!;
  const measured = [];
  for (const seed of seeds) measured.push(await experiment.run(seed, { quick: true, report: () => undefined }));
  for (const { claim, shown, margins } of judge(experiment, measured)) expect(shown, `${claim}: ${margins.join(", ")} of ${JSON.stringify(measured)}`).toBe(true);
  expect(Object.keys(measured[0]!).sort()).toEqual(Object.keys(experiment.figures).sort());
}, 120_000);

it("made-up documents have common words, and words of their own as often as asked", () => {
  const documents = madeUpText(new RandomStream(1), { documents: 3, words: 1000, common: 20, own: 5 });
  const common = madeUpText(new RandomStream(1), { documents: 3, words: 1000, common: 20 });
  const words = (text: string) => text.match(/\w+/g)!;
  const shared = new Set(common.flatMap(({ content }) => words(content as string)));
  expect(shared.size).toBe(20);
  const own = documents.map(({ content }) => words(content as string).filter((word) => !shared.has(word)));
  for (const each of own) {
    expect(new Set(each).size).toBe(5);
    expect(Math.abs(each.length / 1000 - 0.4)).toBeLessThan(0.05);
  }
  expect(new Set(own.flat()).size).toBe(15);
  expect(documents[0]!.content).toMatch(/^(?:\w+(?: \w+){0,11}\. ?)+\n$/);
});
