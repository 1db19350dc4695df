/**
 * Text to sentences of words, for word vectors.
 *
 * A word is a run of letters, marks, digits and underscores in any script; an apostrophe inside one belongs to it ("don't"), as do
 * points and commas between digits ("3.14", "1,000"). Hyphens part words, punctuation is left out. Scripts that do not put spaces
 * between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are divided by the dictionary of `Intl.Segmenter`; it sees
 * nothing else, because it takes about a hundred times as long as a table of character classes.
 */

/** Divides a stretch of text into sentences of words. Anything may stand in for the default. */
export type Tokeniser = (text: string) => Iterable<readonly string[]>;

export const BOUNDARIES = ["sentences", "lines", "paragraphs", "documents"] as const;
/** What windows do not cross, besides the ends of documents. */
export type Boundaries = (typeof BOUNDARIES)[number];

export interface TokeniserOptions {
  /** Makes "The" and "the" one word. @default true */
  readonly lowercase?: boolean;
  /**
   * "sentences" end at a full stop, question or exclamation mark, and at an empty line: good for text as people write it, also when
   * its lines are broken at some width; of a text that has lines and hardly any such marks, each line is a sentence. "lines" is what
   * word2vec, GloVe and fastText expect: a sentence or document on each line, whatever is in it.
   * @default "sentences"
   */
  readonly boundaries?: Boundaries;
  /** Of the dictionary for scripts without spaces. @default the system's */
  readonly locale?: string;
}

/** Classes of UTF-16 units. */
const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
/** Belongs to a word only between two of its letters. */
const APOSTROPHE = 3;
/** Between digits it belongs to a number, elsewhere it may end a sentence. */
const STOP = 4;
const COMMA = 5;
const NEWLINE = 6;
/** Letters of scripts without spaces between words. */
const UNSPACED = 7;
const SURROGATE = 8;
/** Ends a sentence wherever it stands. */
const FINAL = 9;

const UNSPACED_SCRIPTS = "\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}々〆ー";
const IS_UNSPACED = new RegExp(`[${UNSPACED_SCRIPTS}]`, "u");
const IS_LETTER = /[\p{L}\p{M}_\u200c\u200d]/u;
const IS_DIGIT = /\p{N}/u;
const IS_LOWER = /\p{Ll}/u;
/** Closing marks may stand between a full stop and the space after it, opening ones between the space and the next word. */
const SENTENCE_START = /[)\]}"'”’»]*(?:\s+["'“‘«([{¿¡]*([^\s]?)|$)/uy;
/** "Mr. Darcy" is one sentence. */
const TITLES = new Set("mr mrs ms dr st prof rev gen col capt lt hon sr jr vs etc cf".split(" "));
/** Far fewer than would make `Intl.Segmenter`, whose time grows faster than the text, slow. */
const LONGEST_SEGMENTED = 1000;

/** Characters of the basic plane by class; 64 KiB, made when first needed. */
let classes: Uint8Array | undefined;

function characterClasses(): Uint8Array {
  if (classes !== undefined) return classes;
  const table = new Uint8Array(0x10000);
  for (let unit = 0; unit < table.length; unit++) table[unit] = classOf(String.fromCharCode(unit));
  for (let unit = 0xd800; unit < 0xe000; unit++) table[unit] = SURROGATE;
  const set = (characters: string, value: number) => {
    for (const character of characters) table[character.charCodeAt(0)] = value;
  };
  set("'’", APOSTROPHE);
  set(".", STOP);
  set(",", COMMA);
  set("\n", NEWLINE);
  set("!?…。！？｡", FINAL);
  return (classes = table);
}

function classOf(character: string): number {
  if (IS_UNSPACED.test(character)) return UNSPACED;
  if (IS_LETTER.test(character)) return LETTER;
  return IS_DIGIT.test(character) ? DIGIT : OTHER;
}

/**
 * @example
 * [...createTokeniser()("Call me Ishmael. Some years ago")] // [["call", "me", "ishmael"], ["some", "years", "ago"]]
 */
export function createTokeniser(options: TokeniserOptions = {}): Tokeniser {
  const { lowercase = true, boundaries = "sentences", locale } = options;
  const segment = wordSegmenter(locale);
  return (text) => {
    const prepared = prepare(text);
    return tokenise(prepared, lowercase, boundaries === "sentences" && isUnpunctuated(prepared) ? "lines" : boundaries, segment);
  };
}

/** Whether lines take the place of punctuation, as in corpora made for other programs: fewer than one mark in fifty lines. */
function isUnpunctuated(text: string): boolean {
  let [marks, lines] = [0, 0];
  for (const [mark] of text.matchAll(/[.!?。！？](?=\s)|\n/g)) {
    if (mark === "\n") lines++;
    else marks++;
  }
  return lines > 1 && marks * 50 < lines;
}

/** One form for each character, one apostrophe, one line end. */
function prepare(text: string): string {
  let prepared = text.normalize("NFC");
  if (prepared.includes("’")) prepared = prepared.replaceAll("’", "'");
  if (prepared.includes("\r")) prepared = prepared.replace(/\r\n?/g, "\n");
  if (prepared.includes("\u00ad")) prepared = prepared.replaceAll("\u00ad", ""); // soft hyphens
  return prepared;
}

function* tokenise(text: string, lowercase: boolean, boundaries: Boundaries, segment: Segment): Generator<readonly string[]> {
  const table = characterClasses();
  const lowered = lowercase ? text.toLowerCase() : text;
  // A few capitals become longer when made small ("İ"): then word by word.
  const wordAt = lowered.length === text.length
    ? (from: number, to: number) => lowered.slice(from, to)
    : (from: number, to: number) => text.slice(from, to).toLowerCase();
  const { length } = text;
  let sentence: string[] = [];
  let at = 0;
  while (at < length) {
    const kind = table[text.charCodeAt(at)]!;
    let ends = false;
    if (kind === LETTER || kind === DIGIT || (kind === SURROGATE && astralClass(text, at) === LETTER)) {
      const from = at;
      at = wordEnd(text, at, table);
      sentence.push(wordAt(from, at));
      continue;
    }
    if (kind === UNSPACED || (kind === SURROGATE && astralClass(text, at) === UNSPACED)) {
      const from = at;
      while (at < length && at - from < LONGEST_SEGMENTED && isUnspaced(text, at, table)) at += table[text.charCodeAt(at)] === SURROGATE ? 2 : 1;
      for (const word of segment(wordAt(from, at))) sentence.push(word);
      continue;
    }
    if (kind === NEWLINE) ends = boundaries === "lines" || (boundaries !== "documents" && isBlankLine(text, at + 1));
    else if (boundaries === "sentences") ends = kind === FINAL || (kind === STOP && endsSentence(text, at, sentence.at(-1)));
    at++;
    if (ends && sentence.length > 0) {
      yield sentence;
      sentence = [];
    }
  }
  if (sentence.length > 0) yield sentence;
}

/** The end of the word that begins at `from`. */
function wordEnd(text: string, from: number, table: Uint8Array): number {
  let at = from;
  for (;;) {
    const kind = table[text.charCodeAt(at)];
    if (kind === LETTER || kind === DIGIT) at++;
    else if (kind === SURROGATE && astralClass(text, at) === LETTER) at += 2;
    else if (kind === APOSTROPHE && table[text.charCodeAt(at + 1)] === LETTER) at++;
    else if ((kind === STOP || kind === COMMA) && table[text.charCodeAt(at - 1)] === DIGIT && table[text.charCodeAt(at + 1)] === DIGIT) at++;
    else return at;
  }
}

function astralClass(text: string, at: number): number {
  const kind = classOf(String.fromCodePoint(text.codePointAt(at)!));
  return kind === DIGIT ? LETTER : kind;
}

function isUnspaced(text: string, at: number, table: Uint8Array): boolean {
  const kind = table[text.charCodeAt(at)];
  return kind === UNSPACED || (kind === SURROGATE && astralClass(text, at) === UNSPACED);
}

/** Whether nothing but white space stands on the line that begins at `at`. */
function isBlankLine(text: string, at: number): boolean {
  for (let i = at; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10) return true;
    if (unit !== 32 && unit !== 9) return false;
  }
  return false;
}

/** Whether a full stop ends its sentence: white space follows and then no small letter, and it does not shorten a name or a title. */
function endsSentence(text: string, at: number, before: string | undefined): boolean {
  SENTENCE_START.lastIndex = at + 1;
  const match = SENTENCE_START.exec(text);
  if (match === null || (match[1] !== undefined && IS_LOWER.test(match[1]))) return false;
  return before === undefined || (before.length > 1 && !TITLES.has(before.toLowerCase()));
}

type Segment = (text: string) => Iterable<string>;

/** The words of a stretch without spaces. */
function wordSegmenter(locale: string | undefined): Segment {
  let segmenter: Intl.Segmenter | undefined;
  return function* (text) {
    segmenter ??= new Intl.Segmenter(locale, { granularity: "word" });
    for (const { segment, isWordLike } of segmenter.segment(text)) if (isWordLike) yield segment;
  };
}
