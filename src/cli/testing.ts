/** For the tests of the commands: a world that records what is written. */
import type { Context } from "./context.js";
import { Terminal, type OutputStream } from "./terminal.js";

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
