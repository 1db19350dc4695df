/**
 * Every story comes out as it is told. On WebAssembly, as in the Lab. For other seeds than the Lab's, some minutes:
 * `UNROLLED_STORY_SEEDS=1,2,3,4,5 npx vitest run src/systems/long-lag/stories.test.ts`
 */
import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { setDefaultBackend } from "../../tensor/index.js";
import { LONG_LAG_DEFAULTS } from "./config.js";
import { STORIES, storyNamed } from "./stories.js";
import { summarise } from "./summary.js";
import { recordLongLag } from "./watch.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

const SEEDS = (process.env["UNROLLED_STORY_SEEDS"] ?? String(LONG_LAG_DEFAULTS.seed)).split(",").map(Number);
const TOLD = SEEDS.flatMap((seed) => STORIES.map((story) => [story.name, seed, story] as const));

describe("stories", () => {
  it.each(TOLD)("%s, seed %i", async (_, seed, { left, right, claims }) => {
    const summaries = [];
    for (const side of [left, right]) {
      const config = { ...side.config, seed };
      summaries.push(summarise(config, await recordLongLag(config, { radiusEvery: config.steps })));
    }
    const [a, b] = summaries;
    const told = claims.map(({ says, holds }) => [says, holds(a!, b!)] as const);
    expect(told, JSON.stringify(summaries)).toEqual(claims.map(({ says }) => [says, true]));
  });

  it("differ from side to side in what their labels say, and have names of their own", () => {
    for (const { left, right, claims } of STORIES) {
      const keys = Object.keys(left.config) as (keyof typeof left.config)[];
      const different = keys.filter((key) => left.config[key] !== right.config[key]);
      expect(different.length, JSON.stringify(different)).toBeLessThanOrEqual(2);
      expect(different).not.toContain("seed");
      expect(claims.length).toBeGreaterThan(1);
    }
    expect(new Set(STORIES.map(({ name }) => name)).size).toBe(STORIES.length);
    expect(storyNamed("lstm")?.title).toContain("LSTM");
    expect(storyNamed("nothing")).toBeUndefined();
  });
});
