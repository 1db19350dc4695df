/**
 * Hosts one contestant in a process of its own, so that neither its threads nor its memory touch the others, and answers requests
 * on standard input, a JSON message per line:
 *
 *     start   { threads }                       -> { version }
 *     prepare { case, folder, shapes }          -> {}            reads NAME.f32 for each array of the case from the folder
 *     results { mode, into }                    -> {}            writes RESULT.f32 for each result into the folder
 *     time    { mode, iterations, warmUp }      -> { seconds }   one number per iteration
 *     details { mode }                          -> any figures   beside times (Unrolled only)
 *     peak    { seconds }                       -> { flops, bytes } per second: multiply-adds on all threads, reading of a cache (Unrolled only)
 *     release {}                                -> {}
 *
 * Every answer carries the request's `id`; one that failed has `error`. contestants/pytorch.py speaks the same.
 *
 * @typedef {object} Contestant what a file in contestants/ exports
 * @property {(options: { threads: number, backend?: string, isa?: string }) => Promise<Started>} start
 *
 * @typedef {object} Started
 * @property {string} version
 * @property {(testCase: import("./cases.mjs").Case, arrays: Record<string, Float32Array>) => Prepared | Promise<Prepared>} prepare
 * @property {(seconds: number) => Promise<{ flops: number, bytes: number }>} [peak]
 *
 * @typedef {object} Prepared a case with its weights and inputs in the contestant's own memory; a function per mode: forward, train, step, update
 * @property {(mode: string) => Promise<Record<string, Float32Array>>} results see resultNames in cases.mjs
 * @property {(mode: string) => Promise<Record<string, number | Record<string, number>>>} [details] numbers, or shares by name
 * @property {() => void | Promise<void>} release
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

// Standard output belongs to the protocol.
console.log = console.info = console.warn = console.error;

const [file, backend, isa] = process.argv.slice(2);
/** @type {Contestant} */
let contestant;
/** @type {Started} */
let started;
/** @type {Prepared | undefined} */
let prepared;

const handlers = {
  async start({ threads }) {
    contestant = (await import(new URL(file, import.meta.url).href)).default;
    started = await contestant.start({ threads, backend, isa });
    return { version: started.version };
  },
  async prepare({ case: testCase, folder, shapes }) {
    await handlers.release();
    const arrays = Object.fromEntries(Object.keys(shapes).map((name) => [name, readFloats(join(folder, `${name}.f32`))]));
    prepared = await started.prepare(testCase, arrays);
  },
  async results({ mode, into }) {
    for (const [name, values] of Object.entries(await prepared.results(mode))) writeFileSync(join(into, `${name}.f32`), values);
  },
  async time({ mode, iterations, warmUp }) {
    for (let i = 0; i < warmUp; i++) await prepared[mode]();
    const seconds = [];
    for (let i = 0; i < iterations; i++) {
      const start = performance.now();
      await prepared[mode]();
      seconds.push((performance.now() - start) / 1000);
    }
    return { seconds };
  },
  details: ({ mode }) => prepared.details(mode),
  peak: ({ seconds }) => started.peak(seconds),
  async release() {
    await prepared?.release();
    prepared = undefined;
  },
};

/** A Float32Array that owns its buffer, at offset 0. */
function readFloats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: name, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = await handlers[name](request);
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
}
// The measuring side has gone; threads of a contestant must not keep this process alive.
process.exit();
