import { expect, it } from "vitest";
import { checkFile, checkImports } from "./check-imports.mjs";

it("finds the sources in order", () => {
  expect(checkImports()).toEqual([]);
});

it("lets rooms import downwards only", () => {
  expect(checkFile("src/nn/linear.ts", 'import { add } from "../tensor/index.js";\nimport { x } from "./module.js";')).toEqual([]);
  expect(checkFile("src/tensor/ops/add.ts", 'import { lstm } from "../../cell/index.js";')).toEqual([
    'src/tensor/ops/add.ts:1: tensor may not import "../../cell/index.js": rooms import downwards only ' +
      "(backend < tensor < cell < nn < optim < train < decode < data < systems < cli)",
  ]);
  expect(checkFile("src/cell/index.ts", 'export * from "../index.js";')).toHaveLength(1);
  expect(checkFile("src/index.ts", 'export * from "./cli/index.js";')).toHaveLength(1);
  expect(() => checkFile("src/misc/x.ts", 'import "./y.js";')).toThrow("does not know the room src/misc");
});

it("keeps Node where it is named", () => {
  const reading = 'import { readFile } from "node:fs";';
  expect(checkFile("src/cli/main.ts", reading)).toEqual([]);
  expect(checkFile("src/data/node-files.ts", reading)).toEqual([]);
  expect(checkFile("src/data/text.test.ts", reading)).toEqual([]);
  expect(checkFile("src/data/text.ts", reading)).toEqual(['src/data/text.ts:1: "node:fs" exists in Node only']);
  expect(checkFile("src/data/text.ts", 'import type { Stats } from "node:fs";')).toEqual([]);
  expect(checkFile("src/data/index.ts", 'export * from "./node-files.js";')).toEqual([
    'src/data/index.ts:1: "./node-files.js" needs Node, this file must not',
  ]);
  expect(checkFile("src/nn/a.ts", 'const f = await import("node:fs");')).toHaveLength(1);
  expect(checkFile("src/nn/a.ts", "const x = process.env.HOME;\nconst y = Buffer.from('');")).toHaveLength(2);
  expect(checkFile("src/nn/a.ts", "interface A { process(): void }\nconst b = { process: 1 }; b.process;")).toEqual([]);
});

it("keeps the library in the Lab's Worker", () => {
  expect(checkFile("lab/library/train.ts", 'import { step } from "unrolled";\nimport { lstm } from "unrolled/cell";')).toEqual([]);
  expect(checkFile("lab/pages/a/page.tsx", 'import { signal } from "@preact/signals";\nimport type { Tensor } from "unrolled";\nconst a = <b />;')).toEqual([]);
  expect(checkFile("lab/pages/a/page.tsx", 'import { step } from "unrolled";')).toEqual([
    'lab/pages/a/page.tsx:1: "unrolled" is for lab/library/, which runs in the Worker: ask a service of it',
  ]);
  expect(checkFile("lab/library/train.ts", 'import { step } from "../../src/index.js";')).toHaveLength(1);
  expect(checkFile("lab/app.tsx", 'import react from "react";\nconst x = Math.random();')).toHaveLength(2);
});

it("finds other packages and unseeded random numbers", () => {
  expect(checkFile("src/nn/a.ts", 'import lodash from "lodash";')).toHaveLength(1);
  expect(checkFile("src/nn/a.ts", "const x = Math.random();")).toEqual([
    "src/nn/a.ts:1: Math.random cannot be seeded: take numbers from a RandomStream",
  ]);
});
