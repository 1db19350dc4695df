/** Corpora whose structure is known, for experiments with word vectors. */
import { MemoryTokenCorpus, SENTENCE_END, WordVocabulary, type TokenCorpus } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { evaluateAnalogies } from "./evaluate.js";
import type { AnalogySection } from "./questions.js";
import { WordVectors } from "./word-vectors.js";

export interface PlantedCorpus {
  readonly vocabulary: WordVocabulary;
  readonly corpus: TokenCorpus;
  readonly entries: Int32Array;
}

/** Parts sentences while a text is made. */
const END = "";

const ROLES = 8;
const ATTRIBUTES = 6;
const FUNCTION_WORDS = 20;
const roleWord = (role: number, attribute: number) => `role${role}-attribute${attribute}`;

/** The 48 words of `roleCorpus` that questions are about. */
export const ROLE_WORDS: readonly string[] = Array.from({ length: ROLES * ATTRIBUTES }, (_, i) => roleWord(Math.floor(i / ATTRIBUTES), i % ATTRIBUTES));

/**
 * 8 roles times 6 attributes are 48 words; each occurrence stands among 3 of its role's 4 context words and 3 of its attribute's 4, in random order. Before every other word there is a function word, of 20 by Zipf's law. There are no ends of sentences: windows reach into the next
 * occurrence, which is of any role, so that words that do not belong together meet now and then, as in any text.
 */
export function roleCorpus(seed: number, tokens = 200_000): PlantedCorpus {
  const random = new RandomStream(seed).fork("roles");
  const text: string[] = [];
  const three = (name: string) => [...random.permutation(4)].slice(0, 3).map((i) => `${name}-context${i}`);
  while (text.length < tokens) {
    const [role, attribute] = [random.integer(ROLES), random.integer(ATTRIBUTES)];
    const contexts = [...three(`role${role}`), ...three(`attribute${attribute}`)];
    const order = [...random.permutation(contexts.length)].map((i) => contexts[i]!);
    for (const word of [...order.slice(0, 3), roleWord(role, attribute), ...order.slice(3)]) {
      // Zipf's law by the inverse of a logarithm.
      if (random.next() < 0.5) text.push(`function${Math.floor(Math.exp(random.next() * Math.log(FUNCTION_WORDS)))}`);
      text.push(word);
    }
  }
  return corpusOf(text);
}

/** A role's word is to another role's, attribute for attribute: all 1,680 questions. */
function roleQuestions(): AnalogySection[] {
  const ids = Array.from(ROLE_WORDS, (_, i) => [Math.floor(i / ATTRIBUTES), i % ATTRIBUTES] as const);
  const questions = ids.flatMap(([r, a]) =>
    ids.filter(([s, b]) => s !== r && b !== a).map(([s, b]) => [roleWord(r, a), roleWord(r, b), roleWord(s, a), roleWord(s, b)] as const),
  );
  return [{ name: "roles and attributes", questions }];
}

/** The share of the questions about roles and attributes that their 48 words answer, by 3CosAdd. */
export function roleAnalogies(vectors: WordVectors): number {
  const candidates = new WordVectors(ROLE_WORDS, Float32Array.from(ROLE_WORDS.flatMap((word) => [...vectors.vector(word)])));
  const [result] = evaluateAnalogies(candidates, roleQuestions());
  return result!.correct["3CosAdd"] / result!.asked;
}

/** How often words stand near a topic, of 100 words: the probabilities of the GloVe paper's table 1 in spirit, all large enough to count. */
const TOPICS = {
  ice: { solid: 16, water: 16, gas: 2, fashion: 4 },
  steam: { solid: 2, water: 16, gas: 16, fashion: 4 },
} as const;
/** Neutral words, of which sentences have more. */
const NEUTRAL = 12;

/** Sentences of ten words around "ice" or "steam": "solid" is mostly near the one, "gas" near the other, "water" near both, "fashion" near neither. */
export function topicCorpus(seed: number, tokens = 200_000): PlantedCorpus {
  const random = new RandomStream(seed).fork("topics");
  const names = ["ice", "steam"] as const;
  const text: string[] = [];
  while (text.length < tokens) {
    const topic = names[random.integer(names.length)]!;
    const sentence = Array.from({ length: 9 }, () => {
      let place = 100 * random.next();
      for (const [word, share] of Object.entries(TOPICS[topic])) if ((place -= share) < 0) return word;
      return `neutral${random.integer(NEUTRAL)}`;
    });
    sentence.splice(random.integer(sentence.length + 1), 0, topic);
    text.push(...sentence, END);
  }
  return corpusOf(text);
}

function corpusOf(text: readonly string[]): PlantedCorpus {
  const counts = new Map<string, number>();
  for (const word of text) if (word !== END) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const vocabulary = new WordVocabulary(sorted.map(([word]) => word), sorted.map(([, count]) => count));
  const entries = Int32Array.from(text, (word) => (word === END ? SENTENCE_END : vocabulary.idOf(word)!));
  return { vocabulary, entries, corpus: new MemoryTokenCorpus(entries) };
}
