import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { EXPERIMENTS } from "../systems/experiments.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("experiment");

it("lists the experiments", async () => {
  const { code, out } = await unrolled("experiment");
  expect(code).toBe(0);
  for (const { name, paper } of EXPERIMENTS) {
    expect(out).toContain(`${name}\n`);
    expect(out.replaceAll(/\s+/g, " ")).toContain(paper);
  }
  expect(JSON.parse((await unrolled("experiment", "--json")).out)).toHaveLength(EXPERIMENTS.length);
});

it("does one, prints a table and verdicts, and writes both into a page, in their place", async () => {
  const page = "page.md";
  writeFileSync(page, "# Results\n");
  const once = () => unrolled("experiment", "glove-rank", "--quick", "--seeds", "2", "--out", page);
  const { code, out } = await once();
  expect(out).toMatch(/^ +seed 1 +seed 2 +mean +spread$/m);
  expect(out).toMatch(/^shown +With 3 dimensions J falls below a millionth; by so many orders of/m);
  expect(code).toBe(0);
  const written = readFileSync(page, "utf8");
  expect(written).toContain("# Results\n\n<!-- experiment glove-rank: begin");
  expect(written).toContain("| J, 3 dimensions |");
  expect(written).toContain("`unrolled experiment glove-rank --seeds 2 --quick`");
  writeFileSync(page, written.replace("J, 3 dimensions", "old").replace(/$/, "\nThe end.\n"));
  await once();
  expect(readFileSync(page, "utf8")).toBe(`${written}\nThe end.\n`);
}, 30_000);

it("fails where something is not shown, and does not know all names", async () => {
  const { code, err } = await unrolled("experiment", "glove-rnk");
  expect([code, err]).toEqual([2, expect.stringContaining('There is no experiment "glove-rnk". Did you mean')]);
});
