/** Texts of made-up words: as much like text as an experiment needs, from a seed. */
import type { Document } from "../../data/index.js";
import type { RandomStream } from "../../tensor/index.js";

const CONSONANTS = [..."bdfgklmnprstvz"];
const VOWELS = [..."aeiou"];

/** Different words of two or three syllables: "zuka", "tonire". @param avoid words that came before; new ones are added */
export function madeUpWords(random: RandomStream, count: number, avoid: Set<string> = new Set()): string[] {
  const pick = (letters: readonly string[]) => letters[random.integer(letters.length)]!;
  const words: string[] = [];
  while (words.length < count) {
    const word = Array.from({ length: 2 + random.integer(2) }, () => pick(CONSONANTS) + pick(VOWELS)).join("");
    if (avoid.has(word)) continue;
    avoid.add(word);
    words.push(word);
  }
  return words;
}

export interface MadeUpTextOptions {
  readonly documents: number;
  /** In each document. */
  readonly words: number;
  /** Words that all documents have; the n-th is as frequent as 1 / (n + 2). */
  readonly common: number;
  /** Words that only one document has. @default 0 */
  readonly own?: number;
  /** How much of a document its own words are. @default 0.4 */
  readonly ownShare?: number;
}

/** Documents of sentences of 6 to 12 words, drawn one by one. */
export function madeUpText(random: RandomStream, { documents, words, common, own = 0, ownShare = 0.4 }: MadeUpTextOptions): Document[] {
  const used = new Set<string>();
  const shared = madeUpWords(random, common, used);
  const weights = shared.map((_, rank) => 1 / (rank + 2));
  const total = weights.reduce((sum, each) => sum + each, 0);
  const frequent = () => {
    let left = random.next() * total;
    return shared[Math.max(0, weights.findIndex((weight) => (left -= weight) < 0))]!;
  };
  return Array.from({ length: documents }, (_, i) => {
    const special = madeUpWords(random, own, used);
    const sentences: string[] = [];
    for (let written = 0; written < words; ) {
      const length = Math.min(words - written, 6 + random.integer(7));
      const sentence = Array.from({ length }, () => (own > 0 && random.next() < ownShare ? special[random.integer(own)]! : frequent()));
      sentences.push(`${sentence.join(" ")}.`);
      written += length;
    }
    return { name: `document ${i + 1}`, content: `${sentences.join(" ")}\n` };
  });
}
