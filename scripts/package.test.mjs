/** What npm packs, laid where an install would put it. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packedPackage } from "./sizes.mjs";

let installed;
beforeAll(() => {
  installed = mkdtempSync(join(tmpdir(), "unrolled-package-"));
  for (const { path } of packedPackage().files) cpSync(path, join(installed, path));
});
afterAll(() => rmSync(installed, { recursive: true, force: true }));

const unrolled = (...args) => execFileSync(process.execPath, [join(installed, "bin/unrolled.mjs"), ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

it("runs natively where the repository does", () => {
  const native = existsSync(`dist/backend/native/${process.platform}-${process.arch}/machine.node`);
  expect(unrolled("info", "backends")).toMatch(native ? /● native/ : /● wasm/);
});

it("runs as WebAssembly where no addon is for the machine", () => {
  rmSync(join(installed, "dist/backend/native"), { recursive: true, force: true });
  expect(unrolled("info", "backends")).toMatch(/● wasm/);
});
