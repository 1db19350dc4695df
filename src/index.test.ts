/** The package as others see it: its exports, by name, after a build. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as root from "./index.js";

const SOURCES = fileURLToPath(new URL(".", import.meta.url));
const rooms = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name === "index.ts")
  .map((entry) => entry.parentPath.slice(SOURCES.length).replaceAll("\\", "/"))
  .filter((room) => room !== "" && !/^cli$|\/(generated|ops|cells|reference)$/.test(room));

/** Names that a module of the package exports, asked of a process that knows it by its name only. */
function exportsOf(specifier: string): string[] {
  const script = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(specifier)}))))`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: SOURCES, encoding: "utf8" })) as string[];
}

describe("the package", () => {
  it("has a root with tensors, cells, layers, optimisers and training", () => {
    expect(exportsOf("unrolled")).toEqual(Object.keys(root).sort());
    expect(root).toMatchObject({
      loadBackend: expect.any(Function), tensor: expect.any(Function), defineCell: expect.any(Function), lstm: { name: "lstm" },
      Recurrent: expect.any(Function), Adam: expect.any(Function), schedules: { cosine: expect.any(Function) }, train: expect.any(Function),
    });
  });

  it("has functions of tensors at its root, of equations in unrolled/cell", () => {
    expect(root.tanh.length).toBe(1);
    expect(exportsOf("unrolled/cell")).toEqual(expect.arrayContaining(["tanh", "defineCell", "compileCell", "listProgram", "lstm"]));
  });

  it("exports every cell at its root", () => {
    expect(Object.values(root)).toEqual(expect.arrayContaining([...root.cells.values()]));
  });

  it.each(rooms)("exports unrolled/%s", (room) => {
    expect(existsSync(`${SOURCES}${room}/index.ts`)).toBe(true);
    expect(exportsOf(`unrolled/${room}`).length).toBeGreaterThan(0);
  });
});
