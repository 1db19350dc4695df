/** Texts as lines: sentences of a corpus as somebody might write them by hand, any text broken to a width. */

/** A sentence of the Brown corpus with the spaces that people leave: none before a comma, none inside quotation marks. */
export function plainSentence(tokens: string): string {
  return tokens
    .replace(/``\s*/g, '"')
    .replace(/\s*''/g, '"')
    .replace(/([;:?!])(?:\s+\1)+/g, "$1") // marks that the corpus has twice
    .replace(/\s+([,.;:?!)])/g, "$1")
    .replace(/\(\s+/g, "(")
    .replace(/\s+/g, " ")
    .trim();
}

export interface TextLineOptions {
  /** Characters that a line has at most. */
  readonly longest: number;
  /** And at least: remainders that are shorter are left out. */
  readonly shortest: number;
  /** Lines with any other character are left out. */
  readonly alphabet: ReadonlySet<string>;
}

/** Text broken between words to lines of at most `width`; longer words are cut. Line breaks in it stay. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    const words = paragraph.split(" ").flatMap((word) => word.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""]);
    for (const word of words) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

/** Sentences broken between words. A word longer than a line is left out. */
export function* textLines(sentences: Iterable<string>, { longest, shortest, alphabet }: TextLineOptions): Generator<string> {
  const fits = (line: string): boolean => {
    if (line.length < shortest) return false;
    for (const character of line) if (!alphabet.has(character)) return false;
    return true;
  };
  for (const sentence of sentences) {
    let line = "";
    for (const word of sentence.split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (longer.length <= longest) {
        line = longer;
        continue;
      }
      if (fits(line)) yield line;
      line = word.length <= longest ? word : "";
    }
    if (fits(line)) yield line;
  }
}
