/**
 * How the time of word vectors grows with the vocabulary, the dimensions and the threads, and what GloVe makes of the memory's bandwidth.
 *
 *     node --expose-gc bench/vectors-growth.mjs [--rounds 7] [--quick] [--minutes 10] [--json bench/results/vectors-growth.json] [--figure docs/vectors-growth.svg]
 *     node bench/vectors-growth.mjs --draw        only the figure, from the file
 *
 * Memory of parameters is given back between cases only where the collector may be called: --expose-gc.
 *
 * Words come by Zipf's law; GloVe's records, rows and columns, by the same to the power of 3/4, about as distinct pairs do. Everything is default but the
 * size that is varied. Each case takes turns with the base case (100,000 words, 100 dimensions, one thread), and its time is that of the base
 * times the median of their ratios, so that a machine that slows down for a while slows both. With --minutes cases have fewer rounds where they must,
 * but three at least; by default the whole takes about five. Times are of the processor, those of several threads by the clock.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadBackend } from "../dist/backend/index.js";
import { MemoryTokenCorpus, SENTENCE_END, WordVocabulary } from "../dist/data/index.js";
import { UniformDraws } from "../dist/data/uniform-draws.js";
import { aliasTable, Glove, noiseDistribution, Word2vec } from "../dist/systems/vectors/index.js";
import { RandomStream, setDefaultBackend } from "../dist/tensor/index.js";
import { describeMachine } from "./machine.mjs";
import { drawFigure } from "./panels.mjs";
import { median } from "./statistics.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string" }, minutes: { type: "string", default: "10" }, quick: { type: "boolean", default: false }, draw: { type: "boolean", default: false },
    json: { type: "string", default: fileURLToPath(new URL("results/vectors-growth.json", import.meta.url)) },
    figure: { type: "string", default: fileURLToPath(new URL("../docs/vectors-growth.svg", import.meta.url)) },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 3 : 7));
const FEWEST_ROUNDS = 3;
const TURN = values.quick ? 0.1 : 0.3;
/** Of the time, what the cases of growth may have; the rest is for the bandwidth and for plain C. */
const GROWTH_SHARE = 0.75;

const BASE = { vocabulary: 100_000, dimensions: 100, threads: 1 };
const METHODS = ["skipgram", "cbow", "glove"];
const LABELS = { skipgram: "skip-gram", cbow: "CBOW", glove: "GloVe" };
const CLASSES = { skipgram: "ours", cbow: "theirs", glove: "third" };
const SERIES = [
  { name: "vocabulary", title: "words in the vocabulary", sizes: [1e3, 1e4, 1e5, 1e6], work: () => 1 },
  { name: "dimensions", title: "dimensions", sizes: [25, 50, 100, 200, 300, 500], work: (size) => size },
  { name: "threads", title: "threads", sizes: threadCounts(), work: (size) => 1 / size },
];
const PLAIN = fileURLToPath(new URL("glove-plain.c", import.meta.url));
/** Of a step, so that a turn has several. */
const STEP = 1 << 15;
const ENTRIES = 1 << 20;

if (!values.draw) {
  const report = await measure();
  writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
}
const report = JSON.parse(readFileSync(values.json, "utf8"));
for (const line of table(report)) console.log(line);
writeFileSync(values.figure, figure(report));
process.exit(0);

async function measure() {
  const loadBefore = loadavg()[0];
  const began = performance.now();
  const cases = METHODS.length * SERIES.reduce((sum, { sizes }) => sum + sizes.length, 0);
  let begun = 0;
  const bases = {};
  for (const method of METHODS) bases[method] = await runner(method, BASE);
  const results = [];
  for (const method of METHODS) {
    const baseTimes = [];
    for (const { name, sizes } of SERIES) {
      for (const size of sizes) {
        const sized = { ...BASE, [name]: size };
        if (bytesOf(method, sized) > totalmem() / 3) continue;
        const clock = name === "threads" ? "wall" : "processor";
        const run = size === BASE[name] && name !== "threads" ? bases[method] : await runner(method, sized);
        const ratios = [];
        await run(TURN); // warms up
        const until = began + (GROWTH_SHARE * 60e3 * Number(values.minutes) * ++begun) / cases;
        for (let round = 0; round < rounds && (round < FEWEST_ROUNDS || performance.now() < until); round++) {
          const base = await bases[method](TURN);
          baseTimes.push(base.processor);
          ratios.push((await run(TURN))[clock] / base[clock]);
        }
        results.push({ method, series: name, size, ratio: median(ratios), ratios });
        globalThis.gc?.();
      }
    }
    for (const result of results) if (result.method === method) result.seconds = result.ratio * median(baseTimes);
  }
  return { machine: describeMachine(), date: new Date().toISOString(), quick: values.quick, rounds, loadBefore, base: BASE, results, bandwidth: await bandwidth(), besidePlain: await besidePlain() };
}

/** A function that trains for so many seconds and gives the seconds per word, for GloVe per record, of the clock and of the processor. */
async function runner(method, { vocabulary, dimensions, threads, uniform = false }) {
  const backend = await loadBackend({ backend: "native", threads });
  setDefaultBackend(backend);
  const draws = new UniformDraws(new RandomStream(1));
  const unit = () => draws.integer(2 ** 31) / 2 ** 31;
  const counts = zipfCounts(vocabulary);
  const words = new WordVocabulary(Array.from(counts, (_, id) => `w${id}`), counts);
  const trainer = method === "glove" ? gloveTrainer() : word2vecTrainer();
  let at = 0;
  return async (seconds) => {
    setDefaultBackend(backend);
    const [began, before] = [performance.now(), process.cpuUsage()];
    let done = 0;
    while (performance.now() - began < 1000 * seconds || done === 0) done += (await trainer.step(at++ % trainer.steps)).predictions;
    const { user, system } = process.cpuUsage(before);
    return { wall: (performance.now() - began) / 1000 / done, processor: (user + system) / 1e6 / done };
  };

  function word2vecTrainer() {
    const entries = Int32Array.from({ length: ENTRIES }, (_, i) => (i % 20 === 19 ? SENTENCE_END : Math.floor(Math.exp(unit() * Math.log(vocabulary + 1))) - 1));
    return new Word2vec(words, new MemoryTokenCorpus(entries), { method, dimensions, epochs: 1, stepEntries: STEP });
  }

  function gloveTrainer() {
    const { rows, columns, amounts } = gloveRecords(vocabulary, counts, uniform);
    const records = {
      count: ENTRIES,
      *chunks({ from = 0, length }) {
        for (let i = from; i < ENTRIES; i += length) {
          const end = Math.min(i + length, ENTRIES);
          yield { rows: rows.subarray(i, end), columns: columns.subarray(i, end), values: amounts.subarray(i, end) };
        }
      },
    };
    return new Glove(words, records, { dimensions, epochs: 1, stepRecords: STEP });
  }
}

/** By Zipf's law. */
function zipfCounts(vocabulary) {
  return Float64Array.from({ length: vocabulary }, (_, id) => 1e9 * Math.log((id + 2) / (id + 1)));
}

function gloveRecords(vocabulary, counts, uniform) {
  const draws = new UniformDraws(new RandomStream(2));
  const table = aliasTable(noiseDistribution(counts));
  const draw = () => {
    const column = draws.integer(vocabulary);
    return uniform || draws.integer(2 ** 32) < table[2 * column] >>> 0 ? column : table[2 * column + 1];
  };
  const [rows, columns] = [0, 1].map(() => Int32Array.from({ length: ENTRIES }, draw));
  return { rows, columns, amounts: Float32Array.from({ length: ENTRIES }, () => 1 / (1e-3 + draws.integer(2 ** 31) / 2 ** 31)) };
}

/** Of the parameters. */
function bytesOf(method, { vocabulary, dimensions }) {
  return vocabulary * (method === "glove" ? 4 * gloveWidth(dimensions) : 2 * 16 * Math.ceil(dimensions / 16)) * 4;
}

function gloveWidth(dimensions) {
  return 16 * Math.ceil((dimensions + 1) / 16);
}

/**
 * GloVe reads and writes four rows per record: both vectors and their sums of squares. Where no two records share any, that is what memory must
 * give. Beside it what it gives to AdaGrad over arrays as large, read in order: three streams in, two out. Per second of processor time of each thread.
 */
async function bandwidth() {
  const sized = { vocabulary: values.quick ? 100_000 : 200_000, dimensions: 300, uniform: true };
  const out = { ...sized, threads: [] };
  for (const threads of threadCounts()) {
    const run = await runner("glove", { ...sized, threads });
    const backend = await loadBackend({ backend: "native", threads });
    const n = bytesOf("glove", sized) / 4 / 4;
    const arrays = [0, 1, 2].map(() => backend.memory.allocate(4 * n));
    for (const at of arrays) backend.memory.floats(at, n).fill(1);
    const stream = () => {
      const before = process.cpuUsage();
      let passes = 0;
      for (const end = performance.now() + 1000 * TURN; passes === 0 || performance.now() < end; passes++) {
        backend.kernels.adagradStep(arrays[0], arrays[1], arrays[2], n, 1e-3, 1e-10);
      }
      const { user, system } = process.cpuUsage(before);
      return (passes * 5 * 4 * n) / ((user + system) / 1e6 / threads);
    };
    await run(TURN);
    stream(); // warms up
    const turns = [];
    for (let round = 0; round < rounds; round++) {
      const rows = (2 * 4 * gloveWidth(sized.dimensions) * 4) / ((await run(TURN)).processor / threads);
      turns.push({ rows, stream: stream() });
    }
    for (const at of arrays) backend.memory.free(at);
    out.threads.push({ threads, rows: median(turns.map(({ rows }) => rows)), stream: median(turns.map(({ stream }) => stream)), share: median(turns.map(({ rows, stream }) => rows / stream)) });
  }
  return out;
}

/** Beside the same arithmetic in plain C and doubles, one thread, on the same records: median of the ratios of turns. Nothing where there is no compiler. */
async function besidePlain() {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-glove-"));
  try {
    const program = join(folder, "plain");
    const built = spawnSync("cc", ["-O3", "-march=native", "-ffast-math", "-funroll-loops", PLAIN, "-o", program, "-lm"]);
    if (built.status !== 0) return [];
    const compared = [];
    for (const [vocabulary, dimensions] of [[1000, 100], [100_000, 100], [100_000, 300]]) {
      const { rows, columns, amounts } = gloveRecords(vocabulary, zipfCounts(vocabulary), false);
      const records = join(folder, "records");
      writeFileSync(records, Buffer.concat([rows, columns, amounts].map(({ buffer }) => Buffer.from(buffer))));
      const run = await runner("glove", { vocabulary, dimensions, threads: 1 });
      await run(TURN);
      const turns = [];
      for (let round = 0; round < rounds; round++) {
        const { stdout, status } = spawnSync(program, [records, vocabulary, dimensions, 2].map(String), { encoding: "utf8" });
        if (status === 0) turns.push({ plain: Number(stdout.split(" ")[0]), ours: (await run(TURN)).processor });
      }
      const middle = (of) => median(turns.map(of));
      compared.push({ vocabulary, dimensions, plain: middle(({ plain }) => plain), ours: middle(({ ours }) => ours), ratio: middle(({ plain, ours }) => plain / ours) });
    }
    return compared;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function threadCounts() {
  const counts = [1];
  while (counts.at(-1) * 2 <= availableParallelism()) counts.push(counts.at(-1) * 2);
  return counts;
}

function table({ results, bandwidth: measured, besidePlain: compared, loadBefore, machine }) {
  const lines = [`${machine.processor}, ${machine.logicalCores} logical cores; load average before: ${loadBefore.toFixed(2)}`];
  for (const { name, title } of SERIES) {
    lines.push("", title);
    for (const method of METHODS) {
      const own = results.filter((result) => result.method === method && result.series === name);
      const unit = method === "glove" ? "record" : "word";
      lines.push(`  ${LABELS[method].padEnd(10)} ${own.map(({ size, seconds }) => `${size}: ${(seconds * 1e9).toFixed(0)} ns`).join("   ")}   per ${unit}`);
    }
  }
  lines.push("", `GloVe, ${measured.vocabulary} words of ${measured.dimensions} dimensions, records drawn evenly`);
  for (const { threads, rows, stream, share } of measured.threads) {
    lines.push(`  threads: ${threads}   ${(rows / 1e9).toFixed(1)} GB/s of rows read and written, ${(100 * share).toFixed(0)} % of AdaGrad in order (${(stream / 1e9).toFixed(1)} GB/s)`);
  }
  lines.push("", "GloVe beside the same in plain C and doubles, nanoseconds per record, one thread");
  for (const { vocabulary, dimensions, plain, ours, ratio } of compared) {
    lines.push(`  ${vocabulary} words of ${dimensions} dimensions: ${(ours * 1e9).toFixed(0)} beside ${(plain * 1e9).toFixed(0)}, ${ratio.toFixed(2)} times as fast`);
  }
  return lines;
}

function figure({ results, machine, date, loadBefore }) {
  const panels = SERIES.map(({ name, title, work }) => {
    const lines = METHODS.map((method) => ({
      label: LABELS[method],
      className: CLASSES[method],
      points: results.filter((result) => result.method === method && result.series === name).map(({ size, seconds }) => [size, seconds]),
    })).filter(({ points }) => points.length > 0);
    return { title, lines, work: lines[0].points.map(([size]) => [size, work(size)]) };
  });
  const busy = loadBefore > 0.25 * machine.logicalCores ? `; other programs were running (load ${loadBefore.toFixed(1)})` : "";
  return drawFigure({
    name: "How the time of word vectors grows",
    description: ["Three panels: time per word of skip-gram and CBOW, and per record of GloVe, against the words in the vocabulary, the", "dimensions and the threads."],
    title: "Time per word, of GloVe per record: 100,000 words, 100 dimensions, one thread; one size varied at a time",
    lines: METHODS.map((method) => ({ label: LABELS[method], className: CLASSES[method] })),
    guide: "in proportion to the work",
    panels,
    foot: `${machine.processor}, ${machine.logicalCores} cores; ${date.slice(0, 10)}${busy}`,
  });
}
