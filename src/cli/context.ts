/** What a command is given of the world, so that tests can give it another one. */
import { createReadStream, readFileSync } from "node:fs";
import { Terminal } from "./terminal.js";

export interface Context {
  /** Results and progress. */
  readonly terminal: Terminal;
  /** Warnings and errors. */
  readonly errors: Terminal;
  readStandardInput(): Uint8Array;
  /** The same as it comes, for what may be larger than memory. */
  standardInput(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Calls back when the user or the system asks the process to stop, until the returned function is called. */
  onStop(callback: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function processContext(): Context {
  // Whoever reads our output may stop reading: `unrolled sample RUN | head`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  return {
    terminal: new Terminal(process.stdout, process.env),
    errors: new Terminal(process.stderr, process.env),
    readStandardInput: () => readFileSync(0),
    standardInput: () => createReadStream("", { fd: 0, highWaterMark: 1 << 20 }),
    onStop(callback) {
      for (const signal of STOP_SIGNALS) process.on(signal, callback);
      return () => STOP_SIGNALS.forEach((signal) => process.off(signal, callback));
    },
    exit: (code) => process.exit(code),
  };
}
