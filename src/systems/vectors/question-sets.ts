/**
 * Questions for word vectors, made from lists of words: for corpora whose language is too special, or too small, for the published sets,
 * which no package carries. Everything is decided by counts and spelling, so that the same lists give the same questions.
 */
import type { AnalogySection, SimilarityPair } from "./questions.js";

/** Words and how often they occur where the vectors come from. */
export type WordCounts = ReadonlyMap<string, number>;

export interface PairOptions {
  readonly counts: WordCounts;
  /** Both words of a pair occur at least so often. @default 10 */
  readonly minimumCount?: number;
  /** At most so many pairs, those whose rarer word is most frequent. @default 50 */
  readonly pairs?: number;
}

const MINIMUM_COUNT = 10;

type Pair = readonly [string, string];

/**
 * A section of all questions "a is to b as c is to d" that pairs of words make, in both orders of two pairs. Pairs with a rare word, with two
 * equal words, or with a word that another pair has already are left out.
 */
export function analogySection(name: string, candidates: Iterable<Pair>, { counts, minimumCount = MINIMUM_COUNT, pairs = 50 }: PairOptions): AnalogySection {
  const count = (word: string) => counts.get(word) ?? 0;
  const rarer = ([a, b]: Pair) => Math.min(count(a), count(b));
  const frequent = [...candidates].filter((pair) => pair[0] !== pair[1] && rarer(pair) >= minimumCount);
  frequent.sort((x, y) => rarer(y) - rarer(x) || (x.join(" ") < y.join(" ") ? -1 : 1));
  const used = new Set<string>();
  const kept: Pair[] = [];
  for (const pair of frequent) {
    if (kept.length === pairs || pair.some((word) => used.has(word))) continue;
    kept.push(pair);
    for (const word of pair) used.add(word);
  }
  return { name, questions: kept.flatMap(([a, b], i) => kept.flatMap(([c, d], j) => (i === j ? [] : [[a, b, c, d] as const]))) };
}

/** Words of each part of speech, small letters. */
export interface PartsOfSpeech {
  readonly nouns: ReadonlySet<string>;
  readonly verbs: ReadonlySet<string>;
  readonly adjectives: ReadonlySet<string>;
  readonly adverbs: ReadonlySet<string>;
}

const VOWEL = /[aeiou]/;
const DOUBLES = /^[^aeiou]*[aeiou][bdfgklmnprtvz]$/;

/** "big" to "bigg", "nice" to "nic", "happy" to "happi": what -er, -est and -ed follow. */
function stemBefore(word: string, vowel: "e" | "i"): string {
  if (word.endsWith("e") && !/[eoy]e$/.test(word)) return word.slice(0, -1);
  if (vowel === "e" && /[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}i`;
  return DOUBLES.test(word) ? word + word.at(-1)! : word;
}

export function plural(noun: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

export const comparative = (adjective: string): string => `${stemBefore(adjective, "e")}er`;
export const superlative = (adjective: string): string => `${stemBefore(adjective, "e")}est`;
export const pastTense = (verb: string): string => (verb.endsWith("e") ? `${verb}d` : `${stemBefore(verb, "e")}ed`);
export const presentParticiple = (verb: string): string => `${stemBefore(verb, "i")}ing`;

export function adverb(adjective: string): string {
  if (/[^aeiou]le$/.test(adjective)) return `${adjective.slice(0, -1)}y`;
  if (adjective.endsWith("ic")) return `${adjective}ally`;
  return /[^aeiou]y$/.test(adjective) ? `${adjective.slice(0, -1)}ily` : `${adjective}ly`;
}

/**
 * Sections on word forms. A form by rule counts only if the part of speech fits: "wid, wider" is none because "wid" is no adjective,
 * "numb, number" none because "number" is a noun of its own. Adjectives that are compared have both forms in the text, which "inn, inner" has not;
 * that the forms are adjectives says nothing, for dictionaries have "larger" and "lower" too.
 */
export function grammarSections(
  { nouns, verbs, adjectives, adverbs }: PartsOfSpeech,
  irregular: { readonly plurals: Iterable<Pair>; readonly pasts: Iterable<Pair> },
  options: PairOptions,
): AnalogySection[] {
  const isLemma = (word: string) => nouns.has(word) || verbs.has(word) || adjectives.has(word);
  const long = (words: ReadonlySet<string>, least = 3) => [...words].filter((word) => word.length >= least && VOWEL.test(word));
  const { counts, minimumCount = MINIMUM_COUNT } = options;
  const isForm = (form: string) => !nouns.has(form) && !verbs.has(form) && (counts.get(form) ?? 0) >= minimumCount;
  const graded = long(adjectives).filter((word) => isForm(comparative(word)) && isForm(superlative(word)));
  const only = (words: ReadonlySet<string>, ...others: ReadonlySet<string>[]) => long(words).filter((word) => !others.some((other) => other.has(word)));
  const section = (name: string, candidates: Iterable<Pair>) => analogySection(name, candidates, options);
  return [
    section("adjective-adverb", long(adjectives).map((word) => [word, adverb(word)] as const).filter(([, form]) => adverbs.has(form))),
    section("opposite", long(adjectives).map((word) => [word, `un${word}`] as const).filter(([, form]) => adjectives.has(form))),
    section("comparative", graded.map((word) => [word, comparative(word)])),
    section("superlative", graded.map((word) => [word, superlative(word)])),
    section("present-participle", only(verbs, nouns, adjectives).map((word) => [word, presentParticiple(word)])),
    section("past-tense", only(verbs, nouns, adjectives).map((word) => [word, pastTense(word)])),
    // Lists of irregular forms have "controlled" and "heroes" too.
    section("irregular-past", [...irregular.pasts].filter(([base, form]) => verbs.has(base) && !(form.startsWith(base) && form.endsWith("ed")))),
    section("plural", only(nouns, verbs, adjectives).map((word) => [word, plural(word)] as const).filter(([, form]) => !isLemma(form))),
    section("irregular-plural", [...irregular.plurals].filter(([base, form]) => nouns.has(base) && form !== plural(base) && form !== `${base}es` && !isLemma(form))),
  ];
}

/** A country as far as questions are made of it; in small letters, single words only. */
export interface Country {
  readonly name: string;
  readonly capital: string | undefined;
  readonly demonym: string | undefined;
}

/** Sections on capitals and demonyms. */
export function countrySections(countries: readonly Country[], options: PairOptions): AnalogySection[] {
  const pairs = (of: (country: Country) => string | undefined, turned = false) =>
    countries.flatMap((country): Pair[] => {
      const other = of(country);
      if (other === undefined || !isWord(other) || !isWord(country.name)) return [];
      return [turned ? [other, country.name] : [country.name, other]];
    });
  return [
    analogySection("capital-country", pairs(({ capital }) => capital, true), options),
    analogySection("country-demonym", pairs(({ demonym }) => demonym), options),
  ];
}

function isWord(text: string): boolean {
  return /^\p{L}+$/u.test(text);
}

/**
 * Pairs of frequent nouns, scored by a measure of similarity: half of them as they come, half chosen so that all scores occur, for of pairs
 * drawn at random hardly any is similar.
 *
 * @param draw whole numbers below a limit, uniform
 */
export function similarityPairs(
  nouns: readonly string[],
  similarity: (a: string, b: string) => number,
  { pairs = 1000, draw }: { readonly pairs?: number; readonly draw: (limit: number) => number },
): SimilarityPair[] {
  const bins = 10;
  const perBin = Math.ceil(pairs / 2 / bins);
  const filled = new Array<number>(bins).fill(0);
  const seen = new Set<string>();
  const found: SimilarityPair[] = [];
  let asTheyCome = 0;
  for (let tries = 0; tries < 60 * pairs && found.length < pairs && nouns.length > 1; tries++) {
    const [i, j] = [draw(nouns.length), draw(nouns.length)];
    const [a, b] = [nouns[Math.min(i, j)]!, nouns[Math.max(i, j)]!];
    if (i === j || seen.has(`${a} ${b}`)) continue;
    const score = similarity(a, b);
    const bin = Math.min(bins - 1, Math.floor(score * bins));
    if (asTheyCome < pairs / 2) asTheyCome++;
    else if (filled[bin]! < perBin) filled[bin]!++;
    else continue;
    seen.add(`${a} ${b}`);
    found.push({ a, b, score: Number(score.toFixed(4)) });
  }
  return found;
}
