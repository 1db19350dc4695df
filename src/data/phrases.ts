/** Phrases: pairs of words that stand together more often than chance has it become one word, "new_york" (Mikolov et al. 2013). */
import { PairTable } from "./pair-table.js";
import { SENTENCE_END, TokenWriter, type TokenCorpus, type TokenSink } from "./token-corpus.js";

export interface PhraseOptions {
  /**
   * The score above which a pair becomes a phrase, for each pass over the corpus; later passes make longer phrases from those of
   * earlier ones. word2vec's demonstration has [200, 100].
   */
  readonly thresholds: readonly number[];
  /** δ: taken from every pair's count, against pairs of rare words. @default 5 */
  readonly discount?: number;
  /** Rarer words form no phrases. @default 5 */
  readonly minimumCount?: number;
  /** What stands between the words of a phrase. @default "_" */
  readonly joiner?: string;
  /** Memory for counting pairs; when it is full, rare pairs are forgotten. @default 512 MiB */
  readonly memory?: number;
}

/** Numbered words with their counts, in any order. */
export interface CountedWords {
  readonly words: readonly string[];
  readonly counts: ArrayLike<number>;
}

/** score(a, b) = (count(ab) − δ) / (count(a) count(b)) · total: 1 and below where a and b do not attract each other. */
export function phraseScore(together: number, a: number, b: number, total: number, discount: number): number {
  return ((together - discount) / a / b) * total;
}

/**
 * One pass: writes the corpus anew with the pairs that score above `threshold` as single words, numbered after those that there were. From
 * left to right, a word joins at most one phrase.
 */
export function joinPhrases(
  corpus: TokenCorpus,
  { words, counts }: CountedWords,
  sink: TokenSink,
  threshold: number,
  options: Omit<PhraseOptions, "thresholds"> = {},
): { corpus: TokenCorpus; table: CountedWords } {
  const { discount = 5, minimumCount = 5, joiner = "_", memory = 512 * 2 ** 20 } = options;
  const pairs = countPairs(corpus, counts, minimumCount, memory);
  const joinedWords = [...words];
  const joinedCounts = Array.from(counts);
  const phrases = new Map<string, number>();
  const writer = new TokenWriter(sink);

  const phraseOf = (a: number, b: number): number => {
    const name = words[a]! + joiner + words[b]!;
    let id = phrases.get(name);
    if (id === undefined) {
      id = joinedWords.length;
      phrases.set(name, id);
      joinedWords.push(name);
      joinedCounts.push(0);
    }
    joinedCounts[a]!--;
    joinedCounts[b]!--;
    joinedCounts[id]!++;
    return id;
  };

  let held = SENTENCE_END; // the word before, not written yet
  for (const chunk of corpus.chunks({ length: 1 << 16 })) {
    for (const entry of chunk) {
      const together = held === SENTENCE_END || entry === SENTENCE_END ? 0 : pairs.get(held, entry);
      if (together > 0 && phraseScore(together, counts[held]!, counts[entry]!, corpus.tokens, discount) > threshold) {
        writer.add(phraseOf(held, entry));
        held = SENTENCE_END;
        continue;
      }
      if (held !== SENTENCE_END) writer.add(held);
      if (entry === SENTENCE_END) writer.add(entry);
      held = entry;
    }
  }
  if (held !== SENTENCE_END) writer.add(held);
  return { corpus: writer.finish(), table: { words: joinedWords, counts: joinedCounts } };
}

/** How often each pair of frequent words stands side by side. */
function countPairs(corpus: TokenCorpus, counts: ArrayLike<number>, minimumCount: number, memory: number): PairTable {
  const pairs = new PairTable(memory);
  let forgotten = 1;
  let before = SENTENCE_END;
  for (const chunk of corpus.chunks({ length: 1 << 16 })) {
    for (const entry of chunk) {
      const frequent = entry !== SENTENCE_END && counts[entry]! >= minimumCount;
      if (frequent && before !== SENTENCE_END) {
        pairs.add(before, entry, 1);
        if (pairs.isFull) pairs.prune(++forgotten);
      }
      before = frequent ? entry : SENTENCE_END;
    }
  }
  return pairs;
}
