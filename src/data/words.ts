/**
 * Text to words and back.
 *
 * A token is a word, a number, or a single other character; one space before it belongs to it: "Call me, Ishmael." is
 * "Call", " me", ",", " Ishmael", ".". So a text is its tokens joined with nothing between them, exactly, whatever its spacing
 * (Radford et al. 2019 cut text the same way before their byte pairs). The price is that a word at the start of a line is another
 * token than the same word inside one. Apostrophes join ("whale's", "don't"); hyphens and dashes part ("whale", "-", "ship").
 */
const TOKEN = / ?[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]|\s/gu;

/** The tokens of a text. `joinWords(splitWords(text)) === text` for every well-formed text. */
export function splitWords(text: string): string[] {
  return [...eachWord(text)];
}

/** The same, one after the other: a large text has more tokens than one would keep. */
export function* eachWord(text: string): Generator<string> {
  for (const [token] of text.matchAll(TOKEN)) yield token;
}

export function joinWords(tokens: readonly string[]): string {
  return tokens.join("");
}
