/** What units may react to: properties of a text, a number for each of its characters. Plain functions, for pages too. */

export interface TextProperty {
  /** In the address: "line". */
  readonly id: string;
  /** "Position in the line" */
  readonly name: string;
  /** What the number is. */
  readonly about: string;
  /** Of every character, once it has been read. */
  readonly of: (characters: readonly string[]) => Float32Array;
}

/** Positions count no further: a paragraph without line ends would outweigh all other lines. */
const FARTHEST = 150;

const LETTER = /\p{L}|\p{M}/u;
const SPACE = /\s/;
const OPENING = new Map([["”", "“"], ["»", "«"]]);

/** In the order in which the page lists them. */
export const TEXT_PROPERTIES: readonly TextProperty[] = [
  { id: "quotes", name: "Inside quotes", about: "1 from the opening quotation mark up to the closing one, else 0; an empty line ends them too", of: insideQuotes },
  { id: "brackets", name: "Inside brackets", about: "how many round, square and curly brackets are open", of: insideBrackets },
  { id: "line", name: "Position in the line", about: `characters since the line began, ${FARTHEST} at most`, of: (text) => since(text, (character) => character === "\n") },
  { id: "sentence", name: "Position in the sentence", about: `characters since the last full stop, question or exclamation mark, ${FARTHEST} at most`, of: (text) => since(text, (character) => /[.!?]/.test(character)) },
  { id: "word", name: "Position in the word", about: "1 at the first letter of a word, 2 at the second, …; 0 between words", of: positionInWord },
  { id: "start", name: "Start of a word", about: "1 at the first letter of a word, else 0", of: (text) => positionInWord(text).map((place) => (place === 1 ? 1 : 0)) },
  { id: "end", name: "End of a word", about: "1 at the last letter of a word, which only what follows shows; else 0", of: endOfWord },
  { id: "space", name: "White space", about: "1 at a space or a line end, else 0", of: (text) => each(text, SPACE) },
  { id: "capital", name: "Capital letter", about: "1 at a capital letter, else 0", of: (text) => each(text, /\p{Lu}/u) },
  { id: "digit", name: "Digit", about: "1 at a digit, else 0", of: (text) => each(text, /\p{N}/u) },
  { id: "vowel", name: "Vowel", about: "1 at a, e, i, o or u, with or without an accent; else 0", of: (text) => each(text.map((character) => character.normalize("NFD")), /[aeiou]/i) },
  { id: "punctuation", name: "Punctuation", about: "1 at a full stop, a comma and their kind, else 0", of: (text) => each(text, /\p{P}/u) },
  { id: "indent", name: "Indentation", about: "spaces and tabs at the beginning of the line so far", of: indentation },
];

function each(characters: readonly string[], pattern: RegExp): Float32Array {
  return Float32Array.from(characters, (character) => (pattern.test(character) ? 1 : 0));
}

function since(characters: readonly string[], isMark: (character: string) => boolean): Float32Array {
  let count = 0;
  return Float32Array.from(characters, (character) => {
    count = isMark(character) ? 0 : Math.min(FARTHEST, count + 1);
    return count;
  });
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && LETTER.test(character);
}

function positionInWord(characters: readonly string[]): Float32Array {
  let place = 0;
  return Float32Array.from(characters, (character) => (place = isLetter(character) ? place + 1 : 0));
}

function endOfWord(characters: readonly string[]): Float32Array {
  return Float32Array.from(characters, (character, i) => (isLetter(character) && !isLetter(characters[i + 1]) ? 1 : 0));
}

/** Marks that look the same on both sides open where none is open; an apostrophe is none. */
function insideQuotes(characters: readonly string[]): Float32Array {
  let opened = "";
  return Float32Array.from(characters, (character, i) => {
    if (character === "\n" && characters[i - 1] === "\n") opened = "";
    else if (opened === "" && /["“«]/.test(character)) opened = character;
    else if (opened !== "" && (OPENING.get(character) ?? character) === opened) opened = "";
    return opened === "" ? 0 : 1;
  });
}

function insideBrackets(characters: readonly string[]): Float32Array {
  let depth = 0;
  return Float32Array.from(characters, (character) => {
    if (/[([{]/.test(character)) depth++;
    else if (/[)\]}]/.test(character)) depth = Math.max(0, depth - 1);
    return depth;
  });
}

function indentation(characters: readonly string[]): Float32Array {
  let [depth, beginning] = [0, true];
  return Float32Array.from(characters, (character) => {
    if (character === "\n") [depth, beginning] = [0, true];
    else if (beginning && SPACE.test(character)) depth++;
    else beginning = false;
    return depth;
  });
}
