/** From texts to a corpus of word numbers and its vocabulary, reading the texts once. */
import { DataError } from "./errors.js";
import { joinPhrases, type CountedWords, type PhraseOptions } from "./phrases.js";
import type { TextDocument } from "./text-stream.js";
import { MemoryTokenSink, SENTENCE_END, TokenWriter, type TokenCorpus, type TokenSink } from "./token-corpus.js";
import { createTokeniser, type Tokeniser } from "./tokeniser.js";
import { WordVocabulary } from "./word-vocabulary.js";

/** A corpus on the way is discarded when the next is made from it. */
export type SinkPurpose = "intermediate" | "final";

export interface WordCorpusOptions {
  /** @default createTokeniser(): words of any script, small letters, sentences */
  readonly tokenise?: Tokeniser;
  /** Rarer words are left out, as if they were not in the text. @default 5 */
  readonly minimumCount?: number;
  /** At most this many words, the most frequent. @default all */
  readonly maximumSize?: number;
  /** @default no phrases */
  readonly phrases?: PhraseOptions;
  /** Where corpora are kept while they are made and at the end. @default memory */
  readonly createSink?: (purpose: SinkPurpose) => TokenSink;
  /** Different words held while counting; when there are more, the rare ones are forgotten and counted from 0 again. @default 8 million */
  readonly maximumTypes?: number;
  /** Told from time to time how far it is. */
  readonly onProgress?: (progress: WordCorpusProgress) => void;
}

export interface WordCorpusProgress {
  readonly stage: "reading" | "phrases" | "encoding";
  /** Read so far. */
  readonly documents: number;
  readonly words: number;
  /** Different words. */
  readonly types: number;
}

export interface WordCorpus {
  readonly vocabulary: WordVocabulary;
  readonly corpus: TokenCorpus;
  readonly documents: number;
  /** All words of the texts, rare ones too; phrases count as the words that they were. */
  readonly words: number;
  /** Different words of the texts. */
  readonly types: number;
}

/**
 * Reads every document once, sentence by sentence; documents and sentences are boundaries in the corpus. Nothing needs to fit
 * into memory but the different words.
 *
 * @throws DataError if there are no words, or none is frequent enough
 */
export async function buildWordCorpus(
  documents: Iterable<TextDocument> | AsyncIterable<TextDocument>,
  options: WordCorpusOptions = {},
): Promise<WordCorpus> {
  const { createSink = () => new MemoryTokenSink(), phrases, onProgress = () => undefined } = options;
  const sinks: TokenSink[] = [];
  const nextSink = (purpose: SinkPurpose): TokenSink => {
    const sink = createSink(purpose);
    sinks.push(sink);
    return sink;
  };
  try {
    const { progress, ...read } = await readWords(documents, nextSink("intermediate"), options);
    let [corpus, table] = [read.corpus, read.table];
    for (const threshold of phrases?.thresholds ?? []) {
      onProgress({ stage: "phrases", ...progress });
      const joined = joinPhrases(corpus, table, nextSink("intermediate"), threshold, phrases);
      sinks.shift()!.discard();
      [corpus, table] = [joined.corpus, joined.table];
    }
    onProgress({ stage: "encoding", ...progress });
    const { vocabulary, newIds } = rank(table, options);
    corpus = renumber(corpus, newIds, nextSink("final"));
    sinks.shift()!.discard();
    return { vocabulary, corpus, ...progress };
  } catch (error) {
    for (const sink of sinks) sink.discard();
    throw error;
  }
}

/** Words numbered as they come. */
async function readWords(
  documents: Iterable<TextDocument> | AsyncIterable<TextDocument>,
  sink: TokenSink,
  { tokenise = createTokeniser(), maximumTypes = 8e6, onProgress = () => undefined }: WordCorpusOptions,
) {
  const writer = new TokenWriter(sink);
  const ids = new Map<string, number>();
  const words: string[] = [];
  const counts: number[] = [];
  const progress = { documents: 0, words: 0, types: 0 };
  let forgotten = 0;
  for await (const { pieces } of documents) {
    progress.documents++;
    for await (const piece of pieces) {
      for (const sentence of tokenise(piece)) {
        for (const word of sentence) {
          let id = ids.get(word);
          if (id === undefined) {
            id = words.length;
            ids.set(word, id);
            words.push(word);
            counts.push(0);
          }
          counts[id]!++;
          writer.add(id);
        }
        progress.words += sentence.length;
        if (sentence.length > 0) writer.add(SENTENCE_END);
      }
      while (ids.size > maximumTypes) {
        forgotten++;
        for (const [word, id] of ids) if (counts[id]! <= forgotten) ids.delete(word);
      }
      progress.types = words.length;
      onProgress({ stage: "reading", ...progress });
    }
  }
  if (progress.words === 0) throw new DataError("There are no words in the text.");
  return { corpus: writer.finish(), table: { words, counts } as CountedWords, progress };
}

/** The vocabulary, and the number of each word in it, -2 for words that are not. */
function rank({ words, counts }: CountedWords, { minimumCount = 5, maximumSize = Infinity }: WordCorpusOptions) {
  const frequent: number[] = [];
  let most = 0;
  for (let id = 0; id < words.length; id++) {
    if (counts[id]! > counts[most]!) most = id;
    if (counts[id]! >= Math.max(1, minimumCount)) frequent.push(id);
  }
  if (frequent.length === 0) {
    throw new DataError(
      `No words left: none of ${words.length} different words occurs at least ${minimumCount} times (--min-count). ` +
        `The most frequent, ${JSON.stringify(words[most])}, occurs ${counts[most] === 1 ? "once" : `${counts[most]} times`}.`,
    );
  }
  frequent.sort((a, b) => counts[b]! - counts[a]! || (words[a]! < words[b]! ? -1 : 1));
  const kept = frequent.slice(0, maximumSize);
  const newIds = new Int32Array(words.length).fill(-2);
  for (const [rank, id] of kept.entries()) newIds[id] = rank;
  const vocabulary = new WordVocabulary(kept.map((id) => words[id]!), kept.map((id) => counts[id]!));
  return { vocabulary, newIds };
}

/** The corpus without the words that have no new number; sentences that were left empty are left out. */
function renumber(corpus: TokenCorpus, newIds: Int32Array, sink: TokenSink): TokenCorpus {
  const writer = new TokenWriter(sink);
  let inSentence = false;
  for (const chunk of corpus.chunks({ length: 1 << 16 })) {
    for (const entry of chunk) {
      const id = entry === SENTENCE_END ? entry : newIds[entry]!;
      if (id === -2 || (id === SENTENCE_END && !inSentence)) continue;
      writer.add(id);
      inSentence = id !== SENTENCE_END;
    }
  }
  return writer.finish();
}
