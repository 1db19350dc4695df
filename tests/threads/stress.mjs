/**
 * Hands thousands of small jobs to the threads of a backend, with and without pauses in which they fall asleep, and checks
 * every result to the bit: all values are small integers, so that sums are exact in any order. Jobs add to what is there, so
 * that shares of the work that are done twice show; inputs change after each job, so that the caller must not go on too early.
 *
 * `node tests/threads/stress.mjs JOBS BACKEND [ISA]`, after a build; the last line printed is "ok". A process of its own:
 * threads that went wrong would hang it.
 */
import { loadBackend } from "../../dist/backend/index.js";
import * as K from "../../dist/backend/generated/kernels.js";

const MOST_THREADS = 4;
/** Rows at most, of LENGTH steps at most, WIDTH wide: the last panel of a stage is not full. */
const [ROWS, LENGTH, WIDTH] = [9, 3, 17];
/** Matrices of this order are just worth several threads. */
const ORDER = 48;

const [jobs, name, isa] = [Number(process.argv[2]), process.argv[3], process.argv[4]];
const { kernels, memory, setThreads, ...backend } = await loadBackend({ backend: name, isa, threads: MOST_THREADS });
if (backend.threads !== MOST_THREADS) throw new Error(`${backend.threads} threads, not ${MOST_THREADS}: ${backend.reasons}`);

/** Numbers that look random; the low bits of the generator do not. */
let state = 1;
function below(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function floats(length) {
  const pointer = memory.allocate(4 * length);
  return { pointer, values: () => memory.floats(pointer, length) };
}

function check(what, got, wanted) {
  for (let i = 0; i < wanted.length; i++) {
    if (got[i] !== wanted[i]) throw new Error(`${what}: element ${i}: expected ${wanted[i]}, got ${got[i]}`);
  }
}

/** h = x + previous h over time, its sums over rows and times added to the totals: threads take rows, however few. */
function makeSequenceJob() {
  const line = (...words) => Array.from({ length: K.SEQUENCE_INSTRUCTION_WORDS }, (_, i) => words[i] ?? 0);
  const [x, h] = [0, 1];
  const program = [
    line(K.SEQ_STAGE, WIDTH, 4), line(K.SEQ_LOAD, 0, x), line(K.SEQ_LOAD_PREVIOUS, 1, h), line(K.SEQ_ADD, 0, 0, 1),
    line(K.SEQ_STORE, h, 0),
    // The second stage runs once the first has stored all columns.
    line(K.SEQ_STAGE, WIDTH, 2), line(K.SEQ_LOAD, 0, h), line(K.SEQ_COLUMN_SUM, 0, 0),
  ].flat();
  const [input, output] = [floats(LENGTH * ROWS * WIDTH), floats(LENGTH * ROWS * WIDTH)];
  const [totals, partial] = [floats(WIDTH), floats(MOST_THREADS * WIDTH)];
  const code = memory.allocate(4 * program.length);
  const index = memory.allocate(4 * ROWS);
  const lengths = memory.allocate(4 * ROWS);
  const buffers = memory.allocate(8 * 2 * K.SEQUENCE_BUFFER_WORDS);
  memory.ints(index, ROWS).set(Array.from({ length: ROWS }, (_, i) => i));
  memory.writePointers(buffers, [input, output].flatMap(({ pointer }) => [pointer, ROWS * WIDTH, WIDTH, 0, 0]));
  const wantedTotals = new Float32Array(WIDTH);
  totals.values().fill(0);
  return () => {
    const [rows, steps] = [1 + below(ROWS), 1 + below(LENGTH)];
    memory.ints(code, program.length).set(program);
    memory.ints(lengths, ROWS).fill(steps);
    const values = input.values();
    const wanted = new Float32Array(values.length).fill(-1);
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < rows * WIDTH; i++) {
        const at = t * ROWS * WIDTH + i;
        values[at] = below(8);
        wanted[at] = values[at] + (t > 0 ? wanted[at - ROWS * WIDTH] : 0);
        // Small, so that they stay exact.
        wantedTotals[i % WIDTH] += wanted[at];
      }
    }
    output.values().fill(-1);
    kernels.sequenceRun(
      code, program.length, 0, buffers, rows, index, lengths, 0, 0, totals.pointer, partial.pointer, WIDTH,
    );
    check("sequence", output.values(), wanted);
    check("totals of the sequence", totals.values(), wantedTotals);
    if (wantedTotals[0] > 1e6) [wantedTotals, totals.values()].forEach((sums) => sums.fill(0));
    // What a thread that is late reads leads it nowhere.
    memory.ints(code, program.length).fill(1 << 30);
    values.fill(NaN);
  };
}

/** C += A B with constant A and B. */
function makeProductJob() {
  const [a, b, c] = [0, 0, 0].map(() => floats(ORDER * ORDER));
  let sum = 0;
  c.values().fill(0);
  return () => {
    const [x, y] = [below(4), below(4)];
    a.values().fill(x);
    b.values().fill(y);
    sum += ORDER * x * y;
    kernels.gemm(0, 0, ORDER, ORDER, ORDER, 1, a.pointer, ORDER, b.pointer, ORDER, 1, c.pointer, ORDER);
    check("product", c.values(), new Float32Array(ORDER * ORDER).fill(sum));
    if (sum > 1e6) c.values().fill((sum = 0));
    a.values().fill(NaN);
  };
}

function pause() {
  const end = performance.now() + below(20) / 100;
  while (performance.now() < end);
}

let work = [makeSequenceJob(), makeSequenceJob(), makeProductJob()];
for (let job = 0; job < jobs; job++) {
  if (below(50) === 0) setThreads(1 + below(MOST_THREADS));
  // Pauses as long as threads wait before they sleep, and about that.
  if (below(4) === 0) pause();
  if (below(1000) === 0 && memory.bytesInUse < 1 << 28) {
    // New memory, which threads may not have seen yet.
    memory.allocate(1 << 22);
    work = [makeSequenceJob(), makeSequenceJob(), makeProductJob()];
  }
  work[below(work.length)]();
}
console.log("ok");
