/** What the numbers mean: characters, bytes or words as token ids, and back. */
import type { Document } from "./documents.js";
import { DataError } from "./errors.js";
import { eachWord } from "./words.js";

export type VocabularyKind = "characters" | "bytes" | "words";
export const VOCABULARY_KINDS: readonly VocabularyKind[] = ["characters", "bytes", "words"];

/** A vocabulary as it lies in a run folder. */
export interface VocabularyJson {
  readonly kind: VocabularyKind;
  /** Token `i + 2` of characters and words; absent for bytes. */
  readonly tokens?: readonly string[];
}

/**
 * Text as numbers. Token 0 marks the edge of a document: a model reads it first and predicts it last. Token 1 stands for
 * whatever the vocabulary does not have (bytes have everything, and no such token).
 */
export interface Vocabulary {
  readonly kind: VocabularyKind;
  /** What one token is called: "character", "byte" or "word". */
  readonly unit: string;
  readonly size: number;
  readonly end: 0;
  readonly unknown: 1 | undefined;
  encode(content: string | Uint8Array): Uint32Array;
  /** How a token is written: the bytes it adds to a text. */
  bytes(token: number): Uint8Array;
  /** A token for people: "e", "\n", "<end>". */
  label(token: number): string;
  toJSON(): VocabularyJson;
}

/** The edge of a document, in every vocabulary. */
export const END = 0;
const UNKNOWN = 1;
const NO_BYTES = new Uint8Array(0);
const utf8 = new TextEncoder();

export interface VocabularyOptions {
  /** Rarer tokens become <unk>. @default 1 for characters, 2 for words */
  minimumCount?: number;
  /** At most this many tokens, the most frequent ones. @default 10000 for words, all characters */
  maximumSize?: number;
}

/** The vocabulary of some documents. */
export function buildVocabulary(kind: VocabularyKind, documents: readonly Document[], options: VocabularyOptions = {}): Vocabulary {
  if (kind === "bytes") return new ByteVocabulary();
  const { minimumCount = kind === "words" ? 2 : 1, maximumSize = kind === "words" ? 10_000 : Infinity } = options;
  const counts = new Map<string, number>();
  const split = splitters[kind];
  for (const { content, name } of documents) {
    for (const token of split(asText(content, name))) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const tokens = [...counts]
    .filter(([, count]) => count >= minimumCount)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, maximumSize)
    .map(([token]) => token);
  if (tokens.length === 0) {
    throw new DataError(`No ${kind} left: none occurs at least ${minimumCount} times in the training text (--minimum-count).`);
  }
  return new TableVocabulary(kind, tokens);
}

export function vocabularyFromJSON(json: VocabularyJson): Vocabulary {
  if (json.kind === "bytes") return new ByteVocabulary();
  if (!VOCABULARY_KINDS.includes(json.kind) || !Array.isArray(json.tokens)) {
    throw new DataError(`vocabulary.json: expected kind ${VOCABULARY_KINDS.join(", ")} with its tokens, got kind ${json.kind}.`);
  }
  return new TableVocabulary(json.kind, json.tokens);
}

const splitters: Record<"characters" | "words", (text: string) => Iterable<string>> = {
  characters: (text) => text, // a string iterates over its code points
  words: eachWord,
};

/** Characters (Unicode code points) or words, in a table. */
class TableVocabulary implements Vocabulary {
  readonly end = END;
  readonly unknown = UNKNOWN;
  readonly unit: string;
  readonly #tokens: readonly string[];
  readonly #ids: Map<string, number>;

  constructor(readonly kind: "characters" | "words", tokens: readonly string[]) {
    this.unit = kind === "characters" ? "character" : "word";
    this.#tokens = tokens;
    this.#ids = new Map(tokens.map((token, i) => [token, i + 2]));
  }

  get size(): number {
    return this.#tokens.length + 2;
  }

  encode(content: string | Uint8Array): Uint32Array {
    const text = asText(content, "content");
    const ids = new Uint32Array(text.length);
    let count = 0;
    for (const token of splitters[this.kind](text)) ids[count++] = this.#ids.get(token) ?? UNKNOWN;
    return ids.subarray(0, count);
  }

  bytes(token: number): Uint8Array {
    if (token === END) return NO_BYTES;
    return utf8.encode(token === UNKNOWN ? "\uFFFD" : this.#tokens[token - 2]);
  }

  label(token: number): string {
    return token === END ? "<end>" : token === UNKNOWN ? "<unk>" : JSON.stringify(this.#tokens[token - 2]).slice(1, -1);
  }

  toJSON(): VocabularyJson {
    return { kind: this.kind, tokens: this.#tokens };
  }
}

/** The 256 bytes: token b + 1 is byte b. */
class ByteVocabulary implements Vocabulary {
  readonly kind = "bytes";
  readonly unit = "byte";
  readonly size = 257;
  readonly end = END;
  readonly unknown = undefined;

  encode(content: string | Uint8Array): Uint32Array {
    const bytes = typeof content === "string" ? utf8.encode(content) : content;
    return Uint32Array.from(bytes, (byte) => byte + 1);
  }

  bytes(token: number): Uint8Array {
    return token === END ? NO_BYTES : Uint8Array.of(token - 1);
  }

  label(token: number): string {
    if (token === END) return "<end>";
    const byte = token - 1;
    return byte > 32 && byte < 127 ? String.fromCharCode(byte) : `0x${byte.toString(16).padStart(2, "0")}`;
  }

  toJSON(): VocabularyJson {
    return { kind: this.kind };
  }
}

function asText(content: string | Uint8Array, name: string): string {
  if (typeof content === "string") return content;
  throw new DataError(`${name}: a vocabulary of characters or words needs text, got bytes.`);
}
