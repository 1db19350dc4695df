/** For the tests of the commands: a folder of their own, and a world that records what is written. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { Context } from "./context.js";
import { Terminal, type OutputStream } from "./terminal.js";

/** Runs the tests of a file in a new temporary folder. Call it before anything else that goes before all tests. */
export function inTemporaryFolder(name: string): void {
  const home = process.cwd();
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), `unrolled-${name}-`));
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });
}

/** A command line, run in this process. */
export function unrolled(...args: string[]): Promise<CommandResult> {
  return unrolledWith(testContext(), ...args);
}

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The same in a world of one's own. */
export async function unrolledWith(context: TestContext, ...args: string[]): Promise<CommandResult> {
  // Loaded here, for the tests that need nothing but a context.
  const { main } = await import("./main.js");
  const code = await main(args, context);
  expect(process.exitCode).toBe(code);
  process.exitCode = undefined;
  return { code, out: context.output(), err: context.errorOutput() };
}

export interface TestContext extends Context {
  /** What went to standard output and standard error so far. */
  output(): string;
  errorOutput(): string;
  /** As Ctrl-C does. */
  stop(): void;
  readonly exits: number[];
}

export function testContext({ tty = false, columns = 80, standardInput = "", environment = {} as Record<string, string> } = {}): TestContext {
  const out = recorder(tty, columns);
  const err = recorder(false, columns);
  const callbacks = new Set<() => void>();
  const exits: number[] = [];
  return {
    terminal: new Terminal(out, environment),
    errors: new Terminal(err, environment),
    readStandardInput: () => new TextEncoder().encode(standardInput),
    standardInput: () => (standardInput === "" ? [] : [new TextEncoder().encode(standardInput)]),
    onStop(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    exit: (code) => exits.push(code),
    exits,
    output: out.text,
    errorOutput: err.text,
    stop: () => callbacks.forEach((callback) => callback()),
  };
}

function recorder(isTTY: boolean, columns: number): OutputStream & { text(): string } {
  const chunks: Uint8Array[] = [];
  return {
    isTTY,
    columns,
    write: (text) => chunks.push(typeof text === "string" ? new TextEncoder().encode(text) : text),
    text: () => new TextDecoder().decode(Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))),
  };
}
