/** The tables of src/systems/vectors/results.md, from the files that bench/vector-results.mjs leaves. */
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
    const add = group.map(({ analogies }) => percentRight(analogies, "3CosAdd"));
    const rho = group.map(({ similarities }) => similarities[0].spearman);
    return `${LABELS[group[0].method]}, ${group[0].settings.dimensions} dimensions, ${group.length} seeds: ${range(add, 1)} % right by 3CosAdd, ρ ${range(rho, 3)} with ${SIMILARITIES[group[0].similarities[0].name]}.`;
  });
}

function percentRight(sections, method) {
  return (100 * sections.reduce((sum, { correct }) => sum + correct[method], 0)) / sections.reduce((sum, { asked }) => sum + asked, 0);
}

const accuracy = (sections, method) => percentRight(sections, method).toFixed(1);
const share = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
