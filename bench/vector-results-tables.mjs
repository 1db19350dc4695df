/** The tables of src/systems/vectors/results.md, from the files that bench/vector-results.mjs leaves. */
import { meanAndError, median } from "./statistics.mjs";
import { markdownTable } from "./tables.mjs";

const LABELS = {
  skipgram: "skip-gram", cbow: "CBOW", glove: "GloVe", "pmi-svd": "PMI-SVD", "gensim-skipgram": "gensim skip-gram", "gensim-cbow": "gensim CBOW",
};
const SIMILARITIES = { "wu-palmer": "Wu-Palmer", lin: "Lin" };

/** Blocks of lines by name: the corpus, all models in a line each, and the sections of analogies for each number of dimensions. */
export function resultBlocks(results) {
  const order = Object.keys(LABELS);
  const sorted = results.toSorted((a, b) => a.settings.dimensions - b.settings.dimensions || order.indexOf(a.method) - order.indexOf(b.method) || a.settings.seed - b.settings.seed);
  const first = sorted.filter(({ settings }) => settings.seed === 1);
  return {
    "vector-corpus": corpusLines(sorted[0]),
    "vector-models": models(first),
    "vector-sections": sectionTables(first),
    "vector-seeds": seeds(sorted),
  };
}

function corpusLines({ words, wordsInVocabulary, vocabularySize, corpus, questions, analogies, similarities }) {
  const count = (pick) => analogies.reduce((sum, section) => sum + pick(section), 0);
  const pairs = similarities.map(({ name, pairs: all, asked }) => `${grouped(all)} pairs by ${SIMILARITIES[name]} (${share(asked, all)} asked)`);
  return [
    `${grouped(words)} words, ${grouped(wordsInVocabulary)} of them among the ${grouped(vocabularySize)} that occur five times or more; SHA-256 of the file \`${corpus}\`.`,
    `${grouped(count(({ questions: all }) => all))} analogies in ${analogies.length} sections (${share(count(({ asked }) => asked), count(({ questions: all }) => all))} asked), ${pairs.join(", ")}; SHA-256 of the questions \`${questions}\`.`,
  ];
}

function models(results) {
  const header = ["", "dimensions", "3CosAdd", "3CosMul", ...Object.values(SIMILARITIES).map((name) => `ρ, ${name}`), "training", "counting"];
  const rows = results.map(({ method, settings, analogies, similarities, processorSeconds, countingSeconds }) => [
    LABELS[method],
    String(settings.dimensions),
    accuracy(analogies, "3CosAdd"),
    accuracy(analogies, "3CosMul"),
    ...Object.keys(SIMILARITIES).map((name) => similarities.find((each) => each.name === name).spearman.toFixed(3)),
    `${processorSeconds.toFixed(0)} s`,
    countingSeconds === undefined ? "" : `${countingSeconds.toFixed(0)} s`,
  ]);
  return markdownTable(header, rows);
}

/** A table for each number of dimensions: sections of analogies by methods, per cent right by 3CosAdd. */
function sectionTables(results) {
  const lines = [];
  for (const dimensions of new Set(results.map(({ settings }) => settings.dimensions))) {
    const columns = results.filter(({ settings }) => settings.dimensions === dimensions);
    const rows = columns[0].analogies.map(({ name, asked }, i) => [name, grouped(asked), ...columns.map(({ analogies }) => accuracy([analogies[i]], "3CosAdd"))]);
    const all = ["all", grouped(columns[0].analogies.reduce((sum, { asked }) => sum + asked, 0)), ...columns.map(({ analogies }) => accuracy(analogies, "3CosAdd"))];
    lines.push(...(lines.length > 0 ? [""] : []), ...markdownTable([`${dimensions} dimensions`, "asked", ...columns.map(({ method }) => LABELS[method])], [...rows, all]));
  }
  return lines;
}

/** What another seed changes, where there is more than one. */
function seeds(results) {
  const groups = new Map();
  for (const result of results) {
    const key = `${result.method} ${result.settings.dimensions}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const repeated = [...groups.values()].filter((group) => group.length > 1);
  if (repeated.length === 0) return ["Every model was trained once."];
  const range = (values, digits) => `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
  return repeated.map((group) => {
    const add = group.map(({ analogies }) => 100 * shareRight(analogies));
    const rho = group.map(({ similarities }) => similarities[0].spearman);
    return `${LABELS[group[0].method]}, ${group[0].settings.dimensions} dimensions, ${group.length} seeds: ${range(add, 1)} % right by 3CosAdd, ρ ${range(rho, 3)} with ${SIMILARITIES[group[0].similarities[0].name]}.`;
  });
}

const CONTESTANTS = { native: "Unrolled, native", wasm: "Unrolled, WebAssembly, one thread", gensim: "gensim", fasttext: "fastText" };

/** What bench/vectors.mjs measured, as lines. Ratios are those of a round, so that what slowed the machine down slowed both; medians over the rounds. */
export function speedBlock({ machine, date, loadBefore, busy, settings, words, vocabulary, results }) {
  const rows = [];
  for (const [method, measured] of Object.entries(results)) {
    for (const [id, rounds] of Object.entries(measured)) {
      const speed = (key) => (rounds.length === 0 ? "not installed" : `${grouped(Math.round(median(rounds.map((each) => each[key])) / 1000))} k`);
      const ratio = (key) => median(rounds.flatMap((each, i) => (measured.native?.[i] ? [measured.native[i][key] / each[key]] : [])));
      const ratios = ["wordsPerSecond", "wordsPerProcessorSecond"].map((key) => (id === "native" || Number.isNaN(ratio(key)) ? "" : ratio(key).toFixed(2)));
      rows.push([`${LABELS[method]}: ${CONTESTANTS[id]}`, speed("wordsPerSecond"), speed("wordsPerProcessorSecond"), ...ratios]);
    }
  }
  return [
    `${grouped(words)} words${settings.corpus === "zipf" ? " by Zipf's law" : ""}, ${grouped(vocabulary)} different ones that occur five times; ${settings.dimensions} dimensions, window 5, 5 negatives, passes: ${settings.epochs}, threads: ${settings.threads}. ` +
      `${machine.processor}, ${machine.logicalCores} logical cores; ${date.slice(0, 10)}${busy ? `; other programs were running (load ${loadBefore.toFixed(1)}): read the ratios of processor time` : ""}.`,
    "",
    ...markdownTable(["", "words/s", "per second of processor time", "Unrolled, native: times as fast", "by processor time"], rows),
  ];
}

const PROGRAMS = { native: "Unrolled", gensim: "gensim", fasttext: "fastText" };
const SCORES = { analogies: "3CosAdd, %", "wu-palmer": "ρ, Wu-Palmer", lin: "ρ, Lin" };

/**
 * What bench/vector-quality.mjs measured, as lines: means over the seeds with their standard deviations, then ours less theirs. A difference counts
 * if it is more than twice its standard error.
 */
export function qualityBlock({ part, words, vocabulary, dimensions, epochs, asked, trainings }) {
  const of = (method, id) => trainings.filter((each) => each.method === method && each.id === id);
  const scale = (name) => (name === "analogies" ? 100 : 1);
  const digits = (name) => (name === "analogies" ? 2 : 4);
  const seeds = Math.max(...trainings.map(({ seed }) => seed));
  const rows = [];
  for (const [method, id] of ["skipgram", "cbow"].flatMap((each) => Object.keys(PROGRAMS).map((one) => [each, one]))) {
    const own = of(method, id);
    if (own.length === 0) continue;
    const cells = Object.keys(SCORES).map((name) => {
      const scores = own.map((each) => scale(name) * each.scores[name]);
      const { mean, deviation } = meanAndError(scores);
      return `${mean.toFixed(digits(name))} ± ${deviation.toFixed(digits(name))}${id === "native" ? "" : ` (${difference(of(method, "native").map((each) => scale(name) * each.scores[name]), scores, digits(name))})`}`;
    });
    rows.push([`${PROGRAMS[id]}, ${LABELS[method]}`, String(own.length), ...cells, `${meanAndError(own.map((each) => each.processorSeconds)).mean.toFixed(1)} s`]);
  }
  return [
    `${part === 1 ? "The whole corpus" : `Every ${ordinal(part)} line of the corpus`}: ${grouped(words)} words, ${grouped(vocabulary)} different ones that occur five times; ${dimensions} dimensions, ${epochs} passes, one thread, seeds 1 to ${seeds}. ` +
      `Mean ± standard deviation over the seeds of ${grouped(asked.analogies)} analogies and of the agreement with ${grouped(asked["wu-palmer"])} and ${grouped(asked.lin)} pairs; in brackets ours less theirs, with = where that is within twice its standard error.`,
    "",
    ...markdownTable(["", "seeds", ...Object.values(SCORES), "processor time"], rows),
  ];
}

function difference(ours, theirs, digits) {
  if (ours.length === 0) return "?";
  const [a, b] = [meanAndError(ours), meanAndError(theirs)];
  const by = a.mean - b.mean;
  const equal = Math.min(ours.length, theirs.length) > 1 && Math.abs(by) <= 2 * Math.hypot(a.error, b.error);
  return `${by >= 0 ? "+" : "-"}${Math.abs(by).toFixed(digits)}${equal ? " =" : ""}`;
}

const ordinal = (n) => ({ 2: "second", 3: "third", 4: "fourth", 6: "sixth", 12: "twelfth" })[n] ?? `${n}th`;

/** Of the analogies that were asked. */
export function shareRight(sections, method = "3CosAdd") {
  return sections.reduce((sum, { correct }) => sum + correct[method], 0) / sections.reduce((sum, { asked }) => sum + asked, 0);
}

const accuracy = (sections, method) => (100 * shareRight(sections, method)).toFixed(1);
const share = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
